import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, trial } from '../test/trial.ts'

test('GetUser without a name is about the caller; the root user has no name (access.md 3.4)', async () => {
  await using iam = await trial()
  const { User } = await iam.call('GetUser')
  assert.equal(User.UserId, ACCOUNT)
  assert.equal(User.Arn, `arn:aws:iam::${ACCOUNT}:root`)
  assert.equal(User.UserName, undefined)
  assert.deepEqual(User.CreateDate, new Date(START))
  const alice = await iam.user('alice', document('iam:GetUser', `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`))
  assert.equal((await iam.call('GetUser', {}, alice)).User.UserName, 'alice')
})

test('GetUser finds exactly the spelling (access.md 7, 21)', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice' })
  await iam.refused('GetUser', { UserName: 'Alice' }, 'NoSuchEntity', 'The user with name Alice cannot be found.')
})

test('GetUser tells callers without permission nothing', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice')
  for (const UserName of ['alice', 'nobody']) {
    await iam.refused(
      'GetUser',
      { UserName },
      'AccessDenied',
      new RegExp(`on resource: user ${UserName} because`),
      alice,
    )
  }
})
