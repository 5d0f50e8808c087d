import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Handled, MOST_VALUES } from './handled.ts'
import { Hidden } from './runtime/logs/hidden.ts'

const shown = (handled: Handled, key: string) => Array.from(handled.of(key), (value) => value.reveal())

test('values that a watched key sent or got are known, of others nothing is', () => {
  const handled = new Handled()
  assert.equal(handled.watching, false)
  handled.watch('ASIAONE')
  assert.equal(handled.watching, true)
  handled.note('ASIAONE', { SecretId: 'name', SecretString: 'sent-value' }, { RandomPassword: 'made-value' })
  handled.note('ASIATWO', {}, { SecretString: 'of-another' })
  handled.note('ASIAONE', {}, { SecretValues: [{ SecretString: 'batch-value' }], SecretBinary: Buffer.from('binary') })
  handled.note('ASIAONE', {}, { SecretString: 'abc' })
  assert.deepEqual(shown(handled, 'ASIAONE'), ['sent-value', 'made-value', 'binary', 'YmluYXJ5', 'batch-value'])
  assert.deepEqual(shown(handled, 'ASIATWO'), [])
  assert.doesNotMatch(JSON.stringify([...handled.of('ASIAONE')]), /value/)
  handled.forget('ASIAONE')
  assert.deepEqual(shown(handled, 'ASIAONE'), [])
  assert.equal(handled.watching, false)
})

test('values of SecureStrings are known, those of other parameters and ciphertexts are none', () => {
  const handled = new Handled()
  handled.watch('ASIAONE')
  const note = (input: object, out: object) => handled.note('ASIAONE', input, out)
  const read = { Name: 'x', WithDecryption: true }
  const parameter = (Type: string, Value: string) => ({ Name: 'x', Type, Value })
  note({ Name: 'x', Type: 'SecureString', Value: 'written-secret' }, { Version: 1 })
  note({ Name: 'x', Value: 'overwritten', Overwrite: true }, { Version: 2 })
  note({ Name: 'y', Type: 'String', Value: 'written-plainly' }, { Version: 1 })
  note(read, { Parameter: parameter('SecureString', 'read-secret') })
  note(read, { Parameters: [parameter('String', 'eu-central-1'), parameter('SecureString', 'of-several')] })
  note({ Name: 'x' }, { Parameter: parameter('SecureString', 'ciphertext') })
  assert.deepEqual(shown(handled, 'ASIAONE'), ['written-secret', 'overwritten', 'read-secret', 'of-several'])
})

test('the value of a secret that was read as a parameter is hidden in both of its spellings', () => {
  const handled = new Handled()
  handled.watch('ASIAONE')
  const Value = `{"password":"a=b'c"}`
  const SourceResult = String.raw`{"ARN":"arn","name":"x","secretString":"{\"password\":\"a\u003db\u0027c\"}"}`
  const Parameter = { Type: 'SecureString', Value, SourceResult }
  handled.note('ASIAONE', { Name: 'x', WithDecryption: true }, { Parameter })
  const hidden = new Hidden(handled.of('ASIAONE'))
  assert.equal(hidden.hide(Value), '****')
  assert.equal(hidden.hide(SourceResult), '{"ARN":"arn","name":"x","secretString":"****"}')
  assert.ok(!hidden.hide(JSON.stringify(Parameter)).includes('003d'))
})

test('no value is forgotten for a later one; where one more is not remembered, nothing that is printed is kept', () => {
  const handled = new Handled()
  handled.watch('ASIAONE')
  for (let i = 0; i < 100; i++) handled.note('ASIAONE', { SecretString: `value-${i}` }, undefined)
  assert.equal(shown(handled, 'ASIAONE').length, 100)
  assert.equal(new Hidden(handled.of('ASIAONE')).hide('it is value-0 or value-99'), 'it is **** or ****')
  for (let i = 0; i < 1000; i++) handled.note('ASIAONE', {}, { SecretString: `later-${i}` })
  const values = shown(handled, 'ASIAONE')
  assert.deepEqual([values.length, values[0]], [MOST_VALUES, 'value-0'])
  assert.equal(new Hidden(handled.of('ASIAONE')).tooMany, true)
})
