import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workOf } from '../../../test/work.ts'
import { ACCOUNT, document, type Trial, trial } from '../test/trial.ts'

const OTHER = '444455556666'
const G = 'secretsmanager:GetSecretValue'
const S = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:db/pw-AbCdEf`
const T = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:db/other-AbCdEf`
const ALICE = `arn:aws:iam::${ACCOUNT}:user/alice`
const policy = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const allow = (more: object = {}) => ({ Effect: 'Allow', Action: G, Resource: '*', ...more })
const deny = (more: object = {}) => allow({ ...more, Effect: 'Deny' })

const simulate = (iam: Trial, members: object) => iam.call('SimulateCustomPolicy', { ActionNames: [G], ...members })

test('SimulateCustomPolicy answers for all resources, with names and places of statements (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  const text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"}]}'
  const found = await simulate(iam, { PolicyInputList: [text], ActionNames: ['a:b', 'a:c'] })
  assert.deepEqual(found, {
    EvaluationResults: [
      {
        EvalActionName: 'a:b',
        EvalResourceName: '*',
        EvalDecision: 'allowed',
        MatchedStatements: [
          {
            SourcePolicyId: 'PolicyInputList.1',
            SourcePolicyType: 'IAM Policy',
            StartPosition: { Line: 1, Column: 38 },
            EndPosition: { Line: 1, Column: 86 },
          },
        ],
        MissingContextValues: [],
      },
      {
        EvalActionName: 'a:c',
        EvalResourceName: '*',
        EvalDecision: 'implicitDeny',
        MatchedStatements: [],
        MissingContextValues: [],
      },
    ],
    IsTruncated: false,
  })
})

test('SimulateCustomPolicy answers for each resource, and for all of them together (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  const PolicyInputList = [policy(allow({ Resource: S })), policy(deny({ Resource: T }), allow())]
  const [one] = (await simulate(iam, { PolicyInputList, ResourceArns: [S] })).EvaluationResults
  assert.deepEqual([one.EvalResourceName, one.EvalDecision], [S, 'allowed'])
  assert.deepEqual(
    one.MatchedStatements.map(({ SourcePolicyId }: { SourcePolicyId: string }) => SourcePolicyId),
    ['PolicyInputList.1', 'PolicyInputList.2'],
  )
  assert.deepEqual(one.EvalDecisionDetails, new Map())
  assert.deepEqual(one.ResourceSpecificResults, [
    {
      EvalResourceName: S,
      EvalResourceDecision: 'allowed',
      MatchedStatements: one.MatchedStatements,
      MissingContextValues: [],
    },
  ])
  const [several, none] = (
    await simulate(iam, { PolicyInputList, ResourceArns: [S, T], ActionNames: [G, 'kms:Decrypt'] })
  ).EvaluationResults
  assert.deepEqual(
    [several.EvalResourceName, several.EvalDecision],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how AWS writes the templates
    ['arn:aws:secretsmanager:${Region}:${Account}:secret:${SecretId}', 'explicitDeny'],
  )
  assert.deepEqual(
    several.ResourceSpecificResults.map(({ EvalResourceDecision }: Record<string, unknown>) => EvalResourceDecision),
    ['allowed', 'explicitDeny'],
  )
  assert.deepEqual(several.MatchedStatements, several.ResourceSpecificResults[1].MatchedStatements)
  assert.equal(several.MatchedStatements.length, 1)
  assert.equal(none.EvalDecision, 'implicitDeny')
  assert.deepEqual(none.MatchedStatements, [])
  assert.ok(none.ResourceSpecificResults.every((result: object) => !('MatchedStatements' in result)))
})

test('SimulateCustomPolicy: a boundary bounds, and is said to (API_SimulateCustomPolicy)', async () => {
  await using iam = await trial()
  const PolicyInputList = [policy(allow({ Action: '*' }))]
  const ask = async (...boundary: string[]) =>
    (await simulate(iam, { PolicyInputList, PermissionsBoundaryPolicyInputList: boundary })).EvaluationResults[0]
  const silent = await ask(document('iam:*'))
  assert.deepEqual(
    [silent.EvalDecision, silent.PermissionsBoundaryDecisionDetail, silent.MatchedStatements],
    ['implicitDeny', { AllowedByPermissionsBoundary: false }, []],
  )
  const open = await ask(document(G))
  assert.deepEqual(
    [open.EvalDecision, open.PermissionsBoundaryDecisionDetail, open.MatchedStatements.length],
    ['allowed', { AllowedByPermissionsBoundary: true }, 1],
  )
  const denied = await ask(policy(deny(), allow()))
  assert.deepEqual(
    [denied.EvalDecision, denied.PermissionsBoundaryDecisionDetail],
    ['explicitDeny', { AllowedByPermissionsBoundary: false }],
  )
  assert.equal(denied.MatchedStatements[0].SourcePolicyId, 'PermissionsBoundaryPolicyInputList.1')
  const two = { PolicyInputList, PermissionsBoundaryPolicyInputList: [document(), document()], ActionNames: [G] }
  const text = 'The list of Permissions Boundary policies cannot exceed 1 items.'
  await iam.refused('SimulateCustomPolicy', two, 'InvalidInput', text)
  assert.equal(
    'PermissionsBoundaryDecisionDetail' in (await simulate(iam, { PolicyInputList })).EvaluationResults[0],
    false,
  )
})

test('SimulateCustomPolicy: a resource policy needs a caller, and lets it in (access.md 3.4, 6: cases 23, 24, 37, 53 to 58)', async () => {
  await using iam = await trial()
  const ask = async (CallerArn: string, principal: string, own: object[], more: object = {}) => {
    const ResourcePolicy = policy(allow({ Principal: { AWS: principal }, ...more }))
    const input = { PolicyInputList: own.map((one) => policy(one)), CallerArn, ResourcePolicy, ResourceArns: [S] }
    return (await simulate(iam, input)).EvaluationResults[0]
  }
  const ext = `arn:aws:iam::${OTHER}:user/ext`
  assert.equal((await ask(ALICE, ALICE, [])).EvalDecision, 'allowed')
  assert.equal((await ask(ALICE, ACCOUNT, [])).EvalDecision, 'implicitDeny')
  assert.equal((await ask(ALICE, ACCOUNT, [allow()])).EvalDecision, 'allowed')
  assert.equal((await ask(ALICE, ALICE, [allow()], { Effect: 'Deny' })).EvalDecision, 'explicitDeny')
  assert.equal((await ask(ext, ext, [])).EvalDecision, 'implicitDeny')
  const both = await ask(ext, OTHER, [allow()])
  assert.equal(both.EvalDecision, 'allowed')
  const say = (result: { EvalDecisionDetails: Map<string, string> }) => Object.fromEntries(result.EvalDecisionDetails)
  assert.deepEqual(say(both), { 'IAM Policy': 'allowed', 'Resource Policy': 'allowed' })
  assert.deepEqual(say(both.ResourceSpecificResults[0]), { 'IAM Policy': 'allowed', 'Resource Policy': 'allowed' })
  assert.deepEqual(say(await ask(ext, ACCOUNT, [allow()])), {
    'IAM Policy': 'allowed',
    'Resource Policy': 'implicitDeny',
  })
  assert.deepEqual(
    both.MatchedStatements.map(({ SourcePolicyId, SourcePolicyType }: Record<string, unknown>) => [
      SourcePolicyId,
      SourcePolicyType,
    ]),
    [
      ['ResourcePolicy', 'Resource Policy'],
      ['PolicyInputList.1', 'IAM Policy'],
    ],
  )
  const role = `arn:aws:iam::${ACCOUNT}:role/team/app`
  assert.equal((await ask(role, role, [])).EvalDecision, 'allowed')
  const nobody = {
    PolicyInputList: [document()],
    ActionNames: [G],
    ResourceArns: [S],
    ResourcePolicy: policy(allow({ Principal: '*' })),
  }
  await iam.refused('SimulateCustomPolicy', nobody, 'InvalidInput', 'Invalid caller - Caller cannot be null or empty.')
})

test('SimulateCustomPolicy: key policies and trust policies count as such (access.md 5.5)', async () => {
  await using iam = await trial()
  const key = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
  const role = `arn:aws:iam::${ACCOUNT}:role/app`
  const ask = async (action: string, resource: string, statement: object) => {
    const input = {
      ActionNames: [action],
      ResourceArns: [resource],
      CallerArn: ALICE,
      PolicyInputList: [document('*')],
    }
    return (await simulate(iam, { ...input, ResourcePolicy: policy(statement) })).EvaluationResults[0].EvalDecision
  }
  const kms = (AWS: string) => ({ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' })
  assert.equal(await ask('kms:Decrypt', key, kms(ACCOUNT)), 'allowed')
  assert.equal(await ask('kms:Decrypt', key, kms(`arn:aws:iam::${ACCOUNT}:user/boss`)), 'implicitDeny')
  const trust = (AWS: string, Effect = 'Allow') => ({ Effect, Principal: { AWS }, Action: 'sts:AssumeRole' })
  assert.equal(await ask('sts:AssumeRole', role, trust(ACCOUNT)), 'allowed')
  assert.equal(await ask('sts:AssumeRole', role, trust(`arn:aws:iam::${ACCOUNT}:user/boss`)), 'implicitDeny')
  assert.equal(await ask('sts:AssumeRole', role, trust(ALICE, 'Deny')), 'explicitDeny')
})

test('SimulateCustomPolicy: the owner of resources without account is said by ResourceOwner', async () => {
  await using iam = await trial()
  const bucket = 'arn:aws:s3:::b/x'
  const input = {
    ActionNames: ['s3:GetObject'],
    ResourceArns: [bucket],
    CallerArn: ALICE,
    PolicyInputList: [],
    ResourcePolicy: policy(allow({ Action: 's3:*', Principal: { AWS: ALICE }, Resource: bucket })),
  }
  assert.equal((await simulate(iam, input)).EvaluationResults[0].EvalDecision, 'allowed')
  const ResourceOwner = `arn:aws:iam::${OTHER}:root`
  assert.equal((await simulate(iam, { ...input, ResourceOwner })).EvaluationResults[0].EvalDecision, 'implicitDeny')
  const bare = { ...input, ResourceOwner: OTHER }
  // Reported by a client of IAM (botocore issue 1346).
  await iam.refused('SimulateCustomPolicy', bare, 'InvalidInput', `'${OTHER}' is not a valid as a Resource Owner.`)
})

test('SimulateCustomPolicy: context keys of every type, those that lack, keys in any case (access.md 3.4, 5.4)', async () => {
  await using iam = await trial()
  const ask = async (Condition: object, ...entries: [string, string | undefined, ...string[]][]) => {
    const ContextEntries = entries.map(([ContextKeyName, ContextKeyType, ...ContextKeyValues]) => ({
      ContextKeyName,
      ContextKeyValues,
      ...(ContextKeyType && { ContextKeyType }),
    }))
    const [found] = (await simulate(iam, { PolicyInputList: [policy(allow({ Condition }))], ContextEntries }))
      .EvaluationResults
    return [found.EvalDecision, ...found.MissingContextValues].join(' ')
  }
  const address = { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }
  assert.equal(await ask(address, ['AWS:sourceIP', 'ip', '203.0.113.7']), 'allowed')
  assert.equal(await ask(address, ['aws:SourceIp', 'ip', '198.51.100.1']), 'implicitDeny')
  assert.equal(await ask(address), 'implicitDeny aws:SourceIp')
  assert.equal(await ask(address, ['aws:SourceIp', 'ip']), 'implicitDeny aws:SourceIp')
  const days = { NumericLessThan: { 'secretsmanager:RecoveryWindowInDays': '8' } }
  assert.equal(await ask(days, ['secretsmanager:RecoveryWindowInDays', 'numeric', '7']), 'allowed')
  assert.equal(
    await ask({ Bool: { 'aws:SecureTransport': 'true' } }, ['aws:SecureTransport', 'boolean', 'true']),
    'allowed',
  )
  const date = { DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' } }
  assert.equal(await ask(date, ['aws:CurrentTime', 'date', '2025-01-01T00:00:00Z']), 'allowed')
  const bytes = { BinaryEquals: { 'x:bytes': 'AQID' } }
  assert.equal(await ask(bytes, ['x:bytes', 'binary', 'AQID']), 'allowed')
  const tags = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }
  assert.equal(await ask(tags, ['aws:TagKeys', 'stringList', 'a', 'b']), 'allowed')
  assert.equal(await ask(tags, ['aws:TagKeys', 'stringList', 'a', 'c']), 'implicitDeny')
  // A list of one value is a list: operators for one value never match it (recorded, 5.4).
  const one = { StringEquals: { 'aws:TagKeys': 'a' } }
  assert.equal(await ask(one, ['aws:TagKeys', 'stringList', 'a']), 'implicitDeny')
  assert.equal(await ask(one, ['aws:TagKeys', 'string', 'a']), 'allowed')
  const two = [{ ContextKeyName: 'aws:TagKeys', ContextKeyType: 'string', ContextKeyValues: ['a', 'b'] }]
  const input = { PolicyInputList: [document()], ActionNames: [G], ContextEntries: two }
  await iam.refused('SimulateCustomPolicy', input, 'InvalidInput', /must not have more than one value/)
  const unknown = [{ ContextKeyName: 'aws:TagKeys', ContextKeyType: 'text', ContextKeyValues: ['a'] }]
  await iam.refused('SimulateCustomPolicy', { ...input, ContextEntries: unknown }, 'ValidationError', /enum value set/)
})

test('SimulateCustomPolicy: service control policies, each level must allow (API_SimulateCustomPolicy)', async () => {
  await using iam = await trial()
  const ask = async (...levels: string[][]) => {
    const OrderedOrganizationPolicyInputList = levels.map((list) => ({ ServiceControlPolicyInputList: list }))
    const input = { PolicyInputList: [document('*')], OrderedOrganizationPolicyInputList }
    const [found] = (await simulate(iam, input)).EvaluationResults
    return [
      found.EvalDecision,
      found.OrganizationsDecisionDetail?.AllowedByOrganizations,
      found.MatchedStatements.length,
    ]
  }
  assert.deepEqual(await ask(), ['allowed', undefined, 1])
  assert.deepEqual(await ask([document('*')], [document(G), document('a:b')]), ['allowed', true, 1])
  assert.deepEqual(await ask([document('*')], [document('a:b')]), ['implicitDeny', false, 0])
  assert.deepEqual(await ask([document('*'), policy(deny())], [document('*')]), ['explicitDeny', false, 0])
})

test('SimulateCustomPolicy pages by actions with one marker', async () => {
  await using iam = await trial()
  const ActionNames = Array.from({ length: 7 }, (_, n) => `a:b${n}`)
  for (const MaxItems of [1, 3, 7, 1000]) {
    const seen: string[] = []
    for (let Marker: string | undefined; ; ) {
      const page = await simulate(iam, {
        PolicyInputList: [document()],
        ActionNames,
        MaxItems,
        ...(Marker && { Marker }),
      })
      assert.equal(page.IsTruncated, page.Marker !== undefined)
      seen.push(...page.EvaluationResults.map(({ EvalActionName }: { EvalActionName: string }) => EvalActionName))
      Marker = page.Marker
      if (Marker === undefined) break
    }
    assert.deepEqual(seen, ActionNames)
  }
  const foreign = { PolicyInputList: [], ActionNames, Marker: Buffer.from('x').toString('base64url') }
  await iam.refused('SimulateCustomPolicy', foreign, 'ValidationError', 'Invalid Marker.')
})

test('SimulateCustomPolicy refuses what is no policy, action, resource or caller (access.md 3.4)', async () => {
  await using iam = await trial()
  const good = { PolicyInputList: [document()], ActionNames: [G] }
  const wrong: [object, string | RegExp][] = [
    [{ PolicyInputList: ['{'] }, 'Syntax errors in policy.'],
    [{ PolicyInputList: [policy(allow({ Principal: '*' }))] }, 'Policy document should not specify a principal.'],
    [{ ResourcePolicy: 'x', CallerArn: ALICE }, 'Syntax errors in policy.'],
    [{ ResourceArns: ['db/pw'] }, 'ResourceNames are not in a valid ARN format: db/pw.'],
    [{ ResourceArns: [S, '*'] }, 'ResourceNames are not in a valid ARN format: *.'],
    [{ ActionNames: ['secretsmanager:Get*'] }, /^Invalid action name/],
    [{ ActionNames: ['GetSecretValue'] }, /^Invalid action name/],
  ]
  for (const [members, text] of wrong) {
    await iam.refused('SimulateCustomPolicy', { ...good, ...members }, 'InvalidInput', text)
  }
  for (const CallerArn of [`arn:aws:sts::${ACCOUNT}:assumed-role/app/s1`, `arn:aws:iam::${ACCOUNT}:root`, 'alice']) {
    const text = `Invalid Entity Arn: ${CallerArn} does not clearly define entity type and name.`
    await iam.refused('SimulateCustomPolicy', { ...good, CallerArn }, 'InvalidInput', text)
  }
  await iam.refused('SimulateCustomPolicy', { PolicyInputList: [] }, 'ValidationError', /actionNames/)
})

test('SimulateCustomPolicy does not work for ever: pages end earlier, and one action of too many resources is refused', async () => {
  await using iam = await trial()
  const Resource = Array.from({ length: 40 }, (_, n) => `arn:aws:s3:::${'*a'.repeat(40)}${n}`)
  const PolicyInputList = [policy(...Array.from({ length: 25 }, () => allow({ Action: 's3:*', Resource })))]
  const ResourceArns = Array.from({ length: 2000 }, (_, n) => `arn:aws:s3:::${'a'.repeat(900)}${n}x`)
  const input = { PolicyInputList, ResourceArns, ActionNames: ['s3:GetObject'] }
  const work = await workOf(() => iam.refused('SimulateCustomPolicy', input, 'InvalidInput', /too much work/))
  assert.ok(work < 5000, `${work} ms`)
  const ActionNames = Array.from({ length: 300 }, (_, n) => `s3:Get${n}`)
  const page = await simulate(iam, {
    PolicyInputList,
    ResourceArns: ResourceArns.slice(0, 5),
    ActionNames,
    MaxItems: 1000,
  })
  assert.equal(page.IsTruncated, true)
  assert.ok(page.EvaluationResults.length > 0 && page.EvaluationResults.length < 300)
})

test('SimulateCustomPolicy needs its own permission, and is XML on the wire', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:SimulateCustomPolicy'))
  const input = { PolicyInputList: [document()], ActionNames: [G] }
  await iam.call('SimulateCustomPolicy', input, alice)
  const bob = await iam.user('bob')
  await iam.refused('SimulateCustomPolicy', input, 'AccessDenied', /iam:SimulateCustomPolicy on resource: \*/, bob)
  const form = new URLSearchParams({
    Action: 'SimulateCustomPolicy',
    'PolicyInputList.member.1': policy(allow({ Resource: T })),
    'ActionNames.member.1': G,
    'ResourceArns.member.1': S,
    CallerArn: `arn:aws:iam::${OTHER}:user/ext`,
    ResourcePolicy: policy(allow({ Principal: '*' })),
    'ContextEntries.member.1.ContextKeyName': 'aws:TagKeys',
    'ContextEntries.member.1.ContextKeyType': 'stringList',
    'ContextEntries.member.1.ContextKeyValues.member.1': 'a',
  })
  const xml = await iam.wire(form.toString())
  assert.match(xml, /<EvalDecisionDetails><entry><key>IAM Policy<\/key><value>implicitDeny<\/value><\/entry>/)
  assert.match(xml, /<MissingContextValues\/>/)
})

test('SimulateCustomPolicy tells nothing of users: neither that they are there nor their tags', async () => {
  await using iam = await trial()
  await iam.call('CreateUser', { UserName: 'alice', Tags: [{ Key: 'team', Value: 'red' }] })
  const tagged = policy(allow({ Condition: { StringLike: { 'aws:PrincipalTag/team': '*' } } }))
  const ask = (name: string) =>
    simulate(iam, { PolicyInputList: [tagged], CallerArn: `arn:aws:iam::${ACCOUNT}:user/${name}` })
  assert.deepEqual(await ask('alice'), await ask('nobody'))
  assert.equal((await ask('alice')).EvaluationResults[0].EvalDecision, 'implicitDeny')
})
