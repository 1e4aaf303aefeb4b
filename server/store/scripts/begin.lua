-- ARGV: epoch held until now (0: none), new epoch, token, node, ttl, '1' if the room may be missing, snapshot, how many
-- seats, session id and seat of each.
local held, epoch, token = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local stored = read()
if not stored then
  if ARGV[6] ~= '1' then return reply(MISSING, stored) end
elseif stored.token == token and not stored.ended then
  if stored.epoch == epoch or held == 0 then return reply(DONE, stored) end -- sent twice
  if stored.epoch > epoch then return reply(FENCED, stored) end -- an attempt that was given up, come late
elseif stored.epoch > held or stored.token == token then
  return reply(stored.ended and ENDED or FENCED, stored)
end
-- The barrier first: Redis itself remembers the highest id as long as there is a stream.
local failed = add(id(epoch, 0), 'o', ARGV[4])
if failed and failed ~= 'refused' then return failed end
if failed then
  redis.call('DEL', JOURNAL)
  redis.call('XADD', JOURNAL, id(epoch, 0), 'o', ARGV[4])
end
redis.call('XTRIM', JOURNAL, 'MAXLEN', '=', 1)
redis.call('DEL', OWNER, SEATS)
-- Twice, since nothing before it could serve if this one were damaged.
redis.call('SET', SNAPSHOT, ARGV[7])
redis.call('SET', PREVIOUS, ARGV[7])
for i = 1, tonumber(ARGV[8]) do redis.call('HSET', SEATS, ARGV[7 + 2 * i], ARGV[8 + 2 * i]) end
local at = id(epoch, 0)
redis.call('HSET', OWNER, 'epoch', ARGV[2], 'node', ARGV[4], 'token', token, 'sequence', 0, 'newest', at, 'previous', at)
renew(tonumber(ARGV[5]))
return { DONE, epoch, ARGV[4] }
