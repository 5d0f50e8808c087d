import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('UpdateOpenIDConnectProviderThumbprint replaces the whole list', async () => {
  await using iam = await trial()
  const [A, B] = ['a'.repeat(40), 'b'.repeat(40)]
  const made = await iam.call('CreateOpenIDConnectProvider', { Url: 'https://example.com', ThumbprintList: [A] })
  const prints = async () => (await iam.call('GetOpenIDConnectProvider', made)).ThumbprintList
  await iam.call('UpdateOpenIDConnectProviderThumbprint', { ...made, ThumbprintList: [B] })
  assert.deepEqual(await prints(), [B])
  const six = Array.from({ length: 6 }, () => A)
  const name = 'UpdateOpenIDConnectProviderThumbprint'
  await iam.refused(name, { ...made, ThumbprintList: six }, 'InvalidInput', /fewer than 5 entries/)
  await iam.refused(name, made, 'ValidationError', /Value null at 'thumbprintList'/)
  assert.deepEqual(await prints(), [B])
  await iam.call(name, { ...made, ThumbprintList: [] })
  assert.deepEqual(await prints(), [])
  const gone = { OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/none`, ThumbprintList: [A] }
  await iam.refused(name, gone, 'NoSuchEntity')
})
