-- ARGV: 'newest' or 'previous'. Returns nil, or: epoch, node, token, sequence, '1' if ended, the snapshot's position and the
-- snapshot (both '' if there is none), the journal behind that position, seats.
local stored = read()
if not stored then return false end
local key, position = SNAPSHOT, stored.newest
if ARGV[1] == 'previous' then key, position = PREVIOUS, stored.previous end
return {
  id(stored.epoch, stored.sequence or 0), stored.node or '', stored.token or '', stored.ended and '1' or '',
  position or '', redis.call('GET', key) or '',
  redis.call('XRANGE', JOURNAL, position and '(' .. position or '-', '+'), redis.call('HGETALL', SEATS),
}
