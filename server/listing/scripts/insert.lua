-- ARGV: room id, value. Returns 1, or 0 when the id is taken: by a row whose epoch is not below.
local id, value = ARGV[1], ARGV[2]
local head, known = headOf(value), read(id)
if known then
  if known.epoch >= head.epoch then return 0 end
  drop(id, known)
end
put(id, value, head)
return 1
