-- ARGV: epoch that is replaced or '', node that is or '', node, token, ttl. Replies with the node that was replaced.
local stored = read()
if not stored then return reply(MISSING, stored) end
if stored.ended then return reply(ENDED, stored) end
if stored.token == ARGV[4] then return reply(DONE, stored) end -- sent twice
if ARGV[1] ~= '' and tonumber(ARGV[1]) ~= stored.epoch then return reply(FENCED, stored) end
if ARGV[2] ~= '' and ARGV[2] ~= stored.node then return reply(FENCED, stored) end
stored.epoch = stored.epoch + 1
redis.call('XADD', JOURNAL, id(stored.epoch, 0), 'o', ARGV[3])
redis.call('HSET', OWNER, 'epoch', string.format('%.0f', stored.epoch), 'node', ARGV[3], 'token', ARGV[4], 'sequence', 0)
renew(tonumber(ARGV[5]))
return reply(DONE, stored)
