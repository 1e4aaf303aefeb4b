-- ARGV: epoch, token, ttl, longest journal, first sequence, how many entries, the entries, how many seats, session id and
-- seat of each, session ids whose seats are gone.
local epoch, first, count = tonumber(ARGV[1]), tonumber(ARGV[5]), tonumber(ARGV[6])
local ttl = tonumber(ARGV[3])
local stored = read()
local refused = refusal(stored, epoch, ARGV[2])
if refused then return reply(refused, stored) end
local last = first + count - 1
if last <= stored.sequence then return reply(DONE, stored) end -- sent twice
if first > stored.sequence + 1 then return reply(LOST, stored) end -- what was written before is gone
if redis.call('XLEN', JOURNAL) + count > tonumber(ARGV[4]) then return reply(FULL, stored) end
for sequence = stored.sequence + 1, last do
  local entry = ARGV[6 + sequence - first + 1]
  local failed = add('NOMKSTREAM', id(epoch, sequence), 'e', entry) -- the first entry, if any
  if failed then return failed == 'refused' and reply(LOST, stored) or failed end
end
redis.call('HSET', OWNER, 'sequence', string.format('%.0f', last))
local at = 6 + count + 1
for _ = 1, tonumber(ARGV[at]) do
  redis.call('HSET', SEATS, ARGV[at + 1], ARGV[at + 2])
  at = at + 2
end
for i = at + 1, #ARGV do redis.call('HDEL', SEATS, ARGV[i]) end
-- Seats may be a key that did not exist before.
if redis.call('PTTL', OWNER) < ttl / 2 or (#ARGV > 6 + count + 1 and redis.call('PTTL', SEATS) < 0) then renew(ttl) end
return reply(DONE, stored)
