import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('ListSigningCertificates answers an empty list for a user, the caller or the root user, NoSuchEntity for others', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:ListSigningCertificates'))
  const empty = { Certificates: [], IsTruncated: false }
  assert.deepEqual(await iam.call('ListSigningCertificates', { UserName: 'alice' }), empty)
  assert.deepEqual(await iam.call('ListSigningCertificates', {}, alice), empty)
  assert.deepEqual(await iam.call('ListSigningCertificates'), empty)
  const text = 'The user with name bob cannot be found.'
  await iam.refused('ListSigningCertificates', { UserName: 'bob' }, 'NoSuchEntity', text)
  await iam.refused('ListSigningCertificates', { Marker: '?' }, 'ValidationError', 'Invalid Marker.')
  assert.equal(
    await iam.wire('Action=ListSigningCertificates&UserName=alice'),
    '<Certificates/><IsTruncated>false</IsTruncated>',
  )
})

test('ListSigningCertificates is about the user', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'bob' })
  const alice = await iam.user('alice', document('iam:ListSigningCertificates', 'arn:aws:iam::*:user/alice'))
  await iam.refused(
    'ListSigningCertificates',
    { UserName: 'bob' },
    'AccessDenied',
    / on resource: user bob because/,
    alice,
  )
})
