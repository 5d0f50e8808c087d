import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { allow, deny, document, to, user } from '../test/callers.ts'
import { INVALID_NAME, trial } from '../test/trial.ts'

// What is refused outright stands in PutResourcePolicy.test.ts. Source: secretsmanager.md 8.23, 12, recorded.

const SecretId = 'app/db'
const broad = {
  CheckName: 'BlockPublicPolicyCheck',
  ErrorMessage: 'You can not attach a resource policy that grants Public access to your secret.',
}
const lockOut = {
  CheckName: 'LockOutCheck',
  ErrorMessage: 'This resource policy will not allow you to manage this secret in the future.',
}

const CASES: readonly (readonly [string, string, readonly object[]])[] = [
  ['an account', document(allow('GetSecretValue', to('444455556666'))), []],
  ['everyone', document(allow('GetSecretValue', to('*'))), [broad]],
  ['nobody may put a policy', document(deny('PutResourcePolicy', to('*'))), [lockOut]],
  ['both', document(allow('Get*', to('*')), deny('Put*', to('*'))), [broad, lockOut]],
]
for (const [said, ResourcePolicy, ValidationErrors] of CASES) {
  test(`with and without SecretId alike: ${said}`, async () => {
    await using t = await trial()
    await t.made()
    const expected = { PolicyValidationPassed: ValidationErrors.length === 0, ValidationErrors }
    assert.deepEqual(await t.call('ValidateResourcePolicy', { ResourcePolicy }), expected)
    assert.deepEqual(await t.call('ValidateResourcePolicy', { SecretId, ResourcePolicy }), expected)
    assert.equal((await t.call('GetResourcePolicy', { SecretId })).ResourcePolicy, undefined)
  })
}

test('it needs the permission to put a policy besides its own (secretsmanager.md 7.2)', async () => {
  await using t = await trial()
  await t.made()
  const ResourcePolicy = document(allow('GetSecretValue', to('444455556666')))
  const denied = (action: string) => (error: unknown) =>
    error instanceof ApiError && error.message.includes(`not authorized to perform: secretsmanager:${action} `)
  for (const input of [{ ResourcePolicy }, { SecretId, ResourcePolicy }]) {
    const ask = (...actions: string[]) => t.ask('ValidateResourcePolicy', input, user('ann', [allow(actions)]))
    await assert.rejects(ask('PutResourcePolicy'), denied('ValidateResourcePolicy'))
    await assert.rejects(ask('ValidateResourcePolicy'), denied('PutResourcePolicy'))
    assert.equal((await ask('ValidateResourcePolicy', 'PutResourcePolicy')).PolicyValidationPassed, true)
  }
})

test('a name with wrong characters is refused as such (recorded, secretsmanager.md 1.6)', async () => {
  await using t = await trial()
  const input = { SecretId: 'a b', ResourcePolicy: '{' }
  await t.refused('ValidateResourcePolicy', input, 'ValidationException', INVALID_NAME)
})
