-- ARGV: room id, process id, epoch. Returns 1 when the row was this owner's, of this epoch or before, and is gone now.
local known = read(ARGV[1])
if not known or known.owner ~= ARGV[2] or known.epoch > tonumber(ARGV[3]) then return 0 end
drop(ARGV[1], known)
return 1
