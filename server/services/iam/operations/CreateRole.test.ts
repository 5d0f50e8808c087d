import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { ACCOUNT, document, START, trial, trust } from '../test/trial.ts'

const create = (RoleName: string, more = {}) => ({ RoleName, AssumeRolePolicyDocument: trust(ACCOUNT), ...more })

test('CreateRole answers the role without description, longest session and last use; GetRole with them (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  const Tags = [{ Key: 'team', Value: 'red' }]
  const AssumeRolePolicyDocument = trust(`arn:aws:iam::${ACCOUNT}:root`, { Sid: "it's(1)*" })
  const made = { RoleName: 'App', Path: '/team/', AssumeRolePolicyDocument, Description: 'An app', Tags }
  const { Role } = await iam.call('CreateRole', { ...made, MaxSessionDuration: 7200 })
  assert.match(Role.RoleId, /^AROA[A-Z2-7]{17}$/)
  const expected = {
    Path: '/team/',
    RoleName: 'App',
    RoleId: Role.RoleId,
    Arn: `arn:aws:iam::${ACCOUNT}:role/team/App`,
    CreateDate: new Date(START),
    AssumeRolePolicyDocument: encodeURIComponent(AssumeRolePolicyDocument).replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
    Tags,
  }
  assert.deepEqual(Role, expected)
  assert.deepEqual(await iam.call('GetRole', { RoleName: 'App' }), {
    Role: { ...expected, Description: 'An app', MaxSessionDuration: 7200, RoleLastUsed: {} },
  })
})

test('CreateRole gives sessions an hour and no description, tags or boundary when nothing is said', async () => {
  await using iam = await trial()
  await role(iam, 'app', undefined, { Description: '' })
  const { Role } = await iam.call('GetRole', { RoleName: 'app' })
  assert.equal(Role.MaxSessionDuration, 3600)
  for (const member of ['Description', 'Tags', 'PermissionsBoundary']) assert.equal(member in Role, false, member)
})

test('CreateRole takes a name once in any spelling (access.md 2)', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  await iam.refused('CreateRole', create('APP'), 'EntityAlreadyExists', 'Role with name APP already exists.')
  await iam.call('CreateUser', { UserName: 'app' })
})

test('CreateRole refuses names, paths, descriptions, durations and tags that AWS refuses (access.md 3.2)', async () => {
  await using iam = await trial()
  await iam.refused('CreateRole', { RoleName: 'a' }, 'ValidationError', /Value null at 'assumeRolePolicyDocument'/)
  await iam.refused('CreateRole', create('a'.repeat(65)), 'ValidationError', /less than or equal to 64/)
  await iam.refused('CreateRole', create('a b'), 'ValidationError')
  await iam.refused('CreateRole', create('a', { Path: '/a' }), 'ValidationError', /^The specified value for path/)
  await iam.refused('CreateRole', create('a', { Description: 'x'.repeat(1001) }), 'ValidationError')
  await iam.refused(
    'CreateRole',
    create('a', { Description: 'a\u007f' }),
    'ValidationError',
    /regular expression pattern/,
  )
  await iam.refused('CreateRole', create('a', { Description: 'a\u20ac' }), 'ValidationError')
  for (const MaxSessionDuration of [3599, 43_201]) {
    await iam.refused('CreateRole', create('a', { MaxSessionDuration }), 'ValidationError', /at 'maxSessionDuration'/)
  }
  const Tags = ['k', 'K'].map((Key) => ({ Key, Value: 'v' }))
  await iam.refused('CreateRole', create('a', { Tags }), 'InvalidInput', /^Duplicate tag keys/)
  for (const Path of ['/aws-service-role/rds.amazonaws.com/', '/aws-reserved/x/']) {
    await iam.refused('CreateRole', create('a', { Path }), 'InvalidInput', /is reserved for roles of AWS services/)
  }
  assert.deepEqual((await iam.call('ListRoles')).Roles, [])
  await role(iam, 'a', undefined, { Description: '\t\u00e9\u00ff'.padEnd(1000, 'x'), MaxSessionDuration: 43_200 })
})

test('CreateRole refuses trust policies with the texts of IAM (access.md 3.6)', async () => {
  await using iam = await trial()
  const refused = (AssumeRolePolicyDocument: string, text: string | RegExp) =>
    iam.refused('CreateRole', { RoleName: 'a', AssumeRolePolicyDocument }, 'MalformedPolicyDocument', text)
  await refused('{', 'This policy contains invalid Json')
  await refused(document('sts:AssumeRole', '*', { Principal: '*' }), 'Has prohibited field Resource.')
  const ghost = `arn:aws:iam::${ACCOUNT}:user/ghost`
  await refused(trust(ghost), `Invalid principal in policy: "AWS":"${ghost}"`)
  await refused(trust([ACCOUNT, ghost]), `Invalid principal in policy: "AWS":"${ghost}"`)
  await refused(trust('999999999999'), 'Invalid principal in policy: "AWS":"arn:aws:iam::999999999999:root"')
  const service = trust(undefined, { Principal: { Service: 'evil.example.com' } })
  await refused(service, 'Invalid principal in policy: "SERVICE":"evil.example.com"')
  const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/idp.example.com`
  const web = { Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithWebIdentity' }
  await refused(trust(undefined, web), `Invalid principal in policy: "FEDERATED":"${provider}"`)
})

test('CreateRole trusts providers of its own account only (access.md 4.2, step 2)', async () => {
  await using iam = await trial()
  await iam.storage.unit('write', (unit) =>
    unit.run(
      {
        name: 'test/provider',
        sql: `insert into iam_oidc_provider (account, region, url, client_ids, thumbprints, created_at, mac)
          values (:account, 'global', 'idp.example.com', '[]', '[]', 0, :mac)`,
      },
      { account: '444455556666', mac: Buffer.alloc(0) },
    ),
  )
  for (const account of ['444455556666', ACCOUNT]) {
    const Federated = `arn:aws:iam::${account}:oidc-provider/idp.example.com`
    const web = { Principal: { Federated }, Action: 'sts:AssumeRoleWithWebIdentity' }
    const members = create('web', { AssumeRolePolicyDocument: trust(undefined, web) })
    const text = `Invalid principal in policy: "FEDERATED":"${Federated}"`
    await iam.refused('CreateRole', members, 'MalformedPolicyDocument', text)
  }
})

test('CreateRole keeps a boundary that exists, and no more roles than the quota', async () => {
  await using iam = await trial({ roles: 1 })
  const bounded = (PermissionsBoundary: string) => create('app', { PermissionsBoundary })
  const missing = `arn:aws:iam::${ACCOUNT}:policy/none`
  await iam.refused(
    'CreateRole',
    bounded(missing),
    'NoSuchEntity',
    `Policy ${missing} does not exist or is not attachable.`,
  )
  const other = `arn:aws:iam::${ACCOUNT}:user/x`
  const invalid = `Value (${other}) for parameter PermissionsBoundary is invalid.`
  await iam.refused('CreateRole', bounded(other), 'ValidationError', invalid)
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document('iam:*') })
  const { Role } = await iam.call('CreateRole', bounded(Policy.Arn))
  const PermissionsBoundary = {
    PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
    PermissionsBoundaryArn: Policy.Arn,
  }
  assert.deepEqual(Role.PermissionsBoundary, PermissionsBoundary)
  assert.deepEqual((await iam.call('GetRole', { RoleName: 'app' })).Role.PermissionsBoundary, PermissionsBoundary)
  await iam.refused('CreateRole', create('b'), 'LimitExceeded', 'Cannot exceed quota for RolesPerAccount: 1')
})

test('CreateRole is refused with the ARN of the would-be role; a boundary can be demanded (access.md 5.7)', async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: document() })
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': Policy.Arn } }
  const lead = await iam.user('lead', document('iam:CreateRole', '*', { Condition }))
  const refusal = `User: ${lead.arn} is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::${ACCOUNT}:role/x/app because no identity-based policy allows the iam:CreateRole action`
  await iam.refused('CreateRole', create('app', { Path: '/x/' }), 'AccessDenied', refusal, lead)
  await iam.call('CreateRole', create('app', { Path: '/x/', PermissionsBoundary: Policy.Arn }), lead)
})

test('CreateRole with tags needs iam:TagRole too (API_CreateRole)', async () => {
  await using iam = await trial()
  const lead = await iam.user('lead', document('iam:CreateRole'))
  await iam.call('CreateRole', create('a'), lead)
  const tagged = create('b', { Tags: [{ Key: 'k', Value: 'v' }] })
  await iam.refused(
    'CreateRole',
    tagged,
    'AccessDenied',
    /iam:TagRole on resource: arn:aws:iam::\d+:role\/b because/,
    lead,
  )
})
