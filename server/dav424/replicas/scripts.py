"""The scripts that run inside the engine: each is one step of the log of a space, which no other client interrupts.

The keys of a space are ``meta``, a hash, ``log``, a list with the entries after the position ``base``, and ``point``, the
state of the space at that position. An entry in the list has its token of 16 bytes and its time of 13 digits in front.
"""

from __future__ import annotations

ASK = """
local meta, log, point = KEYS[1], KEYS[2], KEYS[3]
local epoch, known, known_token, chain = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local print, token, entry = ARGV[5], ARGV[6], ARGV[7]
local most_entries, most_bytes = tonumber(ARGV[8]), tonumber(ARGV[9])
local new_epoch, idle = ARGV[10], ARGV[11]

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local by = 'by:' .. string.sub(token, 1, 8)
local f = redis.call('HMGET', meta, 'epoch', 'base', 'tail', 'print', 'idle', 'last', 'bytes', 'time', 'base_token', by,
  'size', 'claimed')
if not f[1] then
  if new_epoch == '' then return {'none'} end
  redis.call('DEL', log, point)
  redis.call('HSET', meta, 'epoch', new_epoch, 'base', 0, 'tail', 0, 'print', print, 'idle', idle, 'last', '', 'bytes', 0,
    'time', 0, 'base_token', '')
  f = {new_epoch, '0', '0', print, idle, '', '0', '0', '', false, false, false}
end
local base, tail, idle_ms = tonumber(f[2]), tonumber(f[3]), tonumber(f[5])
if f[4] ~= print then return {'print', f[1], base, tail, f[4]} end

local function refresh()
  if idle_ms > 0 then
    redis.call('PEXPIREAT', meta, now + idle_ms)
    redis.call('PEXPIREAT', log, now + idle_ms)
    redis.call('PEXPIREAT', point, now + idle_ms)
  end
end

-- Does the caller know a beginning of this log? Else it starts anew.
if epoch ~= f[1] or known > tail then known = -1
elseif known == tail then if known_token ~= f[6] then known = -1 end
elseif known == base then if known_token ~= f[9] then known = -1 end
elseif known > base then
  if known_token ~= string.sub(redis.call('LINDEX', log, known - tail - 1), 1, 16) then known = -1 end
end
if known < base then
  if base > 0 then
    refresh()
    return {'load', f[1], base, tail}
  end
  known = 0
elseif chain ~= '' and known > base then
  local told = redis.call('HGET', meta, 't' .. known)
  if not told then redis.pcall('HSET', meta, 't' .. known, chain)  -- not if the memory is full
  elseif told ~= chain then return {'differs', f[1], base, tail, known} end
end

if epoch == f[1] and known == tail and idle ~= '' and idle ~= f[5] then
  -- The caller has carried out an entry that changed when the space expires.
  idle_ms = tonumber(idle)
  redis.call('HSET', meta, 'idle', idle)
  if idle_ms == 0 then for i = 1, #KEYS do redis.call('PERSIST', KEYS[i]) end end
end

-- The entries that the caller misses, and the digests of their answers as far as they are known.
local missing = {}
local told = {}
local missed = tail - known
local bytes = 0
if missed > 0 then
  local last = math.min(missed, most_entries)
  if tonumber(f[7]) <= most_bytes then
    missing = redis.call('LRANGE', log, -missed, last - missed - 1)
    for i = 1, #missing do bytes = bytes + #missing[i] end
  else
    for i = 1, last do
      local each = redis.call('LINDEX', log, i - 1 - missed)
      missing[i] = each
      bytes = bytes + #each
      if bytes > most_bytes then break end
    end
  end
  local fields = {}
  for i = 1, #missing do fields[i] = 't' .. (known + i) end
  told = redis.call('HMGET', meta, unpack(fields))
end
if #missing < missed or (entry ~= '' and bytes > most_bytes) then
  refresh()
  return {'far', f[1], base, tail, known, 0, 0, missing, told}
end
if entry == '' then
  refresh()
  return {'ok', f[1], base, tail, known, 0, now, missing, told}
end
if f[10] and string.sub(f[10], 1, 16) == token then
  -- The same call came before, and its answer was lost on the way.
  return {'ok', f[1], base, tail, known, tonumber(string.sub(f[10], 17)), now, missing, told}
end

-- The first command that writes is one that the engine refuses when its memory is full, and then it does nothing.
local at = math.max(now, tonumber(f[8]))
tail = tail + 1
redis.call('RPUSH', log, token .. string.format('%013d', at) .. entry)
redis.call('HSET', meta, 'tail', tail, 'last', token, 'bytes', tonumber(f[7]) + #entry + 29, 'time', at, by, token .. tail)
refresh()
-- One replica is asked to write a checkpoint: the more it has to write, the more entries there are before.
local size = tonumber(f[11] or '0')
local full = tail - base >= tonumber(ARGV[12]) + size / 16384 or tonumber(f[7]) >= math.max(most_bytes, size)
if full and now - tonumber(f[12] or '0') > 10000 then
  redis.call('HSET', meta, 'claimed', now)
  return {'due', f[1], base, tail, known, tail, at, missing, told}
end
return {'ok', f[1], base, tail, known, tail, at, missing, told}
"""
"""Give the entries after the position that the caller knows, and append its own entry, if it has one.

Nothing is appended if the caller misses too much, or if the space has another fingerprint. The answer is
a word, and then: the epoch, the base, the tail, the position after which the entries begin, the position of the caller's
own entry or 0, its time, the entries, and the digests that replicas have sent of them.
"""

SAVE = """
local meta, log, point = KEYS[1], KEYS[2], KEYS[3]
local epoch, at, token, chain, state = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local f = redis.call('HMGET', meta, 'epoch', 'base', 'tail', 'print')
if f[1] ~= epoch or f[4] ~= ARGV[6] then return 0 end
local base, tail = tonumber(f[2]), tonumber(f[3])
if at <= base or at > tail then return 0 end
if string.sub(redis.call('LINDEX', log, at - tail - 1), 1, 16) ~= token then return 0 end
redis.call('SET', point, state)
redis.call('LTRIM', log, at - base, -1)
local bytes = 0
for i = 0, tail - at - 1 do bytes = bytes + #redis.call('LINDEX', log, i) end
redis.call('HSET', meta, 'base', at, 'base_token', token, 'base_chain', chain, 'bytes', bytes, 'size', #state, 'claimed', 0)
for first = base + 1, at, 1000 do
  local old = {}
  for i = first, math.min(first + 999, at) do old[#old + 1] = 't' .. i end
  redis.call('HDEL', meta, unpack(old))
end
local left = redis.call('PTTL', meta)
if left > 0 then
  redis.call('PEXPIRE', log, left)
  redis.call('PEXPIRE', point, left)
end
return 1
"""
"""Keep the state of a space at a position, and drop the entries before it; gives 0 if the log has gone elsewhere."""

LOAD = """
local f = redis.call('HMGET', KEYS[1], 'epoch', 'base', 'base_token', 'base_chain', 'print')
if not f[1] or f[5] ~= ARGV[1] then return {} end
return {f[1], tonumber(f[2]), f[3], f[4] or '', redis.call('GET', KEYS[3]) or ''}
"""
"""Give the epoch, the base, its token and its digest, and the state there; nothing if there is no such space."""

REMOVE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return 1
"""
"""Remove a space, and say whether there was one."""

_EXPIRED = """
local names, made, gone, idles, number, expired = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local function forget(name)
  local idle = redis.call('HGET', made, name)
  local reserved = redis.call('HDEL', idles, '+' .. name)
  if idle and reserved == 1 then redis.call('HDEL', made, name)
  elseif idle then
    redis.call('ZADD', gone, now, name)
    redis.call('HSET', idles, name, idle)
    redis.call('HDEL', made, name)
    local old = redis.call('ZRANGE', gone, 0, -tonumber(ARGV[1]) - 1)
    if #old > 0 then
      redis.call('ZREM', gone, unpack(old))
      redis.call('HDEL', idles, unpack(old))
    end
  end
  redis.call('ZREM', names, name)
  redis.call('INCR', expired)
end
for _, each in ipairs(redis.call('ZRANGEBYSCORE', names, '-inf', now, 'LIMIT', 0, 100)) do forget(each) end
"""
"""Strike out the names whose spaces have expired; ``ARGV[1]`` is how many of those that the admin API made are remembered."""

RESERVE = (
    _EXPIRED
    + """
local name, most, made_idle, anew, provisional = ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], tonumber(ARGV[6])
if name == '' then
  repeat name = tostring(redis.call('INCR', number))
  until not redis.call('ZSCORE', names, name) and not redis.call('ZSCORE', gone, name)
else
  local score = redis.call('ZSCORE', names, name)
  -- A name that was reserved a moment ago has no log yet; any other one without a log has expired.
  if score and not redis.call('HGET', idles, '+' .. name) then forget(name) end
  if anew == '' and redis.call('ZSCORE', gone, name) then return {'gone', name, redis.call('HGET', idles, name)} end
end
if redis.call('ZCARD', names) >= most and not redis.call('ZSCORE', names, name) then return {'full', name, ''} end
redis.call('ZREM', gone, name)
redis.call('HDEL', idles, name)
redis.call('ZADD', names, now + provisional, name)
redis.call('HSET', idles, '+' .. name, now)
if made_idle ~= '' then redis.call('HSET', made, name, made_idle) else redis.call('HDEL', made, name) end
return {'ok', name, ''}
"""
)
"""Reserve a name, or the next number; gives a word, the name, and the seconds after which a space of the name has expired."""

CHECK = (
    _EXPIRED
    + """
local name = ARGV[2]
if redis.call('HGET', made, name) and not redis.call('HGET', idles, '+' .. name) then forget(name) end
return redis.call('HGET', idles, name) or ''
"""
)
"""Give the seconds after which the space of a name without a log has expired; empty if it has not."""

KEEP = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local name, lasts, made_idle, lost = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if lost == '' and not redis.call('ZSCORE', KEYS[1], name) then return 0 end
redis.call('HDEL', KEYS[4], '+' .. name)
if lasts == '' then redis.call('ZADD', KEYS[1], '+inf', name)
else redis.call('ZADD', KEYS[1], now + tonumber(lasts), name) end
if made_idle ~= '' then redis.call('HSET', KEYS[2], name, made_idle) else redis.call('HDEL', KEYS[2], name) end
return 1
"""
"""Keep a name for some milliseconds more, or for ever; gives 0 if there is none, unless it was lost."""

LIST = (
    _EXPIRED
    + """
return {redis.call('ZRANGE', names, 0, -1), redis.call('GET', expired) or '0'}
"""
)
"""List the names, those that expire next first, and the number of those that have expired."""

STRIKE = """
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[4], '+' .. ARGV[1])
return 1
"""
"""Strike out a name, because its space was removed."""
