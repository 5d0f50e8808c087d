import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Match, PLACES, Searched, searchWords } from './search.ts'

const keysIn = (value: string, query: string): Match[] => {
  const searched = new Searched(searchWords(query))
  searched.lookAtKeys(value)
  return searched.matches
}

test('the words of a search: in lower case, each once', () => {
  assert.deepEqual(searchWords('  Prod DB\tprod\n'), ['prod', 'db'])
  assert.deepEqual(searchWords(' '), [])
})

test('a secret is found when each word is somewhere', () => {
  const secret = { name: 'Prod/db', description: 'Billing', tags: new Map([['team', 'Pay']]) }
  for (const [query, places, missing] of [
    ['prod', PLACES, false],
    ['prod billing pay', PLACES, false],
    ['prod elsewhere', PLACES, true],
    ['billing', ['name', 'tag'], true],
    ['rod/D', ['name'], false],
  ] as const) {
    const searched = new Searched(searchWords(query))
    searched.look(secret, places)
    assert.equal(searched.missing, missing, query)
  }
})

test('keys of objects only, however deep, as JSON pointers (RFC 6901); what stands in values is none', () => {
  assert.deepEqual(keysIn('{"a":{"key":[{"key/b~":"key"}]}}', 'key'), [
    { In: 'key', Path: '/a/key' },
    { In: 'key', Path: '/a/key/0/key~1b~0' },
  ])
  for (const none of ['key', '"key"', '["key"]', '{"a":"key"}', '{key:1}', '12', ''])
    assert.deepEqual(keysIn(none, 'key'), [])
  assert.deepEqual(keysIn('{"0":1}', '0'), [{ In: 'key', Path: '/0' }])
})

test('hostile values: deep, wide, and with endless keys', () => {
  const deep = `${'{"key":'.repeat(9000)}1${'}'.repeat(9000)}`
  assert.equal(keysIn(deep, 'key').length, 20)
  const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`key${at}`, 1])))
  assert.equal(keysIn(wide, 'key').length, 20)
  const [match] = keysIn(JSON.stringify({ ['key'.repeat(20_000)]: 1 }), 'key')
  assert.equal(match?.In === 'key' && match.Path.length, 513)
  assert.deepEqual(keysIn('{"__proto__":{"key":1}}', 'key'), [{ In: 'key', Path: '/__proto__/key' }])
})

test('no part of a value is ever in what is told', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const hidden = JSON.parse(
        JSON.stringify(value, (_, inner) => (typeof inner === 'string' ? '\u0001hidden' : inner)),
      )
      assert.doesNotMatch(JSON.stringify(keysIn(JSON.stringify({ key: hidden }), 'key hidden')), /hidden/)
    }),
  )
})
