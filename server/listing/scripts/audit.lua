-- ARGV: process id, how many rows its node believes to have. Returns nil when it is so many, otherwise their ids.
if redis.call('SCARD', ownedBy(ARGV[1])) == tonumber(ARGV[2]) then return false end
return redis.call('SMEMBERS', ownedBy(ARGV[1]))
