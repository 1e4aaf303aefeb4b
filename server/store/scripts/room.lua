-- What the scripts of the store share; each is sent with this in front of it. Keys of one room, in this order:
--
--   velarium:{ROOM}:owner               hash: who owns the room, and what lies in its other keys
--     epoch, node, token                  the ownership that a write has to show
--     sequence                            last journal entry of this epoch, 0 for its barrier
--     newest, previous                    ids of the last entries that the two snapshots cover
--     ended                               the room is no more; only this key is left of it
--   velarium:{ROOM}:journal             stream: ids EPOCH-SEQUENCE, field "e" an entry, or "o" the node in a barrier
--   velarium:{ROOM}:seats               hash: session id -> seat
--   velarium:{ROOM}:snapshot            the newest snapshot
--   velarium:{ROOM}:snapshot:previous   the one before
--   velarium:{ROOM}:aside:snapshot, :aside:previous, :aside:journal   what was put aside for people to look at
local OWNER, JOURNAL, SEATS, SNAPSHOT, PREVIOUS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local ASIDE_SNAPSHOT, ASIDE_PREVIOUS, ASIDE_JOURNAL = KEYS[6], KEYS[7], KEYS[8]
-- A reply is one of these, the epoch that stands, and its node.
local DONE, FENCED, ENDED, LOST, MISSING, FULL = 1, 2, 3, 4, 5, 6

local function read()
  local f = redis.call('HMGET', OWNER, 'epoch', 'token', 'sequence', 'ended', 'newest', 'previous', 'node')
  if not f[1] then return nil end
  return {
    epoch = tonumber(f[1]), token = f[2], sequence = tonumber(f[3]), ended = f[4],
    newest = f[5], previous = f[6], node = f[7],
  }
end

local function reply(code, stored)
  return { code, stored and stored.epoch or 0, stored and stored.node or '' }
end

-- Why a write of this ownership is refused, or nil. An epoch that stands below the writer's, or equal with another's
-- token, is what a Redis that lost its last writes brings back.
local function refusal(stored, epoch, token)
  if not stored then return MISSING end
  if stored.epoch < epoch or (stored.epoch == epoch and stored.token ~= token) then return LOST end
  if stored.ended then return ENDED end
  if stored.epoch > epoch then return FENCED end
  return nil
end

local function id(epoch, sequence) return string.format('%.0f-%.0f', epoch, sequence) end

local function isAfter(a, b)
  local aEpoch, aSequence = string.match(a, '(%d+)-(%d+)')
  local bEpoch, bSequence = string.match(b, '(%d+)-(%d+)')
  if aEpoch ~= bEpoch then return tonumber(aEpoch) > tonumber(bEpoch) end
  return tonumber(aSequence) > tonumber(bSequence)
end

-- Adds to the journal, whatever Redis's own fence says of it. Returns nil, 'refused' if the id is not above the last one or
-- there is no stream, or the error of a Redis that cannot write now, which is nothing that the room did.
local function add(...)
  local added = redis.pcall('XADD', JOURNAL, ...)
  if not added then return 'refused' end
  if type(added) ~= 'table' or not added.err then return nil end
  if string.find(added.err, 'equal or smaller', 1, true) or string.find(added.err, 'WRONGTYPE', 1, true) then
    return 'refused'
  end
  return added
end

local function renew(ttl)
  for i = 1, 5 do redis.call('PEXPIRE', KEYS[i], ttl) end
end
