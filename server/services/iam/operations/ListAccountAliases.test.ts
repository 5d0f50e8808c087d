import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('ListAccountAliases lists none or one', async () => {
  await using iam = await trial()
  assert.equal(await iam.wire('Action=ListAccountAliases'), '<AccountAliases/><IsTruncated>false</IsTruncated>')
  await iam.call('CreateAccountAlias', { AccountAlias: 'acme' })
  assert.equal(
    await iam.wire('Action=ListAccountAliases&MaxItems=1'),
    '<AccountAliases><member>acme</member></AccountAliases><IsTruncated>false</IsTruncated>',
  )
  await iam.refused('ListAccountAliases', { Marker: '?' }, 'ValidationError', 'Invalid Marker.')
})

test('ListAccountAliases is refused on * (as clients report it)', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:GetUser'))
  const text = `User: ${alice.arn} is not authorized to perform: iam:ListAccountAliases on resource: * because no identity-based policy allows the iam:ListAccountAliases action`
  await iam.refused('ListAccountAliases', {}, 'AccessDenied', text, alice)
})

test('an alias added from outside is an error', async () => {
  await using iam = await trial()
  await iam.call('CreateAccountAlias', { AccountAlias: 'acme' })
  const sql = `update iam_account_alias set alias = 'other'`
  await iam.storage.unit('write', (unit) => unit.run({ name: 'test/alias', sql }, {}))
  await assert.rejects(iam.call('ListAccountAliases'), /not as this server wrote it/)
})
