import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policy, trial } from '../test/trial.ts'

test('DecodeAuthorizationMessage opens what a refusal carried', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice', policy('sts:DecodeAuthorizationMessage'))
  assert.deepEqual(await sts.call('DecodeAuthorizationMessage', { EncodedMessage: 'known' }, alice), {
    DecodedMessage: '{"allowed":false}',
  })
  await sts.refused(
    'DecodeAuthorizationMessage',
    { EncodedMessage: 'other' },
    alice,
    'InvalidAuthorizationMessageException',
  )
})

test('DecodeAuthorizationMessage needs its permission before it looks at the message', async () => {
  await using sts = await trial()
  const alice = await sts.user('alice')
  for (const EncodedMessage of ['known', 'other']) {
    await sts.refused(
      'DecodeAuthorizationMessage',
      { EncodedMessage },
      alice,
      'AccessDenied',
      /because no identity-based policy allows the sts:DecodeAuthorizationMessage action$/,
    )
  }
})

test('the message is not in the trail', async () => {
  await using sts = await trial()
  assert.equal(sts.operation('DecodeAuthorizationMessage').audit?.request?.({ EncodedMessage: 'known' }), null)
})
