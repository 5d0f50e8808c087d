import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { allow, deny, document, OTHER, session, to, user, userArn } from './test/callers.ts'
import { ACCOUNT, REGION, type Trial, token, trial } from './test/trial.ts'

// Who may do what with a secret that has a resource policy. Numbers are cases of access.md 6; KMS lets everybody.

const SecretId = 'app/db'
const READ = 'GetSecretValue'
const bounded = (caller: Caller, ...statements: object[]) => ({ ...caller, boundary: compile(document(...statements)) })
const narrowed = (caller: Caller, ...statements: object[]) => ({
  ...caller,
  sessionPolicies: [compile(document(...statements))],
})

const alice = (...statements: object[]) => user('alice', statements)
const app = (...statements: object[]) => session('app', statements)
const ext = (...statements: object[]) => user('ext', statements, OTHER)
const APP = `arn:aws:iam::${ACCOUNT}:role/app`
const S1 = `arn:aws:sts::${ACCOUNT}:assumed-role/app/s1`
const EXT = userArn('ext', OTHER)
const SILENT = allow('ListSecrets')

const tail = {
  identity: `because no identity-based policy allows the secretsmanager:${READ} action`,
  resource: `because no resource-based policy allows the secretsmanager:${READ} action`,
  boundary: `because no permissions boundary allows the secretsmanager:${READ} action`,
  session: `because no session policy allows the secretsmanager:${READ} action`,
  denied: 'with an explicit deny in a resource-based policy',
} as const

type Said = 'ok' | keyof typeof tail

/** Case, caller, statements of the resource policy, what comes of reading. */
const CASES: readonly (readonly [string, Caller, readonly object[], Said])[] = [
  ['23', alice(), [allow(READ, to(userArn('alice')))], 'ok'],
  ['24', alice(), [allow(READ, to(ACCOUNT))], 'identity'],
  ['25', alice(allow(READ)), [allow(READ, to(ACCOUNT))], 'ok'],
  ['26', alice(), [allow(READ, to('*'))], 'ok'],
  ['27', bounded(alice(), SILENT), [allow(READ, to(userArn('alice')))], 'ok'],
  ['29', app(), [allow(READ, to(APP))], 'ok'],
  ['30', bounded(app(), SILENT), [allow(READ, to(APP))], 'boundary'],
  ['31', narrowed(app(), SILENT), [allow(READ, to(APP))], 'session'],
  ['32', bounded(app(), SILENT), [allow(READ, to(S1))], 'ok'],
  ['33', narrowed(app(), SILENT), [allow(READ, to(S1))], 'ok'],
  ['37', app(allow(READ)), [deny(READ, to(APP))], 'denied'],
  ['53', ext(allow(READ)), [], 'resource'],
  ['54', ext(), [allow(READ, to(EXT))], 'identity'],
  ['55', ext(allow(READ)), [allow(READ, to(OTHER))], 'ok'],
  ['56', bounded(ext(allow(READ)), SILENT), [allow(READ, to(OTHER))], 'boundary'],
  ['57', ext(), [allow(READ, to(S1))], 'resource'],
  ['58', ext(allow(READ)), [allow(READ, to('*'))], 'ok'],
  ['what is there for one of its users only', user('other', [allow(READ)], OTHER), [allow(READ, to(EXT))], 'resource'],
]

/** A secret with that policy, written by root; everybody of the cases is there. */
async function shared(t: Trial, statements: readonly object[], more = {}): Promise<string> {
  const arn = await t.made(SecretId, { KmsKeyId: 'alias/mine', ...more })
  t.people.ids.set(userArn('alice'), 'AIDAalice')
  t.people.ids.set(EXT, 'AIDAext')
  t.people.ids.set(APP, 'AROAapp')
  t.people.ids.set(S1, 'AROAapp:s1')
  if (statements.length > 0) {
    await t.call('PutResourcePolicy', { SecretId, ResourcePolicy: document(...statements) })
  }
  return arn
}

for (const [number, caller, statements, said] of CASES) {
  test(`access.md 6, ${number}: ${said}`, async () => {
    await using t = await trial()
    const arn = await shared(t, statements)
    const id = caller.account === ACCOUNT ? SecretId : arn
    const answer = t.ask(READ, { SecretId: id }, caller)
    if (said === 'ok') {
      assert.equal((await answer).SecretString, 'one')
      // The same by a batch, which asks for each secret.
      const batch = { ...caller, policies: [...caller.policies, compile(document(allow('BatchGetSecretValue')))] }
      delete (batch as { boundary?: unknown }).boundary
      delete (batch as { sessionPolicies?: unknown }).sessionPolicies
      const { SecretValues, Errors } = await t.ask('BatchGetSecretValue', { SecretIdList: [id] }, batch)
      assert.deepEqual([SecretValues[0]?.SecretString, Errors], ['one', []])
      return
    }
    const text = `User: ${caller.arn} is not authorized to perform: secretsmanager:${READ} on resource: ${id} ${tail[said]}`
    await assert.rejects(answer, (error) => {
      assert.ok(error instanceof ApiError)
      assert.deepEqual(
        [error.code, error.message, error.denial?.decision.allowed],
        ['AccessDeniedException', text, false],
      )
      return true
    })
  })
}

test('22: a Deny in the resource policy binds the root user too, who may still take it away', async () => {
  await using t = await trial()
  await shared(t, [deny(READ, to('*'))])
  await assert.rejects(t.ask(READ, { SecretId }, t.caller), /with an explicit deny in a resource-based policy$/)
  await t.ask('DeleteResourcePolicy', { SecretId }, t.caller)
  assert.equal((await t.ask(READ, { SecretId }, t.caller)).SecretString, 'one')
})

test('63: a name means the caller’s own account, whoever shares a secret of that name', async () => {
  await using t = await trial()
  await shared(t, [allow('*', to(OTHER))])
  await assert.rejects(
    t.ask(READ, { SecretId }, ext(allow('*'))),
    (error) => error instanceof ApiError && error.code === 'ResourceNotFoundException',
  )
})

test('whoever has the name of a deleted principal is not let in by what named the other one (access.md 7, 22)', async () => {
  await using t = await trial()
  await shared(t, [allow(READ, to(userArn('alice')))])
  assert.equal((await t.ask(READ, { SecretId }, alice())).SecretString, 'one')
  await assert.rejects(t.ask(READ, { SecretId }, user('alice', [], ACCOUNT, 'AIDAsecond')), /no identity-based policy/)
})

test('another account writes what is shared with it, into the secret’s own account', async () => {
  await using t = await trial()
  const arn = await shared(t, [allow(['PutSecretValue', 'DescribeSecret'], to(OTHER))])
  const caller = ext(allow('*'))
  const put = { SecretId: arn, SecretString: 'theirs', ClientRequestToken: token('v2') }
  await t.ask('PutSecretValue', put, caller)
  await t.ask('DescribeSecret', { SecretId: arn }, caller)
  await assert.rejects(t.ask(READ, { SecretId: arn }, caller), /no resource-based policy/)
  assert.equal((await t.call(READ, { SecretId })).SecretString, 'theirs')
})

test('a policy is read with the secret: no statement more, and a change of it is seen by the next read', async () => {
  await using t = await trial()
  const arn = await shared(t, [allow(READ, to(OTHER))])
  const caller = ext(allow(READ))
  const steps = async () => {
    const before = t.storage.steps
    await t.ask(READ, { SecretId: arn }, caller)
    return t.storage.steps - before
  }
  assert.equal(await steps(), 1)
  assert.equal(await steps(), 0)
  await t.call('DeleteResourcePolicy', { SecretId })
  await assert.rejects(t.ask(READ, { SecretId: arn }, caller), /no resource-based policy/)
})

/** Inputs of every operation on one secret, complete enough to get to the question of permission. */
const INPUTS: Readonly<Record<string, object>> = {
  DeleteResourcePolicy: {},
  DeleteSecret: { RecoveryWindowInDays: 7 },
  DescribeSecret: {},
  GetResourcePolicy: {},
  GetSecretValue: { VersionStage: 'AWSCURRENT' },
  ListSecretVersionIds: {},
  PutResourcePolicy: { ResourcePolicy: document(allow('*', to('*'))), BlockPublicPolicy: true },
  PutSecretValue: { SecretString: 'x', ClientRequestToken: token('v9') },
  RestoreSecret: {},
  TagResource: { Tags: [{ Key: 'team', Value: 'blue' }] },
  UntagResource: { TagKeys: ['team'] },
  UpdateSecret: { KmsKeyId: 'alias/mine', Description: 'd' },
  UpdateSecretVersionStage: { VersionStage: 'MINE', MoveToVersionId: token('v1') },
  ValidateResourcePolicy: { ResourcePolicy: document(allow('*', to('*'))) },
}

/** Callers of another account who would tell stored facts apart by conditions of their own. */
const CURIOUS: readonly Caller[] = [
  ext(allow('*')),
  ext(),
  user('tags', [allow('*'), deny('*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'red' } } })], OTHER),
  user('tag', [allow('*', { Condition: { Null: { 'secretsmanager:ResourceTag/team': 'false' } } })], OTHER),
  user('type', [allow('*'), deny('*', { Condition: { StringLike: { 'secretsmanager:resource/Type': '*' } } })], OTHER),
  user('key', [allow('*'), deny('*', { Condition: { Null: { 'secretsmanager:KmsKeyArn': 'false' } } })], OTHER),
  bounded(ext(allow('*')), deny('*', { Condition: { Null: { 'aws:ResourceTag/team': 'false' } } })),
  {
    ...ext(),
    kind: 'root',
    arn: `arn:aws:iam::${OTHER}:root`,
    principalArn: `arn:aws:iam::${OTHER}:root`,
    userId: OTHER,
  },
]

/** What a refused caller is told, and what those are told who may look into the refusal. */
async function told(t: Trial, name: string, input: object, caller: Caller): Promise<unknown> {
  try {
    await t.ask(name, input as Record<string, unknown>, caller)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    const { decision, target } = error.denial ?? assert.fail(error.message)
    const { resource, shown, owner, tags, policy, context } = target
    const suffixed = (text: string) => text.replace(/-[A-Za-z0-9]{6}$/, '-XXXXXX')
    return [
      error.code,
      error.message,
      decision.allowed || [decision.by, decision.explicit],
      [suffixed(resource), shown, owner, tags, policy],
      { ...context, 'secretsmanager:SecretId': undefined },
    ]
  }
  return assert.fail(`${name} as ${caller.arn} was allowed`)
}

test('another account can’t tell by any operation what is there that is not shared with it', async () => {
  await using none = await trial()
  const states = {
    bare: [],
    'shared with a user': [allow('*', to(userArn('somebody', OTHER)))],
    'denied to all': [deny('*', { ...to('*'), Condition: { StringNotEquals: { 'aws:PrincipalAccount': ACCOUNT } } })],
    'denied to them': [deny('*', to(OTHER))],
  }
  for (const [said, statements] of Object.entries(states)) {
    await using t = await trial()
    t.people.ids.set(userArn('somebody', OTHER), 'AIDAsomebody')
    const Tags = [{ Key: 'team', Value: 'red' }]
    const arn = await shared(t, statements, { Tags, Type: 'DatadogApiKey' })
    const partial = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${SecretId}`
    for (const id of [arn, partial]) {
      for (const caller of CURIOUS) {
        for (const [name, input] of Object.entries(INPUTS)) {
          const asked = { SecretId: id, ...input }
          const what = `${name} of ${said} as ${caller.arn}`
          assert.deepEqual(await told(t, name, asked, caller), await told(none, name, asked, caller), what)
        }
        const batch = { ...caller, policies: [...caller.policies, compile(document(allow('BatchGetSecretValue')))] }
        delete (batch as { boundary?: unknown }).boundary
        const asked = { SecretIdList: [id] }
        if (batch.kind === 'root') continue
        const seen = await t.ask('BatchGetSecretValue', asked, batch)
        assert.deepEqual(seen, await none.ask('BatchGetSecretValue', asked, batch))
        assert.equal(seen.Errors[0].ErrorCode, 'AccessDeniedException')
      }
    }
  }
})
