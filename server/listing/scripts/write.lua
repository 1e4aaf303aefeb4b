-- ARGV: room id, value. Returns 1, or 0 when the row is another owner's by now. A row that is not there is made.
local id, value = ARGV[1], ARGV[2]
local head, known = headOf(value), read(id)
if known then
  if known.epoch > head.epoch then return 0 end
  if known.epoch == head.epoch and known.owner ~= head.owner then return 0 end
  if known.epoch == head.epoch and known.revision >= head.revision then return 1 end
  drop(id, known)
end
put(id, value, head)
return 1
