-- What the scripts of the listing share; each is sent with this in front of it.
--
--   velarium:rooms              hash: room id -> head, newline, row (JSON of the room's listing)
--   velarium:rooms:of:PROCESS   set: ids of the rooms of one node
--   velarium:rooms:owners       set: process ids that have such a set
--   velarium:rooms:named:NAME   set: ids of the rooms of one name
--   velarium:rooms:open:BUCKET  sorted set, all scores 0, of the entries of rooms that can be joined, in the order in
--                               which joins prefer them; an entry is a sort key, ":" and the room id
--
-- A head is a JSON array: epoch, revision, process id, name, entry, buckets. Of two writes the one with the higher epoch
-- stands, and of two by one owner the one with the higher revision, in whatever order they arrive.
local ROOMS = 'velarium:rooms'
local OWNERS = ROOMS .. ':owners'

local function ownedBy(owner) return ROOMS .. ':of:' .. owner end
local function named(name) return ROOMS .. ':named:' .. name end
local function open(bucket) return ROOMS .. ':open:' .. bucket end

local function headOf(value)
  local head = cjson.decode(string.sub(value, 1, string.find(value, '\n', 1, true) - 1))
  return { epoch = head[1], revision = head[2], owner = head[3], name = head[4], entry = head[5], buckets = head[6] }
end

local function read(id)
  local value = redis.call('HGET', ROOMS, id)
  return value and headOf(value)
end

local function drop(id, head)
  for _, bucket in ipairs(head.buckets) do redis.call('ZREM', open(bucket), head.entry) end
  redis.call('HDEL', ROOMS, id)
  redis.call('SREM', named(head.name), id)
  redis.call('SREM', ownedBy(head.owner), id)
  if redis.call('EXISTS', ownedBy(head.owner)) == 0 then redis.call('SREM', OWNERS, head.owner) end
end

local function put(id, value, head)
  redis.call('HSET', ROOMS, id, value)
  redis.call('SADD', named(head.name), id)
  redis.call('SADD', ownedBy(head.owner), id)
  redis.call('SADD', OWNERS, head.owner)
  for _, bucket in ipairs(head.buckets) do redis.call('ZADD', open(bucket), 0, head.entry) end
end
