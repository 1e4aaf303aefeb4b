-- ARGV: epoch, token, node, how long the fence stays, how long what is put aside is kept (0: nothing is).
local stored = read()
local refused = refusal(stored, tonumber(ARGV[1]), ARGV[2])
if refused == FENCED then return reply(FENCED, stored) end
if refused == ENDED then return reply(DONE, stored) end
if tonumber(ARGV[5]) > 0 then
  for from, to in pairs({ [SNAPSHOT] = ASIDE_SNAPSHOT, [PREVIOUS] = ASIDE_PREVIOUS, [JOURNAL] = ASIDE_JOURNAL }) do
    if redis.call('EXISTS', from) == 1 then
      redis.call('RENAME', from, to)
      redis.call('PEXPIRE', to, ARGV[5])
    end
  end
end
redis.call('DEL', OWNER, JOURNAL, SEATS, SNAPSHOT, PREVIOUS)
redis.call('HSET', OWNER, 'epoch', ARGV[1], 'token', ARGV[2], 'node', ARGV[3], 'ended', 1)
redis.call('PEXPIRE', OWNER, ARGV[4])
return reply(DONE, stored)
