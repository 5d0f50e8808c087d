import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Outgoing } from '../registry/client.ts'
import { allow, type Keys, keysOf, outcome, READ, siege, trusting } from './siege.ts'

/**
 * Whether an access key is, was or never was somebody's is nobody's business: keys that are not good answer alike, in text and
 * in time. Sources: access.md 1.2 (row 14), 1.5 (13), 7 (23).
 */

const { account, root, person, call, send, signedCall } = await siege()
const { iam } = root

const user = await person([allow('*')])
const NOBODY: Keys = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x'.repeat(40) }

/** A further key of the user's own, in some state. */
async function keyThatIs(state: 'inactive' | 'deleted' | 'of a deleted user'): Promise<Keys> {
  const UserName = `owner-${state.replaceAll(' ', '-')}`
  await iam.createUser({ UserName })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const AccessKeyId = AccessKey?.AccessKeyId ?? ''
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  assert.equal(outcome(await call(keys, 'sts:GetCallerIdentity')), '200')
  if (state === 'inactive') await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Inactive' })
  else await iam.deleteAccessKey({ UserName, AccessKeyId })
  if (state === 'of a deleted user') await iam.deleteUser({ UserName })
  return keys
}

/** A session of a role that is gone. */
async function sessionThatIsOver(): Promise<Keys> {
  await iam.createRole({ RoleName: 'gone', AssumeRolePolicyDocument: trusting(account) })
  const RoleArn = `arn:aws:iam::${account}:role/gone`
  const { Credentials } = await user.sts.assumeRole({ RoleArn, RoleSessionName: 'here' })
  const keys = keysOf(Credentials)
  assert.equal(outcome(await call(keys, 'sts:GetCallerIdentity')), '200')
  await iam.deleteRole({ RoleName: 'gone' })
  return keys
}

const inactive = await keyThatIs('inactive')
const over = await sessionThatIsOver()
const session = keysOf((await user.sts.getSessionToken({})).Credentials)
const wrong = (keys: Keys): Keys => ({ ...keys, secretAccessKey: 'y'.repeat(40) })

const BAD: Readonly<Record<string, Keys>> = {
  'an unknown key': NOBODY,
  'an inactive key': inactive,
  'an inactive key, signed wrongly': wrong(inactive),
  'a deleted key': await keyThatIs('deleted'),
  'a key of a deleted user': await keyThatIs('of a deleted user'),
  'an unknown temporary key': { ...NOBODY, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA', sessionToken: 'SRv1AAAA' },
  'a temporary key without its token': { accessKeyId: session.accessKeyId, secretAccessKey: session.secretAccessKey },
  'a temporary key with another token': { ...session, sessionToken: over.sessionToken ?? '' },
  'a session of a deleted role': over,
  'a good key with a token': { ...user.keys, sessionToken: session.sessionToken },
  'a good key with an empty-looking token': { ...user.keys, sessionToken: '-' },
  'a key of another spelling': { ...user.keys, accessKeyId: user.keys.accessKeyId.toLowerCase() },
  'a key with a letter of its own': { ...user.keys, accessKeyId: `${user.keys.accessKeyId}A` },
  'a key with a letter less': { ...user.keys, accessKeyId: user.keys.accessKeyId.slice(0, -1) },
  'a name of a prototype': { ...NOBODY, accessKeyId: '__proto__' },
  'a long name of a prototype': { ...NOBODY, accessKeyId: '__defineGetter__' },
  'another one': { ...NOBODY, accessKeyId: 'hasOwnProperty' },
  'a wildcard': { ...NOBODY, accessKeyId: 'AKIA*' },
}

/** An answer without what differs from one to the next. */
function lasting({ status, headers, text }: Answer) {
  const { 'x-amzn-requestid': id, date, ...rest } = headers
  assert.ok(date)
  return { status, headers: rest, text: text.replaceAll(String(id), 'ID') }
}

for (const [action, input, code] of [
  [READ, { SecretId: 'db' }, 'UnrecognizedClientException'],
  ['kms:ListKeys', {}, 'UnrecognizedClientException'],
  ['iam:GetUser', {}, 'InvalidClientTokenId'],
  ['sts:GetCallerIdentity', {}, 'InvalidClientTokenId'],
] as const) {
  test(`${action}: all keys that are no good get one answer, to the letter`, async () => {
    const expected = lasting(await call(NOBODY, action, input))
    assert.match(expected.text, /The security token included in the request is invalid\./)
    for (const [what, keys] of Object.entries(BAD)) {
      const answer = await call(keys, action, input)
      assert.equal(outcome(answer), code, what)
      assert.deepEqual(lasting(answer), expected, what)
    }
  })
}

test('what they would have been allowed, and whether it is there, makes no difference', async () => {
  await root.secrets.createSecret({ Name: 'there', SecretString: 'x' })
  const expected = lasting(await call(NOBODY, READ, { SecretId: 'there' }))
  for (const keys of Object.values(BAD)) {
    for (const SecretId of ['there', 'not-there', '', 'a'.repeat(3000)]) {
      assert.deepEqual(lasting(await call(keys, READ, { SecretId })), expected)
    }
  }
})

const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] as number

/** Medians of the time that the answers take, in milliseconds; asked in turns, so that what slows one slows all. */
async function timesOf(kinds: readonly (() => Outgoing)[], rounds: number): Promise<number[]> {
  const times: number[][] = kinds.map(() => [])
  for (let round = 0; round < rounds + 20; round++) {
    for (let at = 0; at < kinds.length; at++) {
      // Each round begins elsewhere: none always comes after the same.
      const kind = (at + round) % kinds.length
      const outgoing = (kinds[kind] as () => Outgoing)()
      const began = performance.now()
      await send(outgoing)
      if (round >= 20) (times[kind] as number[]).push(performance.now() - began)
    }
  }
  return times.map(median)
}

/** How much more one may take than another. Measured: 0.9 to 1.1. */
const ALIKE = 1.7

test('keys that are no good take as long as each other to be refused', async (t) => {
  const names = ['an unknown key', 'an inactive key', 'an inactive key, signed wrongly', 'a deleted key']
  const kinds = names.map((name) => () => signedCall(BAD[name] as Keys, READ, { SecretId: 'db' }))
  const medians = await timesOf(kinds, 150)
  t.diagnostic(names.map((name, at) => `${name}: ${Math.round((medians[at] as number) * 1000)} us`).join(', '))
  assert.ok(Math.max(...medians) < ALIKE * Math.min(...medians), medians.join(' '))
})

test('temporary keys that a token is not of, too, whether anybody has them or not', async (t) => {
  const { sessionToken } = session
  const middle = sessionToken.length >> 1
  const letter = sessionToken[middle] === 'A' ? 'B' : 'A'
  const kinds: readonly Keys[] = [
    { ...NOBODY, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA', sessionToken },
    { ...over, sessionToken },
    { ...session, sessionToken: sessionToken.slice(0, middle) + letter + sessionToken.slice(middle + 1) },
  ]
  const medians = await timesOf(
    kinds.map((keys) => () => signedCall(keys, READ, { SecretId: 'db' })),
    150,
  )
  t.diagnostic(medians.map((each) => `${Math.round(each * 1000)} us`).join(', '))
  assert.ok(Math.max(...medians) < ALIKE * Math.min(...medians), medians.join(' '))
})

test('a wrong signature takes as long wherever it is wrong, and says as much', async (t) => {
  const outgoing = (change: (signature: string) => string) => () => {
    const made = signedCall(user.keys, READ, { SecretId: 'db' })
    const { authorization = '' } = made.headers
    return { ...made, headers: { ...made.headers, authorization: authorization.replace(/[0-9a-f]{64}$/, change) } }
  }
  const other = (digit: string | undefined) => (digit === '0' ? '1' : '0')
  const kinds = [
    outgoing((right) => other(right[0]) + right.slice(1)),
    outgoing((right) => right.slice(0, 63) + other(right[63])),
    outgoing(() => 'f'.repeat(64)),
  ]
  const answers = await Promise.all(kinds.map(async (kind) => lasting(await send(kind()))))
  assert.equal(JSON.parse(answers[0]?.text ?? '').__type, 'InvalidSignatureException')
  for (const answer of answers) assert.deepEqual(answer, answers[0])
  const medians = await timesOf(kinds, 100)
  t.diagnostic(medians.map((each) => `${Math.round(each * 1000)} us`).join(', '))
  assert.ok(Math.max(...medians) < ALIKE * Math.min(...medians), medians.join(' '))
})

test('a key is good again when it is switched on, and no longer when it is switched off, from one request to the next', async () => {
  const UserName = 'owner-inactive'
  const AccessKeyId = inactive.accessKeyId
  for (let turn = 0; turn < 5; turn++) {
    await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Active' })
    assert.equal(outcome(await call(inactive, 'sts:GetCallerIdentity')), '200')
    await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Inactive' })
    assert.equal(outcome(await call(inactive, 'sts:GetCallerIdentity')), 'InvalidClientTokenId')
  }
  // Requests that are on their way when it is switched off end before that or are refused; none comes later.
  await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Active' })
  const flood = Array.from({ length: 20 }, () => call(inactive, 'sts:GetCallerIdentity'))
  await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Inactive' })
  assert.equal(outcome(await call(inactive, 'sts:GetCallerIdentity')), 'InvalidClientTokenId')
  for (const answer of await Promise.all(flood)) assert.match(outcome(answer), /^(200|InvalidClientTokenId)$/)
})
