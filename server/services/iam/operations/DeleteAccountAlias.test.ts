import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('DeleteAccountAlias takes away the alias of that name', async () => {
  await using iam = await trial()
  const text = 'The account alias acme cannot be found.'
  await iam.refused('DeleteAccountAlias', { AccountAlias: 'acme' }, 'NoSuchEntity', text)
  await iam.call('CreateAccountAlias', { AccountAlias: 'other' })
  await iam.refused('DeleteAccountAlias', { AccountAlias: 'acme' }, 'NoSuchEntity', text)
  assert.equal(await iam.call('DeleteAccountAlias', { AccountAlias: 'other' }), undefined)
  assert.deepEqual(await iam.call('ListAccountAliases'), { AccountAliases: [], IsTruncated: false })
})
