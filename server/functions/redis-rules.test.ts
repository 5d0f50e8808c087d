import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AclUser, isWithin, readUser, sameRules, settingsOf } from './redis-rules.ts'
import { fault } from './test/fault.ts'

const HASH = 'a'.repeat(64)
/** `commands; keys; channels`, as ACL GETUSER tells them since 7.0. */
function user(text: string, more: { flags?: string[]; selectors?: string[] } = {}): AclUser {
  const members = (rules: string) => {
    const [commands = '', keys = '', channels = ''] = rules.split(';').map((one) => one.trim())
    return ['commands', commands, 'keys', keys, 'channels', channels]
  }
  const { flags = ['on'], selectors = [] } = more
  const read = readUser(['flags', flags, 'passwords', [HASH], ...members(text), 'selectors', selectors.map(members)])
  assert.ok(read !== undefined)
  return read
}

test('what a server before 7.0 tells in lists is read as what later ones tell in words', () => {
  const old = readUser([
    'flags',
    ['on', 'allkeys'],
    'passwords',
    [HASH],
    'commands',
    '-@all +get',
    'keys',
    ['a*', 'b'],
    'channels',
    [],
  ])
  const now = user('-@all +get; ~a* ~b;')
  assert.deepEqual(old, now)
  const oldest = readUser(['flags', ['on'], 'passwords', [], 'commands', '+@all', 'keys', ['*']])
  assert.equal(oldest?.channels, undefined)
  assert.deepEqual(settingsOf(oldest as AclUser, HASH), ['reset', 'on', '~*', '+@all', `#${HASH}`])
  assert.equal(readUser(null), undefined)
  for (const reply of ['text', 7, [], ['flags', 'on'], ['flags', [[]], 'passwords', []]])
    assert.throws(() => readUser(reply), fault(/in a way that is not known/))
})

test('settings replace whatever the user had, channels of the server included', () => {
  assert.deepEqual(settingsOf(user('-@all +get; ~a; &c', { flags: ['on', 'skip-sanitize-payload'] }), HASH), [
    'reset',
    'on',
    'skip-sanitize-payload',
    '~a',
    'resetchannels',
    '&c',
    '-@all',
    '+get',
    `#${HASH}`,
  ])
  assert.ok(
    settingsOf(user('-@all', { selectors: ['-@all +get; ~x;'] }), HASH).includes('(~x resetchannels -@all +get)'),
  )
  assert.throws(() => settingsOf(user('-@all', { selectors: ['+@all; ~a(b;'] }), HASH), fault(/parenthesis/))
})

test('a user is within another one when that is certain', () => {
  const within = (one: string, other: string) => isWithin(user(one), user(other))
  for (const [one, other, answer] of [
    ['-@all +get; ~a;', '-@all +get; ~a;', true],
    ['-@all +get; ~a;', '-@all +get +set; ~a ~b; &c', true],
    ['-@all +set +get; ~a;', '-@all +get +x +set; ~*; &*', true],
    ['-@all +@read -keys; ;', '-@all +@read; ;', true],
    ['-@all +@read; ;', '-@all +@read -keys; ;', false],
    ['-@all +@read -keys +keys; ;', '-@all +@read -keys; ;', false],
    ['-@all +@read -keys; ;', '-@all +@read -keys +set; ;', true],
    ['-@all +get; ~b;', '-@all +get; ~a;', false],
    ['-@all +get; ; &c', '-@all +get; ;', false],
    ['+@all -keys; ;', '+@all; ;', true],
    ['+@all; ;', '+@all -keys; ;', false],
    ['+@all; ;', '-@all +@all; ;', false],
    ['-@all; ;', '+@all -keys; ;', false],
  ] as const)
    assert.equal(within(one, other), answer, `${one} in ${other}`)
  const withSelector = user('-@all', { selectors: ['-@all +get; ~x;'] })
  assert.equal(isWithin(withSelector, user('-@all')), false)
  assert.equal(isWithin(withSelector, user('-@all +get; ~x;')), true)
  assert.equal(isWithin(withSelector, user('-@all', { selectors: ['-@all +get +set; ~x;'] })), true)
  assert.equal(isWithin(user('-@all', { flags: ['on', 'skip-sanitize-payload'] }), user('-@all')), false)
})

/** What a user may do, by trying: rules over three commands, in their order. */
const allowed = (rules: readonly string[]): Set<string> => {
  const may = new Set<string>()
  for (const rule of rules)
    for (const command of rule.slice(1) === '@all' ? ['a', 'b', 'c'] : [rule.slice(1)])
      if (rule.startsWith('+')) may.add(command)
      else may.delete(command)
  return may
}

test('property: who is said to be within another one may do nothing that this one may not', () => {
  const rule = fc.constantFrom('+a', '-a', '+b', '-b', '+c', '-c', '+@all', '-@all')
  const rules = fc.array(rule, { maxLength: 6 }).map((more) => ['-@all', ...more])
  let said = 0
  fc.assert(
    fc.property(rules, rules, (one, other) => {
      if (!isWithin(user(one.join(' ')), user(other.join(' ')))) return
      said++
      assert.deepEqual([...allowed(one).difference(allowed(other))], [])
    }),
    { numRuns: 3000 },
  )
  assert.ok(said > 100)
})

test('the order of keys is of no account, that of commands is', () => {
  assert.equal(sameRules(user('-@all +get; ~a ~b;'), user('-@all +get; ~b ~a;')), true)
  assert.equal(sameRules(user('-@all +@read -get; ;'), user('-@all -get +@read; ;')), false)
})
