import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Words, wordsOf } from './words.ts'

/** One line each: text | its words. */
function check(table: string): void {
  for (const line of table.trim().split('\n')) {
    const [text = '', words = ''] = line.split('|').map((cell) => cell.trim())
    assert.deepEqual(wordsOf(text), words.split(' ').filter(Boolean), text)
  }
}

test('words are split at spaces, special characters and capitals (source: secretsmanager.md 9)', () =>
  check(`
    MySecretName        | my secret name
    COMPANYthings       | compan ythings
    my-secret name      | my secret name
    my/secret+value     | my/secret+value
    a.b.c               | a b c
    /leading            | leading
    trailing/           | trailing
    double--dash        | double dash
    one and two         | one and two
    user@host           | user host
    API                 | api
    APIKey              | api key
    key2Value           | key2 value
    /                   |
    //                  |
    a:b!c               | a:b!c
  `))

test('a text of spaces has no words', () => assert.deepEqual(wordsOf('     '), []))

test('words hold every character of the text but spaces and, in tokens with one of them, special characters', () => {
  const text = fc.string({ unit: fc.constantFrom(...'aZ9/-_ .:é😀'), maxLength: 60 })
  fc.assert(
    fc.property(text, (text) => {
      const left = wordsOf(text).join('')
      const kept = text
        .split(' ')
        .map((token) => (new Set(token.match(/[/\-_.]/g)).size > 1 ? token : token.replace(/[/\-_.]/g, '')))
        .join('')
      assert.equal(left, kept.toLowerCase())
    }),
  )
})

test('Words finds a prefix exactly when some word begins with it', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abc'), minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.array(word, { minLength: 1, maxLength: 3 }), (have, wanted) => {
      const all = wanted.every((prefix) => have.some((word) => word.startsWith(prefix)))
      assert.equal(new Words(have.join(' ')).haveAll(wanted), all)
    }),
  )
})
