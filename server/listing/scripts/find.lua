-- ARGV: bucket, room ids to pass over. Returns the value of the first room in the bucket, or nil.
local passed = {}
for i = 2, #ARGV do passed[ARGV[i]] = true end
local bucket = open(ARGV[1])
local from = 0
while true do
  local entries = redis.call('ZRANGE', bucket, from, from + 9)
  if #entries == 0 then return false end
  for _, entry in ipairs(entries) do
    local id = string.sub(entry, string.find(entry, ':', 1, true) + 1)
    if not passed[id] then
      local value = redis.call('HGET', ROOMS, id)
      if value then return value end
    end
  end
  from = from + 10
end
