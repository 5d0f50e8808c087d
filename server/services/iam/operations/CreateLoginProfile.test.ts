import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, trial } from '../test/trial.ts'

const PASSWORD = 'Right horse 1'

test('CreateLoginProfile answers the profile, GetLoginProfile the same; never the password', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  const made = await iam.call('CreateLoginProfile', {
    UserName: 'alice',
    Password: PASSWORD,
    PasswordResetRequired: true,
  })
  const LoginProfile = { UserName: 'alice', CreateDate: new Date(START), PasswordResetRequired: true }
  assert.deepEqual(made, { LoginProfile })
  assert.deepEqual(await iam.call('GetLoginProfile', { UserName: 'alice' }), { LoginProfile })
  const rows = await iam.storage.unit('read', (unit) =>
    unit.all({ name: 'test/all', sql: 'select * from iam_login' }, {}),
  )
  assert.equal(rows.length, 1)
  assert.doesNotMatch(Buffer.from(rows[0]?.hash as Uint8Array).toString('latin1'), /scrypt/)
})

test('CreateLoginProfile without a name means the calling user; root must name one', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:*'))
  const { LoginProfile } = await iam.call('CreateLoginProfile', { Password: PASSWORD }, alice)
  assert.deepEqual([LoginProfile.UserName, LoginProfile.PasswordResetRequired], ['alice', false])
  await iam.refused('CreateLoginProfile', { Password: PASSWORD }, 'ValidationError', /^Must specify userName/)
})

test('CreateLoginProfile refuses what AWS refuses', async () => {
  await using iam = await trial()
  const Password = PASSWORD
  await iam.refused(
    'CreateLoginProfile',
    { UserName: 'alice', Password },
    'NoSuchEntity',
    'The user with name alice cannot be found.',
  )
  await iam.call('CreateUser', { UserName: 'alice' })
  const missing = /^1 validation error detected: Value null at 'password'/
  await iam.refused('CreateLoginProfile', { UserName: 'alice' }, 'ValidationError', missing)
  await iam.refused(
    'CreateLoginProfile',
    { UserName: 'alice', Password: 'weak' },
    'PasswordPolicyViolation',
    'Password does not conform to the account password policy.',
  )
  // The value of a sensitive member is never in a text.
  for (const bad of ['', 'x'.repeat(129), 'snow☃man1A']) {
    const text = /^\d validation errors? detected: Value at 'password'/
    await iam.refused('CreateLoginProfile', { UserName: 'alice', Password: bad }, 'ValidationError', text)
  }
  await iam.call('UpdateAccountPasswordPolicy', { MinimumPasswordLength: 20 })
  await iam.refused('CreateLoginProfile', { UserName: 'alice', Password }, 'PasswordPolicyViolation')
  await iam.call('DeleteAccountPasswordPolicy')
  await iam.call('CreateLoginProfile', { UserName: 'alice', Password })
  const again = 'Login Profile for user alice already exists.'
  await iam.refused('CreateLoginProfile', { UserName: 'alice', Password }, 'EntityAlreadyExists', again)
})

test('CreateLoginProfile hashes nothing for who may not call it', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'bob' })
  const alice = await iam.user('alice', document('iam:GetUser'))
  const before = process.cpuUsage().user
  const text = `User: ${alice.arn} is not authorized to perform: iam:CreateLoginProfile on resource: user bob because no identity-based policy allows the iam:CreateLoginProfile action`
  for (let n = 0; n < 5; n++) {
    await iam.refused('CreateLoginProfile', { UserName: 'bob', Password: PASSWORD }, 'AccessDenied', text, alice)
  }
  const spentMs = (process.cpuUsage().user - before) / 1000
  assert.ok(spentMs < 150, `${spentMs} ms`)
  assert.equal(alice.arn, `arn:aws:iam::${ACCOUNT}:user/alice`)
})

test('of two at once one makes the profile, and neither hash is left without a password', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  const both = ['First horse 1', 'Second horse 1'].map((Password) =>
    iam.call('CreateLoginProfile', { UserName: 'alice', Password }),
  )
  const [one, two] = await Promise.allSettled(both)
  assert.deepEqual([one?.status, two?.status].toSorted(), ['fulfilled', 'rejected'])
})
