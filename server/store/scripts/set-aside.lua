-- ARGV: epoch, token, position of the newest snapshot, how long it is kept. Takes it away from the room.
local stored = read()
local refused = refusal(stored, tonumber(ARGV[1]), ARGV[2])
if refused then return reply(refused, stored) end
if (stored.newest or '') == ARGV[3] then
  if redis.call('EXISTS', SNAPSHOT) == 1 then
    redis.call('RENAME', SNAPSHOT, ASIDE_SNAPSHOT)
    redis.call('PEXPIRE', ASIDE_SNAPSHOT, ARGV[4])
  end
  redis.call('HDEL', OWNER, 'newest')
end
return reply(DONE, stored)
