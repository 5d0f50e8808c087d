import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { contextOf } from '#kernel/authorization/context'
import { compile } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { start } from '../../test/start.ts'
import { DEFAULT_TIER } from './model/settings.ts'
import { ACCOUNT, allow, arnOf, deny, OTHER, REGION, root, type Trial, trial, user } from './test/trial.ts'

/**
 * What every operation asks permission for: its resource and its condition keys, and what policies with them come to on a server put
 * together. Source: parameterstore.md 6; numbers are cases of access.md 6.
 */

type Input = Readonly<Record<string, unknown>>
type Keys = Readonly<Record<string, string | readonly string[]>>

const Name = '/app/db'
const ARN = arnOf(Name)
const ResourceType = 'Parameter'
const TAGGED = { 'aws:ResourceTag/env': 'prod', 'ssm:resourceTag/env': 'prod' }
const REQUEST_TAGS = { 'aws:RequestTag/team': 'red', 'aws:TagKeys': ['team'] }
const Tags = [{ Key: 'team', Value: 'red' }]
const NO_FLAGS = { 'ssm:Overwrite': 'false', 'ssm:Policies': 'false' }
const SETTING = `arn:aws:ssm:${REGION}:${ACCOUNT}:servicesetting${DEFAULT_TIER}`
const ALL = `arn:aws:ssm:${REGION}:${ACCOUNT}:*`
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ ...allow('GetParameter'), Principal: { AWS: OTHER } }],
})

/** Operation, request, the ARN it asks for (or action and ARN of each, when there are more), condition keys. */
const TABLE: readonly (readonly [string, Input, string | readonly string[], Keys])[] = [
  ['AddTagsToResource', { ResourceType, ResourceId: Name, Tags }, ARN, { ...TAGGED, ...REQUEST_TAGS }],
  ['DeleteParameter', { Name }, ARN, TAGGED],
  ['DeleteParameters', { Names: [Name] }, ARN, TAGGED],
  ['DeleteResourcePolicy', { ResourceArn: ARN, PolicyId: 'x', PolicyHash: 'y' }, ARN, {}],
  ['DescribeParameters', {}, ALL, {}],
  ['GetParameter', { Name }, ARN, TAGGED],
  ['GetParameter', { Name: `${Name}:1` }, ARN, TAGGED],
  ['GetParameter', { Name: `${ARN}:label` }, ARN, TAGGED],
  ['GetParameterHistory', { Name }, ARN, TAGGED],
  ['GetParameters', { Names: [Name] }, ARN, TAGGED],
  ['GetParametersByPath', { Path: '/app' }, arnOf('/app'), { 'ssm:Recursive': 'false' }],
  ['GetParametersByPath', { Path: '/app/', Recursive: true }, arnOf('/app'), { 'ssm:Recursive': 'true' }],
  ['GetParametersByPath', { Path: '/' }, arnOf('/'), { 'ssm:Recursive': 'false' }],
  ['GetResourcePolicies', { ResourceArn: ARN }, ARN, {}],
  ['GetServiceSetting', { SettingId: DEFAULT_TIER }, SETTING, {}],
  ['GetServiceSetting', { SettingId: SETTING }, SETTING, {}],
  ['LabelParameterVersion', { Name, Labels: ['l'] }, ARN, TAGGED],
  ['ListTagsForResource', { ResourceType, ResourceId: Name }, ARN, TAGGED],
  ['PutParameter', { Name: '/new', Value: 'v', Type: 'String' }, arnOf('/new'), NO_FLAGS],
  // What the request says, not whether the parameter is there.
  [
    'PutParameter',
    { Name: '/new', Value: 'v', Overwrite: true },
    arnOf('/new'),
    { ...NO_FLAGS, 'ssm:Overwrite': 'true' },
  ],
  ['PutParameter', { Name, Value: 'v', Policies: '[{}]' }, ARN, { ...NO_FLAGS, 'ssm:Policies': 'true' }],
  [
    'PutParameter',
    { Name: '/new', Value: 'v', Type: 'String', Tags },
    [`ssm:PutParameter ${arnOf('/new')}`, `ssm:AddTagsToResource ${arnOf('/new')}`],
    { ...NO_FLAGS, ...REQUEST_TAGS },
  ],
  ['PutResourcePolicy', { ResourceArn: ARN, Policy: POLICY }, ARN, {}],
  [
    'RemoveTagsFromResource',
    { ResourceType, ResourceId: Name, TagKeys: ['a', 'b'] },
    ARN,
    { ...TAGGED, 'aws:TagKeys': ['a', 'b'] },
  ],
  ['ResetServiceSetting', { SettingId: DEFAULT_TIER }, SETTING, {}],
  ['UnlabelParameterVersion', { Name, ParameterVersion: 1, Labels: ['l'] }, ARN, TAGGED],
  ['UpdateServiceSetting', { SettingId: DEFAULT_TIER, SettingValue: 'Standard' }, SETTING, {}],
]

/** Every key of the table: what has no value must be absent. */
const EVERY_KEY: ReadonlySet<string> = new Set(TABLE.flatMap(([, , , keys]) => Object.keys(keys)))

function present(target: Target, one: Trial): Keys {
  const context = contextOf(one.request(), 'ssm', target)
  const found: Record<string, string | readonly string[]> = {}
  for (const key of EVERY_KEY) {
    const value = context(key.toLowerCase())
    if (value !== undefined) found[key] = value
  }
  return found
}

for (const [name, input, asks, keys] of TABLE) {
  test(`${name} ${JSON.stringify(input).slice(0, 60)}: its resource, its condition keys, and no other`, async () => {
    await using one = await trial()
    await one.put(Name, 'v', { Tier: 'Advanced', Tags: [{ Key: 'env', Value: 'prod' }] })
    const targets = await one.targets(name, input)
    const asked = targets.map(({ action = `ssm:${name}`, resource }) => `${action} ${resource}`)
    assert.deepEqual(asked, typeof asks === 'string' ? [`ssm:${name} ${asks}`] : asks)
    for (const target of targets) assert.deepEqual(present(target, one), keys)
    for (const { shown, resource } of targets) assert.equal(shown, resource)
  })
}

test('every operation that is here stands in the table', async () => {
  await using one = await trial()
  assert.deepEqual([...new Set(TABLE.map(([name]) => name))].sort(), Object.keys(one.service.operations).sort())
})

const server = await start({ standing: true })
after(() => server[Symbol.asyncDispose]())
const { inside } = server
const ask = (name: string, input: Input, caller: Caller) => inside.local(`AmazonSSM.${name}`, input, caller)
const owner = root()
for (const [each, more] of [
  ['/app/x', {}],
  ['/app/sub/y', {}],
  ['/other/z', {}],
  ['plain', {}],
  ['/tagged', { Tags: [{ Key: 'team', Value: 'red' }] }],
] as const) {
  await ask('PutParameter', { Name: each, Value: `value of ${each}`, Type: 'String', ...more }, owner)
}

const when = (operator: string, key: string, value: unknown) => ({ Condition: { [operator]: { [key]: value } } })
const alice = (...statements: object[]) => user('alice', statements)
const NOT_THERE = 'ParameterNotFound'

/** Why, who, operation, request, and what comes of it: `ok`, an error's code, or the tail of a refusal. */
const CASES: readonly (readonly [string, Caller, string, Input, string])[] = [
  ['no policy', alice(), 'GetParameter', { Name: '/app/x' }, 'identity'],
  ['the ARN', alice(allow('GetParameter', arnOf('/app/x'))), 'GetParameter', { Name: '/app/x' }, 'ok'],
  [
    'a version is not a resource',
    alice(allow('GetParameter', `${arnOf('/app/x')}:1`)),
    'GetParameter',
    { Name: '/app/x:1' },
    'identity',
  ],
  ['a selector is stripped', alice(allow('GetParameter', arnOf('/app/x'))), 'GetParameter', { Name: '/app/x:1' }, 'ok'],
  [
    'an action is not another',
    alice(allow('GetParameters', arnOf('/app/x'))),
    'GetParameter',
    { Name: '/app/x' },
    'identity',
  ],
  [
    'trap 6: one ARN for both spellings',
    alice(allow('GetParameter', arnOf('plain'))),
    'GetParameter',
    { Name: '/plain' },
    'ok',
  ],
  [
    'wildcard over both spellings',
    alice(allow('GetParameter', arnOf('pla*'))),
    'GetParameter',
    { Name: 'plain' },
    'ok',
  ],
  [
    'parameter* is everything',
    alice(allow('GetParameter', arnOf('x').replace('/x', '*'))),
    'GetParameter',
    { Name: '/app/x' },
    'ok',
  ],
  [
    'trap 8: no second slash',
    alice(allow('GetParameter', arnOf('x').replace('/x', '//app/x'))),
    'GetParameter',
    { Name: '/app/x' },
    'identity',
  ],
  [
    'explicit deny',
    alice(allow('*'), deny('GetParameter', arnOf('/app/*'))),
    'GetParameter',
    { Name: '/app/x' },
    'denied',
  ],
  [
    'permission before existence',
    alice(allow('GetParameter', arnOf('/app/*'))),
    'GetParameter',
    { Name: '/nobody' },
    'identity',
  ],
  [
    'who may learns that there is none',
    alice(allow('GetParameter', arnOf('/n*'))),
    'GetParameter',
    { Name: '/nobody' },
    NOT_THERE,
  ],
  [
    '118: one name of a batch',
    alice(allow('GetParameters', arnOf('/app/x'))),
    'GetParameters',
    { Names: ['/app/x', '/other/z'] },
    'identity',
  ],
  [
    '118: all of a batch',
    alice(allow('GetParameters', arnOf('*'))),
    'GetParameters',
    { Names: ['/app/x', '/nobody'] },
    'ok',
  ],
  [
    'one name of a deletion',
    alice(allow('DeleteParameters', arnOf('/n*'))),
    'DeleteParameters',
    { Names: ['/nobody', '/other/z'] },
    'identity',
  ],
  [
    'trap 35, 117: by path',
    alice(allow('GetParametersByPath', arnOf('/app*')), deny('GetParameter', arnOf('/app/x'))),
    'GetParametersByPath',
    { Path: '/app', Recursive: true },
    'ok',
  ],
  [
    'the path, not what is below',
    alice(allow('GetParametersByPath', arnOf('/app/*'))),
    'GetParametersByPath',
    { Path: '/app' },
    'identity',
  ],
  [
    'a slash at the end is no other path',
    alice(allow('GetParametersByPath', arnOf('/app'))),
    'GetParametersByPath',
    { Path: '/app/' },
    'ok',
  ],
  [
    'the root is parameter/',
    alice(allow('GetParametersByPath', arnOf('/'))),
    'GetParametersByPath',
    { Path: '/', Recursive: true },
    'ok',
  ],
  [
    'ssm:Recursive is text',
    alice(allow('GetParametersByPath', '*', when('StringEquals', 'ssm:Recursive', 'false'))),
    'GetParametersByPath',
    { Path: '/app' },
    'ok',
  ],
  [
    'ssm:Recursive denied',
    alice(allow('*'), deny('GetParametersByPath', '*', when('StringEquals', 'ssm:Recursive', 'true'))),
    'GetParametersByPath',
    { Path: '/app', Recursive: true },
    'denied',
  ],
  [
    'trap 36: parameters are no resource of it',
    alice(allow('DescribeParameters', arnOf('*'))),
    'DescribeParameters',
    {},
    'identity',
  ],
  ['trap 36: all is', alice(allow('DescribeParameters', '*')), 'DescribeParameters', {}, 'ok'],
  ['all of the account is', alice(allow('DescribeParameters', ALL)), 'DescribeParameters', {}, 'ok'],
  [
    'ssm:Overwrite',
    alice(allow('PutParameter', '*', when('StringEquals', 'ssm:Overwrite', 'false'))),
    'PutParameter',
    { Name: '/app/x', Value: 'v', Overwrite: true },
    'identity',
  ],
  [
    'ssm:Overwrite is the flag, not existence',
    alice(allow('PutParameter', '*', when('StringEquals', 'ssm:Overwrite', 'false'))),
    'PutParameter',
    { Name: '/app/x', Value: 'v', Type: 'String' },
    'ParameterAlreadyExists',
  ],
  [
    'ssm:Policies',
    alice(allow('*'), deny('PutParameter', '*', when('StringEquals', 'ssm:Policies', 'true'))),
    'PutParameter',
    { Name: '/n', Value: 'v', Type: 'String', Policies: '[]' },
    'denied',
  ],
  [
    'tags need AddTagsToResource too',
    alice(allow('PutParameter')),
    'PutParameter',
    { Name: '/t', Value: 'v', Type: 'String', Tags },
    'tags',
  ],
  [
    'no tags need no more (trap 13)',
    alice(allow('PutParameter')),
    'PutParameter',
    { Name: '/app/x', Value: 'v', Type: 'String', Tags: [] },
    'ParameterAlreadyExists',
  ],
  [
    'aws:RequestTag',
    alice(allow(['PutParameter', 'AddTagsToResource'], '*', when('StringEquals', 'aws:RequestTag/team', 'blue'))),
    'PutParameter',
    { Name: '/t', Value: 'v', Type: 'String', Tags },
    'identity',
  ],
  [
    'aws:TagKeys',
    alice(allow('RemoveTagsFromResource', '*', when('ForAllValues:StringEquals', 'aws:TagKeys', ['a']))),
    'RemoveTagsFromResource',
    { ResourceType, ResourceId: '/app/x', TagKeys: ['a', 'b'] },
    'identity',
  ],
  [
    'ssm:resourceTag',
    alice(allow('GetParameter', '*', when('StringEquals', 'ssm:resourceTag/team', 'red'))),
    'GetParameter',
    { Name: '/tagged' },
    'ok',
  ],
  [
    'ssm:resourceTag of another',
    alice(allow('GetParameter', '*', when('StringEquals', 'ssm:resourceTag/team', 'red'))),
    'GetParameter',
    { Name: '/app/x' },
    'identity',
  ],
  [
    'aws:ResourceTag',
    alice(allow('GetParameterHistory', '*', when('StringEquals', 'aws:ResourceTag/team', 'red'))),
    'GetParameterHistory',
    { Name: '/tagged' },
    'ok',
  ],
  [
    'history alone reads values',
    alice(allow('GetParameterHistory', arnOf('/app/x'))),
    'GetParameterHistory',
    { Name: '/app/x', WithDecryption: true },
    'ok',
  ],
  [
    'trap 34: tags of what is not there',
    alice(allow('ListTagsForResource')),
    'ListTagsForResource',
    { ResourceType, ResourceId: '/nobody' },
    'InvalidResourceId',
  ],
  ['tags of what one may not', alice(), 'ListTagsForResource', { ResourceType, ResourceId: '/nobody' }, 'identity'],
  ['a setting', alice(allow('GetServiceSetting', SETTING)), 'GetServiceSetting', { SettingId: DEFAULT_TIER }, 'ok'],
  [
    'another setting',
    alice(allow('GetServiceSetting', SETTING)),
    'GetServiceSetting',
    { SettingId: '/ssm/parameter-store/high-throughput-enabled' },
    'identity',
  ],
  ['an ARN of another account', alice(allow('*')), 'GetParameter', { Name: arnOf('/app/x', OTHER) }, 'resource'],
  ['root of another account', root(OTHER), 'GetParameter', { Name: ARN }, 'resource'],
  ['root of the account', owner, 'GetParameter', { Name: '/nobody' }, NOT_THERE],
]

const TAILS: Readonly<Record<string, (action: string) => string>> = {
  identity: (action) => ` because no identity-based policy allows the ${action} action`,
  resource: (action) => ` because no resource-based policy allows the ${action} action`,
  denied: () => ' with an explicit deny in an identity-based policy',
}

for (const [why, caller, name, input, expected] of CASES) {
  test(`${why}: ${expected}`, async () => {
    const answer = ask(name, input, caller)
    if (expected === 'ok') return void (await answer)
    const { error } = await answer.then(
      () => assert.fail('it was allowed'),
      (thrown: unknown) => ({ error: thrown }),
    )
    assert.ok(error instanceof ApiError, String(error))
    const action = expected === 'tags' ? 'ssm:AddTagsToResource' : `ssm:${name}`
    const tail = TAILS[expected === 'tags' ? 'identity' : expected]
    if (tail === undefined) return assert.equal(error.code, expected)
    assert.equal(error.code, 'AccessDeniedException')
    const [head = '', rest = ''] = error.message.split(' on resource: ')
    assert.equal(head, `User: ${caller.arn} is not authorized to perform: ${action}`)
    assert.ok(rest.startsWith('arn:aws:ssm:') && rest.endsWith(tail(action)), error.message)
  })
}

test('the refusal names the ARN of the parameter, and in a batch that of the one which is refused (recorded)', async () => {
  const mayOne = alice(allow('GetParameters', arnOf('/app/x')))
  const texts = [
    ['GetParameter', { Name: '/app/x:3' }, arnOf('/app/x')],
    ['GetParameters', { Names: ['/app/x', '/other/z'] }, arnOf('/other/z')],
    ['GetParametersByPath', { Path: '/app/' }, arnOf('/app')],
    ['DescribeParameters', {}, ALL],
  ] as const
  for (const [name, input, resource] of texts) {
    const message = `User: ${mayOne.arn} is not authorized to perform: ssm:${name} on resource: ${resource} because no identity-based policy allows the ssm:${name} action`
    await assert.rejects(ask(name, input, mayOne), { code: 'AccessDeniedException', message })
  }
})

test('who may not learns nothing: what is there and what is not are refused alike, but for the name', async () => {
  const nobody = alice(allow('GetParametersByPath', arnOf('/app')))
  const calls: readonly (readonly [string, (name: string) => Input])[] = [
    ['GetParameter', (Name) => ({ Name })],
    ['GetParameters', (Name) => ({ Names: [Name] })],
    ['GetParameterHistory', (Name) => ({ Name })],
    ['DeleteParameter', (Name) => ({ Name })],
    ['DeleteParameters', (Name) => ({ Names: [Name] })],
    ['LabelParameterVersion', (Name) => ({ Name, Labels: ['l'] })],
    ['UnlabelParameterVersion', (Name) => ({ Name, ParameterVersion: 1, Labels: ['l'] })],
    ['PutParameter', (Name) => ({ Name, Value: 'v' })],
    ['AddTagsToResource', (ResourceId) => ({ ResourceType, ResourceId, Tags })],
    ['RemoveTagsFromResource', (ResourceId) => ({ ResourceType, ResourceId, TagKeys: ['a'] })],
    ['ListTagsForResource', (ResourceId) => ({ ResourceType, ResourceId })],
    ['PutResourcePolicy', (name) => ({ ResourceArn: arnOf(name), Policy: POLICY })],
    ['GetResourcePolicies', (name) => ({ ResourceArn: arnOf(name) })],
    ['DeleteResourcePolicy', (name) => ({ ResourceArn: arnOf(name), PolicyId: 'x', PolicyHash: 'y' })],
  ]
  for (const [name, input] of calls) {
    const said = async (parameter: string) => {
      const error = await ask(name, input(parameter), nobody).then(
        () => assert.fail(`${name} is allowed`),
        (thrown: ApiError) => thrown,
      )
      return [error.code, error.message.replaceAll(parameter, 'NAME')]
    }
    assert.deepEqual(await said('/app/x'), await said('/app/n'), name)
    assert.equal((await said('/app/n'))[0], 'AccessDeniedException', name)
  }
})

test('a policy of a role that may read staging only reads staging by path, with what lies below', async () => {
  for (const stage of ['staging', 'production']) {
    await ask('PutParameter', { Name: `/myapp/${stage}/db/password`, Value: stage, Type: 'SecureString' }, owner)
  }
  const role = alice(allow('GetParametersByPath', arnOf('/myapp/staging')))
  const read = (Path: string) => ask('GetParametersByPath', { Path, Recursive: true, WithDecryption: true }, role)
  const { Parameters } = (await read('/myapp/staging')) as { Parameters: { Name: string; Value: string }[] }
  assert.deepEqual(
    Parameters.map(({ Name: name, Value }) => [name, Value]),
    [['/myapp/staging/db/password', 'staging']],
  )
  for (const path of ['/myapp/production', '/myapp', '/']) {
    await assert.rejects(read(path), { code: 'AccessDeniedException' })
  }
})

test('a boundary and a session policy bound what the policies allow, each with its own words', async () => {
  const silent = compile(JSON.stringify({ Version: '2012-10-17', Statement: [allow('DescribeParameters')] }))
  const mayAll = alice(allow('*'))
  const read = (caller: Caller) => ask('GetParameter', { Name: '/app/x' }, caller)
  await assert.rejects(
    read({ ...mayAll, boundary: silent }),
    / because no permissions boundary allows the ssm:GetParameter action$/,
  )
  await assert.rejects(
    read({ ...mayAll, sessionPolicies: [silent] }),
    / because no session policy allows the ssm:GetParameter action$/,
  )
})
