import assert from 'node:assert/strict'
import { test } from 'node:test'
import { START, trial } from '../test/trial.ts'

test('ListPublicKeys answers the keys of a span, without one that of now; a span that ends before it begins is refused', async () => {
  await using t = await trial()
  const value = Buffer.from('key')
  t.publicKeys.push(
    { value, fingerprint: 'old', from: START - 2000, to: START - 1000 },
    { value, fingerprint: 'new', from: START - 999, to: START + 1000 },
  )
  const prints = async (input: object) =>
    (await t.call('ListPublicKeys', { ...input })).PublicKeyList.map(
      ({ Fingerprint }: { Fingerprint: string }) => Fingerprint,
    )
  assert.deepEqual(await prints({}), ['new'])
  assert.deepEqual(await prints({ StartTime: new Date(START - 5000) }), ['old', 'new'])
  assert.deepEqual(await prints({ EndTime: new Date(START - 1500) }), ['old'])
  const reversed = { StartTime: new Date(START), EndTime: new Date(START - 1) }
  await t.refused('ListPublicKeys', reversed, 'InvalidTimeRangeException', /start time/)
  await t.refused('ListPublicKeys', { NextToken: 'x' }, 'InvalidTokenException', /NextToken/)
})
