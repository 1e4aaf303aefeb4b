-- ARGV: epoch, token, ttl, sequence, snapshot.
local epoch, sequence = tonumber(ARGV[1]), tonumber(ARGV[4])
local stored = read()
local refused = refusal(stored, epoch, ARGV[2])
if refused then return reply(refused, stored) end
if sequence > stored.sequence then return reply(LOST, stored) end
local at = id(epoch, sequence)
local there = redis.call('EXISTS', SNAPSHOT) == 1 and stored.newest
if not there or isAfter(at, stored.newest) then
  local previous = stored.previous
  if there then
    redis.call('RENAME', SNAPSHOT, PREVIOUS)
    previous = stored.newest
    redis.call('HSET', OWNER, 'previous', previous)
  end
  redis.call('SET', SNAPSHOT, ARGV[5])
  redis.call('HSET', OWNER, 'newest', at)
  -- The entry itself stays: a stream that is empty forgets what its last id was, where XADD alone is the fence.
  if previous then redis.call('XTRIM', JOURNAL, 'MINID', '=', previous) end
end
renew(tonumber(ARGV[3]))
return reply(DONE, stored)
