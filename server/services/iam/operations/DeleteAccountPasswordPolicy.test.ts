import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('DeleteAccountPasswordPolicy takes it away once', async () => {
  await using iam = await trial()
  const text = 'The account policy with name PasswordPolicy cannot be found.'
  await iam.refused('DeleteAccountPasswordPolicy', {}, 'NoSuchEntity', text)
  await iam.call('UpdateAccountPasswordPolicy', {})
  assert.equal(await iam.call('DeleteAccountPasswordPolicy'), undefined)
  await iam.refused('GetAccountPasswordPolicy', {}, 'NoSuchEntity')
  await iam.refused('DeleteAccountPasswordPolicy', {}, 'NoSuchEntity', text)
})
