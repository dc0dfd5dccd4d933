import { script, type Script } from './client.js'

/** How many writes a session remembers, each by its nonce of 16 characters: more than can overtake a client's repetition of one command. */
const rememberedWrites = 100

/**
 * One hash per session. Its fields, all of them text:
 *
 * - `v` version; there is one as long as the session is live or has expired. `k` kind, `u` user, `ip`, `ua`, `c` created, `l` last seen,
 *   `i` idle seconds, `a` absolute end, `e` expiry, `r` 0 for a session that goes with the browser. Times are milliseconds since 1970 by the server's clock.
 * - `d:<key>` the shared data, JSON; `f:<origin>`, `s:<origin>` first and last seen; `x:<origin> <key>` data of one domain. Values are
 *   never parsed here, because cjson takes an empty list for an object and rounds numbers.
 * - `E` ended at, `succ` successor, `rot` rotated on, `rep` replaced on, `said` until when it says the three: a tombstone.
 * - `op` the last writes, by the nonce of each: a client that repeats a command gets the same answer, and nothing happens twice.
 * - `m`, `mu`, `mx` the session is about to move: token, until when others wait, what is to happen then. `z:<token>` in the hash of the
 *   session that takes the content: `c` it did, `x` it never will. See moves.ts.
 *
 * Every script answers `[status, now, [field, value, …]]` as JSON, so that no client's own parsing matters.
 */
const prelude = `
local key = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local function load()
  local flat, hash = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do hash[flat[i]] = flat[i + 1] end
  return hash
end
local h = load()
local live = h.v and not h.E and tonumber(h.e) > now
local blank = not h.v and not h.E
local function answer(status)
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do
    -- Long, and of use here alone.
    if flat[i] ~= 'op' then
      fields[#fields + 1] = flat[i]
      fields[#fields + 1] = flat[i + 1]
    end
  end
  return cjson.encode({ status, text(now), fields })
end
local function put(field, value) redis.call('HSET', key, field, value) end
-- A value that may be missing comes as '' for none, '=' and the text else.
local function maybe(field, value)
  if value == '' then redis.call('HDEL', key, field) else put(field, string.sub(value, 2)) end
end
local function remember(nonce)
  local list = nonce
  for old in string.gmatch(h.op or '', '%S+') do
    if #list < ${rememberedWrites * 17 - 1} then list = list .. ' ' .. old end
  end
  put('op', list)
end
local function did(nonce) return h.op and string.find(' ' .. h.op .. ' ', ' ' .. nonce .. ' ', 1, true) end
-- Expired sessions answer "ended" for a little longer than they lived idle, at most a minute; then the server forgets them.
local function expire(idle, absolute)
  local at = math.min(now + idle * 1000, absolute)
  put('e', text(at))
  redis.call('PEXPIREAT', key, text(at + math.min(idle, 60) * 1000))
end
local function seen(origin, ip, ua)
  put('l', text(now))
  maybe('ip', ip)
  maybe('ua', ua)
  redis.call('HSETNX', key, 'f:' .. origin, text(now))
  put('s:' .. origin, text(now))
end
local function fences()
  local kept = {}
  for field, value in pairs(h) do
    if string.sub(field, 1, 2) == 'z:' then kept[field] = value end
  end
  return kept
end
-- What a session has said to others about moves stays true when its content goes.
local function clear()
  local kept = fences()
  redis.call('DEL', key)
  for field, value in pairs(kept) do put(field, value) end
end
local function bury(nonce, seconds, successor, rotatedOn, replacedOn, saidSeconds)
  clear()
  put('E', text(now))
  put('op', nonce)
  maybe('succ', successor)
  maybe('rot', rotatedOn)
  maybe('rep', replacedOn)
  put('said', text(now + saidSeconds * 1000))
  redis.call('PEXPIRE', key, text(math.max(1, seconds * 1000)))
end
`

const of = (body: string): Script => script(`${prelude}${body}`)

/** ARGV: origin ('' for no visit), ip, ua, touch after at most (s), touch after this part of the idle time. */
export const readScript = of(`
if ARGV[1] ~= '' and live and not h.m then
  local last = tonumber(h['s:' .. ARGV[1]] or '0')
  local due = now - last > 1000 * math.min(tonumber(ARGV[4]), h.i * tonumber(ARGV[5]))
  -- The first write tells whether the server takes any: one that is read-only or full still says what it has.
  if due and type(redis.pcall('HSET', key, 'l', text(now))) == 'number' then
    seen(ARGV[1], ARGV[2], ARGV[3])
    expire(tonumber(h.i), tonumber(h.a))
  end
end
return answer('read')`)

/** ARGV: nonce, version or '', origin ('' for no visit), ip, ua, kind, user, remembered 1 or 0, idle s, absolute s, number of fields to delete, these, then pairs to set. */
export const writeScript = of(`
if did(ARGV[1]) then return answer(h.E and 'ended' or 'saved') end
if h.m then return answer('moving') end
if not live and not blank then return answer('ended') end
if ARGV[2] ~= '' and ARGV[2] ~= (h.v or '0') then return answer('conflict') end
if blank then
  put('k', ARGV[6])
  maybe('u', ARGV[7])
  put('c', text(now))
  if ARGV[8] == '0' then put('r', '0') end
  put('i', ARGV[9])
  put('a', text(now + ARGV[10] * 1000))
  put('l', text(now))
end
if ARGV[3] ~= '' then seen(ARGV[3], ARGV[4], ARGV[5]) end
local deleted = tonumber(ARGV[11])
for i = 12, 11 + deleted do redis.call('HDEL', key, ARGV[i]) end
for i = 12 + deleted, argc, 2 do put(ARGV[i], ARGV[i + 1]) end
redis.call('HINCRBY', key, 'v', 1)
remember(ARGV[1])
if blank or ARGV[3] ~= '' then expire(tonumber(h.i or ARGV[9]), tonumber(h.a or redis.call('HGET', key, 'a'))) end
return answer('saved')`)

/** ARGV: nonce, expected version or '', expected user ('' any), tombstone s, successor, rotated on, replaced on, s to say them. `gone`: ended before. */
export const endScript = of(`
if h.E then return answer(did(ARGV[1]) and 'ended' or 'gone') end
if h.m then return answer('moving') end
if ARGV[2] ~= '' and ((not live and not blank) or ARGV[2] ~= (h.v or '0')) then return answer('conflict') end
if ARGV[3] ~= '' and (not live or ARGV[3] ~= '=' .. (h.u or '')) then return answer('conflict') end
local before = answer('ended')
bury(ARGV[1], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8]))
return before`)

/** First step of a move. ARGV: token, expected version or '', ms that others wait, what finishes the move (JSON, for the others). */
export const prepareScript = of(`
if h.m == ARGV[1] then return answer('prepared') end
if h.m then return answer('moving') end
if not live and not blank then return answer('ended') end
if ARGV[2] ~= '' and ARGV[2] ~= (h.v or '0') then return answer('conflict') end
put('m', ARGV[1])
put('mu', text(now + ARGV[3]))
put('mx', ARGV[4])
-- As long as the tombstone would last, should nobody come to finish: blank once more, it would be moved again, to where it has gone already.
if blank then redis.call('PEXPIRE', key, text(math.max(60, cjson.decode(ARGV[4]).tombstoneSeconds) * 1000)) end
return answer('prepared')`)

/** Second step, on the session that takes the content: the moment at which the move has happened. ARGV: token, expected version, last seen ms or '', pairs. */
export const commitScript = of(`
local fence = h['z:' .. ARGV[1]]
if fence == 'c' then return answer('committed') end
if fence == 'x' then return answer('aborted') end
if h.m then return answer('moving') end
if (not live and not blank) or ARGV[2] ~= (h.v or '0') then return answer('conflict') end
clear()
put('v', text(tonumber(ARGV[2]) + 1))
put('l', ARGV[3] == '' and text(now) or ARGV[3])
put('z:' .. ARGV[1], 'c')
if h.op then put('op', h.op) end
for i = 4, argc, 2 do put(ARGV[i], ARGV[i + 1]) end
h = load()
expire(tonumber(h.i), tonumber(h.a))
return answer('committed')`)

/** Last step: the session that moved ends. ARGV: token, tombstone s, successor, rotated on, replaced on, s to say them. */
export const finishScript = of(`
if h.m == ARGV[1] then bury(ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])) end
return answer('finished')`)

/** Instead of the last two steps: nothing moved. ARGV: token. */
export const releaseScript = of(`
if h.m == ARGV[1] then redis.call('HDEL', key, 'm', 'mu', 'mx') end
return answer('released')`)

/** Asks the session that was to take the content. ARGV: token, 1 to decide now that it never will. */
export const fenceScript = of(`
local fence = h['z:' .. ARGV[1]]
if not fence and ARGV[2] == '1' then
  fence = 'x'
  put('z:' .. ARGV[1], fence)
  if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, 86400000) end
end
return answer(fence or 'open')`)

/** ARGV: nonce, s to remember. The value is the nonce of the first: a client that repeats the command is still the first. */
export const burnScript = script(`
local first = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2])
return (first or redis.call('GET', KEYS[1]) == ARGV[1]) and '["first"]' or '["late"]'`)
