-- ARGV: process id, prefix of leases, most rows at a time. Removes rows of a node without a lease. Returns how many.
local owner = ARGV[1]
if redis.call('EXISTS', ARGV[2] .. owner) == 1 then return 0 end
local ids = redis.call('SPOP', ownedBy(owner), ARGV[3])
for _, id in ipairs(ids) do
  local known = read(id)
  if known and known.owner == owner then drop(id, known) end
end
if redis.call('EXISTS', ownedBy(owner)) == 0 then redis.call('SREM', OWNERS, owner) end
return #ids
