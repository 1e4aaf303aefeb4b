-- KEYS: hash of beats. ARGV: member, count, weight, 1 to say goodbye, how long a beat is remembered (ms).
-- A field is a member, its value "count weight left at", `at` in milliseconds of this Redis when the count came.
-- Returns member, count, weight, left and age of each, in turn.
local beats, own, count, forgetMs = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[5])
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local FORM = '^(%d+) (%d+) ([01]) (%d+)$'

local knownCount, _, left, at = string.match(redis.call('HGET', beats, own) or '', FORM)
knownCount = tonumber(knownCount)
if left ~= '1' and (not knownCount or knownCount <= count) then
  if knownCount ~= count then at = string.format('%.0f', nowMs) end
  redis.call('HSET', beats, own, table.concat({ ARGV[2], ARGV[3], ARGV[4], at }, ' '))
end
redis.call('PEXPIRE', beats, forgetMs)

local answer = {}
local all = redis.call('HGETALL', beats)
for i = 1, #all, 2 do
  local c, w, l, a = string.match(all[i + 1], FORM)
  local age = a and nowMs - tonumber(a)
  if not a or age > forgetMs then
    redis.call('HDEL', beats, all[i])
  else
    for _, part in ipairs({ all[i], tonumber(c), tonumber(w), tonumber(l), age }) do answer[#answer + 1] = part end
  end
end
return answer
