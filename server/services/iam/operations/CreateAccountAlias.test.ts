import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bootstrap } from '../accounts.ts'
import { START, trial } from '../test/trial.ts'

const OTHER = '444455556666'

test('CreateAccountAlias gives one alias, instead of the one before (API_CreateAccountAlias)', async () => {
  await using iam = await trial()
  for (const AccountAlias of ['acme', 'a-b-c', '000']) {
    assert.equal(await iam.call('CreateAccountAlias', { AccountAlias }), undefined)
    assert.deepEqual((await iam.call('ListAccountAliases')).AccountAliases, [AccountAlias])
  }
})

test('an alias is one account’s in the whole deployment', async () => {
  await using iam = await trial()
  const { storage, vault, random } = iam
  const made = await bootstrap({ storage, vault, random, now: START, account: OTHER })
  const other = await iam.callerOf(made.accessKeyId as string)
  await iam.call('CreateAccountAlias', { AccountAlias: 'acme' })
  const taken = 'The account alias acme already exists.'
  await iam.refused('CreateAccountAlias', { AccountAlias: 'acme' }, 'EntityAlreadyExists', taken, other)
  await iam.refused('CreateAccountAlias', { AccountAlias: 'acme' }, 'EntityAlreadyExists', taken)
  await iam.refused('DeleteAccountAlias', { AccountAlias: 'acme' }, 'NoSuchEntity', undefined, other)
  assert.deepEqual((await iam.call('ListAccountAliases', {}, other)).AccountAliases, [])
  await iam.call('CreateAccountAlias', { AccountAlias: 'other' })
  await iam.call('CreateAccountAlias', { AccountAlias: 'acme' }, other)
  assert.deepEqual((await iam.call('ListAccountAliases', {}, other)).AccountAliases, ['acme'])
})

test('CreateAccountAlias refuses what an alias cannot be', async () => {
  await using iam = await trial()
  for (const AccountAlias of ['ab', 'a'.repeat(64), 'Acme', 'a--b', '-ab', 'ab-', 'a.b', 'a_b', 'abc\n', '']) {
    await iam.refused('CreateAccountAlias', { AccountAlias }, 'ValidationError', /at 'accountAlias'/)
  }
  await iam.refused('CreateAccountAlias', { AccountAlias: OTHER }, 'ValidationError')
  await iam.refused('CreateAccountAlias', {}, 'ValidationError', /Value null at 'accountAlias'/)
})
