import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '#kernel/call'
import { RowForged } from '#kernel/sealing/row-mac'
import { statement } from '#kernel/storage/storage'
import { ServicePrincipal } from '../model/members.ts'
import {
  ACCOUNT,
  admin,
  allow,
  type Asked,
  deny,
  OTHER_ACCOUNT,
  refusal,
  REGION,
  root,
  user,
  type World,
  world,
} from '../test/world.ts'

const ann = user('ann')
const bob = user('bob')

/** A session of `role/app`. */
const app = (session = 's', id = 'AROAapp', account = ACCOUNT): Caller => ({
  ...user('app', [], account),
  kind: 'role',
  arn: `arn:aws:sts::${account}:assumed-role/app/${session}`,
  principalArn: `arn:aws:iam::${account}:role/app`,
  userId: `${id}:${session}`,
})

const Plaintext = Buffer.from('x')
const denied = { code: 'AccessDeniedException' }
const forged = (error: unknown) => error instanceof RowForged
const context = (EncryptionContext: object) => ({ EncryptionContext })

async function granted(input: object = {}, asked: Asked = {}) {
  const w = await world()
  const { KeyId, Arn } = await w.key()
  const grant = (more: object = {}, by: Asked = asked) =>
    w.ask('CreateGrant', { KeyId, GranteePrincipal: ann.arn, Operations: ['Encrypt'], ...input, ...more }, by)
  const use = (caller: Caller, more: object = {}) => w.ask('Encrypt', { KeyId: Arn, Plaintext, ...more }, { caller })
  return { w, KeyId, Arn, grant, use, [Symbol.asyncDispose]: () => w[Symbol.asyncDispose]() }
}

test('CreateGrant answers an id of 64 hex digits and a token; the grantee needs nothing else, and at once (kms.md 9)', async () => {
  await using g = await granted()
  await assert.rejects(g.use(ann), denied)
  const made = await g.grant()
  assert.match(made.GrantId, /^[0-9a-f]{64}$/)
  assert.ok(made.GrantToken.length > 100 && made.GrantToken.length <= 8192)
  await g.use(ann)
  await g.use(ann, { GrantTokens: [made.GrantToken] })
  await assert.rejects(g.use(bob, { GrantTokens: [made.GrantToken] }), denied)
  // Other operations than the granted ones.
  await assert.rejects(g.w.ask('DescribeKey', { KeyId: g.KeyId }, { caller: ann }), denied)
})

test('a grant never overrides a deny, and boundaries and session policies bound a role that holds it (kms.md 8.3)', async () => {
  await using g = await granted()
  await g.grant()
  await g.grant({ GranteePrincipal: `arn:aws:iam::${ACCOUNT}:role/app` })
  await assert.rejects(g.use({ ...ann, policies: user('x', [deny('kms:Encrypt')]).policies }), denied)
  await g.use(app())
  const [boundary] = user('x', [allow('s3:*')]).policies
  assert.ok(boundary)
  await assert.rejects(g.use({ ...app(), boundary }), denied)
  await assert.rejects(g.use({ ...app(), sessionPolicies: [boundary] }), denied)
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: root().arn }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Deny', Principal: { AWS: ann.arn }, Action: 'kms:Encrypt', Resource: '*' },
    ],
  })
  await g.w.ask('PutKeyPolicy', { KeyId: g.KeyId, Policy })
  await assert.rejects(g.use(ann), denied)
})

test('grantees: a role, one session of it, a whole account with its own policies; not a namesake made later (kms.md 9.2)', async () => {
  await using g = await granted()
  await g.grant({ GranteePrincipal: `arn:aws:sts::${ACCOUNT}:assumed-role/app/one` })
  await g.use(app('one'))
  await assert.rejects(g.use(app('two')), denied)
  await g.grant({ GranteePrincipal: `arn:aws:iam::${ACCOUNT}:role/app` })
  await g.use(app('two'))
  await assert.rejects(g.use(app('one', 'AROAother')), denied)
  await assert.rejects(g.use(bob), denied)
  // A key that does not delegate to its account: the grant to the account does.
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: bob.arn },
      Action: ['kms:PutKeyPolicy', 'kms:CreateGrant'],
      Resource: '*',
    },
  })
  await g.w.ask('PutKeyPolicy', { KeyId: g.KeyId, Policy, BypassPolicyLockoutSafetyCheck: true })
  await assert.rejects(g.use(admin()), denied)
  await g.grant({ GranteePrincipal: root().arn }, { caller: bob })
  await g.use(admin())
  await g.use(root())
  await assert.rejects(g.use(ann), denied)
})

test('another account’s grantee needs its own policies too; nobody else of it gets in (kms.md 9.2, 18, 10)', async () => {
  await using g = await granted()
  const far = user('far', [], OTHER_ACCOUNT)
  await g.grant({ GranteePrincipal: far.arn, Operations: ['Encrypt', 'DescribeKey'] })
  await assert.rejects(g.use(far), denied)
  const may = user('far', [allow('kms:*')], OTHER_ACCOUNT)
  await g.use(may)
  await g.w.ask('DescribeKey', { KeyId: g.Arn }, { caller: may })
  await assert.rejects(g.use(user('other', [allow('kms:*')], OTHER_ACCOUNT)), denied)
})

test('constraints: the context of the request, on Encrypt and by Decrypt; DescribeKey goes without (kms.md 18, 8; 17, 14)', async () => {
  await using g = await granted({ Operations: ['Encrypt', 'Decrypt', 'DescribeKey'] })
  await g.grant({ Constraints: { EncryptionContextEquals: { a: '1' } } })
  const { CiphertextBlob } = await g.use(ann, context({ a: '1' }))
  for (const other of [{}, { a: '1', b: '2' }, { a: '2' }, { A: '1' }])
    await assert.rejects(g.use(ann, context(other)), denied)
  await g.w.ask('Decrypt', { CiphertextBlob, ...context({ a: '1' }) }, { caller: ann })
  await assert.rejects(g.w.ask('Decrypt', { CiphertextBlob }, { caller: ann }), denied)
  await g.w.ask('DescribeKey', { KeyId: g.KeyId }, { caller: ann })
  await g.grant({ Constraints: { EncryptionContextSubset: { b: '2' } } })
  await g.use(ann, context({ b: '2', c: '3' }))
})

test('a service’s call in the caller’s name is covered like his own (kms.md 9.2)', async () => {
  await using g = await granted({ Operations: ['GenerateDataKey', 'Decrypt'] })
  const through = (caller: Caller, pairs: Record<string, string>) =>
    g.w.through(
      async (keys) => {
        const { blob } = await keys.generateDataKey(g.KeyId, pairs)
        await keys.decrypt(blob, pairs)
      },
      { caller },
    )
  await assert.rejects(through(ann, { SecretARN: 'one' }), denied)
  const { GrantId } = await g.grant({ Constraints: { EncryptionContextSubset: { SecretARN: 'one' } } })
  await through(ann, { SecretARN: 'one', SecretVersionId: 'v' })
  await assert.rejects(through(ann, { SecretARN: 'two' }), denied)
  await g.w.ask('RevokeGrant', { KeyId: g.KeyId, GrantId })
  await assert.rejects(through(ann, { SecretARN: 'one' }), denied)
})

test('CreateGrant by right of a grant makes a narrower one (kms.md 18, 8)', async () => {
  await using g = await granted()
  const Constraints = { EncryptionContextEquals: { a: '1' } }
  await g.grant({ Operations: ['CreateGrant', 'Encrypt', 'Decrypt'], Constraints })
  const child = (more: object) => g.grant({ GranteePrincipal: bob.arn, Constraints, ...more }, { caller: ann })
  await assert.rejects(child({ Constraints: undefined }), denied)
  await assert.rejects(child({ Constraints: { EncryptionContextSubset: { a: '1' } } }), denied)
  await assert.rejects(child({ Operations: ['Encrypt', 'GenerateDataKey'] }), denied)
  await child({})
  await g.use(bob, context({ a: '1' }))
  await assert.rejects(g.use(bob), denied)
})

test('Name: the same request of the same caller is the same grant with a new token; without a name each is another (kms.md 9.2)', async () => {
  await using g = await granted()
  const first = await g.grant({ Name: 'n' })
  const again = await g.grant({ Name: 'n' })
  assert.equal(again.GrantId, first.GrantId)
  assert.notEqual(again.GrantToken, first.GrantToken)
  const others = [
    await g.grant({ Name: 'm' }),
    await g.grant({ Name: 'n', Operations: ['Encrypt', 'Decrypt'] }),
    await g.grant({ Name: 'n', GranteePrincipal: bob.arn }),
    await g.grant({ Name: 'n', RetiringPrincipal: bob.arn }),
    await g.grant({ Name: 'n', Constraints: { EncryptionContextEquals: {} } }),
    await g.grant({ Name: 'n' }, { caller: admin() }),
    await g.grant(),
    await g.grant(),
  ]
  assert.equal(new Set([first, ...others].map(({ GrantId }) => GrantId)).size, 9)
})

test('CreateGrant: principals that are not there, groups, everybody, and combinations (kms.md 9.1, 9.2)', async () => {
  await using g = await granted()
  g.w.people.ids.set(`arn:aws:iam::${ACCOUNT}:group/g`, undefined)
  g.w.people.ids.set(`arn:aws:iam::${ACCOUNT}:user/none`, undefined)
  for (const GranteePrincipal of [`arn:aws:iam::${ACCOUNT}:group/g`, `arn:aws:iam::${ACCOUNT}:user/none`, 'ann'])
    await assert.rejects(
      g.grant({ GranteePrincipal }),
      refusal('InvalidArnException', `Invalid arn ${GranteePrincipal}`),
    )
  const invalid = { code: 'ValidationException' }
  const GranteeServicePrincipal = 'x.amazonaws.com'
  await assert.rejects(g.grant({ GranteePrincipal: undefined }), invalid)
  await assert.rejects(g.grant({ GranteeServicePrincipal }), invalid)
  await assert.rejects(g.grant({ GranteePrincipal: undefined, GranteeServicePrincipal }), invalid)
  await assert.rejects(
    g.grant({ RetiringPrincipal: bob.arn, RetiringServicePrincipal: GranteeServicePrincipal }),
    invalid,
  )
  await g.grant({ GranteePrincipal: undefined, GranteeServicePrincipal, RetiringPrincipal: bob.arn })
  await assert.rejects(g.grant({ Operations: ['Sign'] }), invalid)
})

test('CreateGrant: the key’s state, an alias as key, DryRun that makes nothing (kms.md 2, 11; 17, 21)', async () => {
  await using g = await granted()
  const dry = refusal('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
  await assert.rejects(g.grant({ DryRun: true }), dry)
  assert.deepEqual((await g.w.ask('ListGrants', { KeyId: g.KeyId })).Grants, [])
  await assert.rejects(g.grant({ KeyId: 'alias/app' }), refusal('NotFoundException', "Invalid keyId 'alias/app'"))
  await g.w.ask('DisableKey', { KeyId: g.KeyId })
  await assert.rejects(g.grant(), refusal('DisabledException', `${g.Arn} is disabled.`))
  await g.w.ask('ScheduleKeyDeletion', { KeyId: g.KeyId })
  await assert.rejects(g.grant(), refusal('KMSInvalidStateException', `${g.Arn} is pending deletion.`))
})

test('CreateGrant: what is granted to whom is for conditions to say (kms.md 12)', async () => {
  await using g = await granted({ Constraints: { EncryptionContextEquals: { a: '1' } }, RetiringPrincipal: bob.arn })
  const may = (Condition: object) => ({ caller: user('boss', [allow('kms:CreateGrant', '*', { Condition })]) })
  await g.grant(
    {},
    may({
      StringEquals: {
        'kms:GranteePrincipal': ann.arn,
        'kms:RetiringPrincipal': bob.arn,
        'kms:GrantConstraintType': 'EncryptionContextEquals',
        'kms:EncryptionContext:a': '1',
      },
      'ForAllValues:StringEquals': { 'kms:GrantOperations': ['Encrypt', 'Decrypt'] },
      Bool: { 'kms:GrantIsForAWSResource': 'false' },
    }),
  )
  for (const Condition of [
    { StringEquals: { 'kms:GranteePrincipal': bob.arn } },
    { 'ForAllValues:StringEquals': { 'kms:GrantOperations': ['Decrypt'] } },
    { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
  ])
    await assert.rejects(g.grant({}, may(Condition)), denied)
})

test('tokens that no key here has issued, also changed by a letter, are refused, after state and permission (kms.md 9.2)', async () => {
  await using g = await granted()
  const { GrantToken, GrantId } = await g.grant()
  const invalid = refusal('InvalidGrantTokenException')
  const changed = `${GrantToken.slice(0, 20)}${GrantToken[20] === 'A' ? 'B' : 'A'}${GrantToken.slice(21)}`
  for (const token of ['x', '', changed, Buffer.from('abc').toString('base64'), 'ü'.repeat(100)])
    await assert.rejects(g.use(ann, { GrantTokens: [token] }), invalid, token)
  await assert.rejects(g.use(bob, { GrantTokens: ['x'] }), denied)
  await g.w.ask('RevokeGrant', { KeyId: g.KeyId, GrantId })
  await assert.rejects(g.use(root(), { GrantTokens: [GrantToken] }), invalid)
  for (const [name, input] of [
    ['DescribeKey', {}],
    ['GenerateDataKey', { KeySpec: 'AES_256' }],
    ['CreateGrant', { GranteePrincipal: ann.arn, Operations: ['Encrypt'] }],
  ] as const)
    await assert.rejects(g.w.ask(name, { KeyId: g.KeyId, GrantTokens: ['x'], ...input }), invalid, name)
})

test('a grant whose row was changed in the database is an error, and gives nobody anything', async () => {
  await using g = await granted()
  await g.grant()
  const write = (w: World, text: string) =>
    w.storage.unit('write', async (unit) => {
      unit.touch('kms')
      return unit.run({ name: `test/${text}`, sql: text }, {})
    })
  await write(g.w, `update kms_grant set grantee_id = 'AIDAbob'`)
  await assert.rejects(g.use(bob), forged)
  await write(g.w, `update kms_grant set grantee_id = 'AIDAann', operations = '["Encrypt","Decrypt"]'`)
  await assert.rejects(g.use(ann), forged)
})

test('grants go with their key (kms.md 3.4)', async () => {
  await using g = await granted()
  await g.grant({ RetiringPrincipal: bob.arn })
  await g.w.ask('ScheduleKeyDeletion', { KeyId: g.KeyId, PendingWindowInDays: 7 })
  await g.w.runner.travel(g.w.clock, g.w.clock.now() + 7 * 86_400_000)
  await assert.rejects(g.w.ask('ListGrants', { KeyId: g.KeyId }), { code: 'NotFoundException' })
  const retirable = await g.w.ask('ListRetirableGrants', { RetiringPrincipal: bob.arn })
  assert.deepEqual(retirable.Grants, [])
})

test('CreateGrant: 50,000 on a key, and 2,500 of them to one principal (kms.md 15; the latter assumed)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const row = statement(
    'test/many-grants',
    `insert into kms_grant (account, region, key_id, id, name, grantee, grantee_id, operations, issuer, created_at, mac)
     select '${ACCOUNT}', '${REGION}', :key, 'g' || i, '', 'a', :grantee || (i / 2500), '[]', '${ACCOUNT}', 0, :mac
     from (with recursive n(i) as (select cast(:from as integer) union all select i + 1 from n where i + 1 < :to) select i from n)`,
  )
  const fill = (from: number, to: number, grantee: string) =>
    w.storage.unit('write', (unit) => unit.run(row, { key: KeyId, from, to, grantee, mac: Buffer.alloc(0) }))
  const grant = (who: Caller, more = {}) =>
    w.ask('CreateGrant', { KeyId, GranteePrincipal: who.arn, Operations: ['Decrypt'], ...more })
  const { GrantId } = await grant(user('x0'), { Name: 'n' })
  await fill(0, 2_499, 'AIDAx')
  const full = refusal(
    'LimitExceededException',
    `${user('x0').arn} has 2500 grants on ${Arn}, and no more are allowed.`,
  )
  await assert.rejects(grant(user('x0')), full)
  await assert.rejects(grant(user('x0'), { DryRun: true }), full)
  // The same grant again is no other one.
  assert.equal((await grant(user('x0'), { Name: 'n' })).GrantId, GrantId)
  await grant(user('ann'))
  await fill(2_500, 50_000 - 1, 'AIDAx')
  await assert.rejects(
    grant(user('ann')),
    refusal('LimitExceededException', `${Arn} has 50000 grants, and no more are allowed.`),
  )
})

test('CreateGrant to a service is to no account that is called the same, and the number of one is no service', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const pattern = new RegExp(`^(?:${ServicePrincipal.pattern})$`)
  for (const name of ['x.amazonaws.com', 'replicator.lambda.amazonaws.com']) assert.match(name, pattern)
  for (const name of [OTHER_ACCOUNT, 'x', '.', 'x.', '.com', 'x..com']) assert.doesNotMatch(name, pattern)
  // As if it had passed: conditions on GranteePrincipal would not have seen the account either.
  await w.ask('CreateGrant', {
    KeyId,
    GranteeServicePrincipal: OTHER_ACCOUNT,
    RetiringPrincipal: bob.arn,
    Operations: ['Decrypt'],
  })
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob }, { caller: admin(OTHER_ACCOUNT) }), {
    code: 'AccessDeniedException',
  })
})
