import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { addRootKey, BootstrapError, bootstrap } from './accounts.ts'
import { ACCOUNT, START, trial } from './test/trial.ts'

const SECRET = new Secret('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')

test('bootstrap makes the account and its root key on the first start only', async () => {
  await using iam = await trial()
  assert.equal(iam.root.created, true)
  assert.equal(iam.root.account, ACCOUNT)
  assert.match(iam.root.secretAccessKey?.reveal() ?? '', /^[A-Za-z0-9+/]{40}$/)
  const { storage, vault, random } = iam
  const again = await bootstrap({ storage, vault, random, now: START })
  assert.deepEqual(again, {
    account: ACCOUNT,
    accessKeyId: iam.root.accessKeyId,
    secretAccessKey: undefined,
    created: false,
  })
})

test('bootstrap does not change the root credentials of an account that is there', async () => {
  await using iam = await trial()
  const { storage, vault, random } = iam
  const given = { rootAccessKeyId: 'AKIAIOSFODNN7EXAMPLE', rootSecretAccessKey: SECRET }
  const again = await bootstrap({ storage, vault, random, now: START, ...given })
  assert.equal(again.created, false)
  assert.equal(again.accessKeyId, iam.root.accessKeyId)
  assert.equal(await iam.iam.callers.find(given.rootAccessKeyId), undefined)
})

test('bootstrap takes given credentials, and makes up accounts of 12 digits without a leading zero', async () => {
  await using iam = await trial()
  const { storage, vault, random } = iam
  const given = { rootAccessKeyId: 'AKIAIOSFODNN7EXAMPLE', rootSecretAccessKey: SECRET }
  const made = await bootstrap({ storage, vault, random, now: START, account: '444455556666', ...given })
  assert.equal(made.created, true)
  const credential = await iam.iam.callers.find(given.rootAccessKeyId)
  assert.equal(credential?.secret.reveal(), SECRET.reveal())
  assert.equal(credential?.caller.arn, 'arn:aws:iam::444455556666:root')
  await storage.unit('write', async (unit) => {
    await unit.run({ name: 'test/no-account', sql: 'delete from account' }, {})
  })
  const fresh = await bootstrap({ storage, vault, random, now: START })
  assert.match(fresh.account, /^[1-9][0-9]{11}$/)
})

test('bootstrap refuses credentials of a wrong form, and says nothing of the secret', async () => {
  await using iam = await trial()
  const { storage, vault, random } = iam
  const base = { storage, vault, random, now: START, account: '444455556666' }
  const wrong = [
    { account: '1234' },
    { rootAccessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
    { rootAccessKeyId: 'short', rootSecretAccessKey: SECRET },
    { rootAccessKeyId: 'AKIAIOSFODNN7EXAMPLE', rootSecretAccessKey: new Secret('tiny') },
    { rootAccessKeyId: iam.root.accessKeyId, rootSecretAccessKey: SECRET },
  ]
  for (const more of wrong) {
    await assert.rejects(
      async () => bootstrap({ ...base, ...more }),
      (error) => error instanceof BootstrapError && !error.message.includes('tiny'),
    )
  }
})

test('addRootKey gives a root user that lost its key another one', async () => {
  await using iam = await trial()
  await iam.call('DeleteAccessKey', { AccessKeyId: iam.root.accessKeyId })
  const { storage, vault, random } = iam
  const left = await bootstrap({ storage, vault, random, now: START })
  assert.equal(left.accessKeyId, undefined)
  const key = await addRootKey({ storage, vault, random, now: START, account: ACCOUNT })
  assert.equal((await iam.iam.callers.find(key.accessKeyId))?.caller.kind, 'root')
  await assert.rejects(addRootKey({ storage, vault, random, now: START, account: '999999999999' }), BootstrapError)
})
