import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { accountOfRole, roleSeconds, userSeconds } from './role.ts'

const refused = (work: () => unknown, text: string) =>
  assert.throws(
    work,
    (error) => error instanceof ApiError && error.code === 'ValidationError' && error.message === text,
  )

test('what is no ARN is invalid (access.md 4.1, recorded)', () => {
  for (const text of [
    'no-arn-at-all-of-any-kind',
    'arn::iam::111122223333:role/app',
    'arn:aws::::role/x',
    'arn:aws:iam::111122223333:',
    'arn:aws:iam:role/app',
  ]) {
    refused(() => accountOfRole(text), `${text} is invalid`)
  }
  assert.equal(accountOfRole('arn:aws:iam::111122223333:role/app'), '111122223333')
  assert.equal(accountOfRole('arn:aws:iam::111122223333:user/alice'), '111122223333')
})

test('how long a role session lasts (access.md 4.1)', () => {
  assert.equal(roleSeconds(undefined, 3600, false), 3600)
  assert.equal(roleSeconds(43200, 43200, false), 43200)
  assert.equal(roleSeconds(3600, 43200, true), 3600)
  refused(
    () => roleSeconds(3601, 3600, false),
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  )
  refused(
    () => roleSeconds(3601, 43200, true),
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  )
})

test("the root user's sessions last an hour at the most (API_GetSessionToken)", () => {
  assert.deepEqual(
    [userSeconds(undefined, false), userSeconds(129600, false), userSeconds(900, true)],
    [43200, 129600, 900],
  )
  assert.deepEqual([userSeconds(undefined, true), userSeconds(129600, true)], [3600, 3600])
})
