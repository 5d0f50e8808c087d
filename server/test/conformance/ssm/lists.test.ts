import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  paginateDescribeParameters,
  paginateGetParameterHistory,
  paginateGetParametersByPath,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { connections, send, signed } from '../../registry/client.ts'
import { refused, region, session } from '../session.ts'

// GetParametersByPath, GetParameterHistory, DescribeParameters and labels through the SDK. Source: parameterstore.md 7.4 to 7.9, 8.

const { ssm, server } = await session()
const client = new SSMClient({ endpoint: server.url, region, credentials: server.credentials })
const agent = connections()
after(() => {
  client.destroy()
  agent.destroy()
})

const names = (found: readonly { Name?: string | undefined }[] | undefined) => (found ?? []).map(({ Name }) => Name)

/** The body of an answer as it comes over the wire. */
async function raw(operation: string, input: unknown): Promise<string> {
  const headers = { 'x-amz-target': `AmazonSSM.${operation}`, 'content-type': 'application/x-amz-json-1.1' }
  const { credentials, port, clock } = server
  const draft = { headers, body: JSON.stringify(input) }
  return (await send(agent, port, signed(port, draft, { credentials, service: 'ssm', at: clock.now() }))).text
}

for (let n = 0; n < 23; n++) {
  await ssm.putParameter({ Name: `/lists/p${String(n).padStart(2, '0')}`, Value: `v${n}`, Type: 'String' })
}
await ssm.putParameter({ Name: '/lists/deep/secret', Value: 's', Type: 'SecureString' })
await ssm.putParameter({ Name: 'root', Value: 'r', Type: 'StringList', Tags: [{ Key: 'team', Value: 'blue' }] })

test('the paginators of the SDK come to an end, with all there is (traps 20, 24)', async () => {
  const all: (string | undefined)[] = []
  const sizes: number[] = []
  for await (const { Parameters } of paginateGetParametersByPath({ client }, { Path: '/lists/', Recursive: true })) {
    sizes.push(Parameters?.length ?? 0)
    all.push(...names(Parameters))
  }
  assert.deepEqual(sizes, [10, 10, 4])
  assert.deepEqual(all, [
    '/lists/deep/secret',
    ...Array.from({ length: 23 }, (_, n) => `/lists/p${String(n).padStart(2, '0')}`),
  ])
  const described: (string | undefined)[] = []
  for await (const { Parameters } of paginateDescribeParameters({ client }, {})) described.push(...names(Parameters))
  assert.deepEqual(described, [...all, 'root'])
  await refused(ssm.getParametersByPath({ Path: '/lists', MaxResults: 11 }), 'ValidationException', /at 'maxResults'/)
  await refused(
    ssm.getParameters({ Names: Array.from({ length: 11 }, (_, n) => `n${n}`) }),
    'ValidationException',
    /at 'names'/,
  )
})

test('traps 24, 28, 29, 30: on the wire there is no empty token, no Selector, and always Policies and LastModifiedUser', async () => {
  const below = JSON.parse(await raw('GetParametersByPath', { Path: '/lists/deep' }))
  assert.deepEqual(Object.keys(below), ['Parameters'])
  assert.deepEqual(Object.keys(below.Parameters[0]).sort(), [
    'ARN',
    'DataType',
    'LastModifiedDate',
    'Name',
    'Type',
    'Value',
    'Version',
  ])
  assert.match(below.Parameters[0].Value, /^AQICA/)
  assert.equal(typeof below.Parameters[0].LastModifiedDate, 'number')
  // Asked again it comes from memory, byte for byte.
  assert.deepEqual(JSON.parse(await raw('GetParametersByPath', { Path: '/lists/deep' })), below)
  const { Parameters } = JSON.parse(
    await raw('DescribeParameters', { ParameterFilters: [{ Key: 'Name', Values: ['/lists/deep/secret'] }] }),
  )
  assert.equal(Parameters.length, 1)
  assert.deepEqual([Parameters[0].Policies, Parameters[0].KeyId], [[], 'alias/aws/ssm'])
  assert.equal(Parameters[0].LastModifiedUser, `arn:aws:iam::${server.account}:root`)
  const history = JSON.parse(await raw('GetParameterHistory', { Name: 'root' }))
  assert.deepEqual([history.Parameters[0].Labels, history.Parameters[0].Policies], [[], []])
  assert.equal(await raw('GetParametersByPath', { Path: '/nothing/here' }), '{"Parameters":[]}')
})

test('trap 42: the text stands in `Message` for keys, values and tokens of lists, in `message` for options (1.1)', async () => {
  const body = async (input: object) => JSON.parse(await raw('GetParametersByPath', { Path: '/lists', ...input }))
  assert.deepEqual(await body({ ParameterFilters: [{ Key: 'Name', Values: ['x'] }] }), {
    __type: 'InvalidFilterKey',
    Message: 'The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId, Label].',
  })
  assert.deepEqual(await body({ ParameterFilters: [{ Key: 'Label', Values: ['x', 'y'] }] }), {
    __type: 'InvalidFilterValue',
    Message: 'The following filter Label can have only one value',
  })
  assert.deepEqual(await body({ ParameterFilters: [{ Key: 'Type', Option: 'Contains', Values: ['String'] }] }), {
    __type: 'InvalidFilterOption',
    message: 'The following filter option is not valid: Contains. Valid options include: [BeginsWith, Equals].',
  })
  assert.deepEqual(await body({ NextToken: 'garbage' }), {
    __type: 'InvalidNextToken',
    Message: 'The following token is invalid: garbage.',
  })
})

test('what the model does not take is told with its path (1.2)', async () => {
  await refused(
    ssm.describeParameters({
      ParameterFilters: [
        { Key: 'Name', Values: ['x'] },
        { Key: 'Nonsense', Values: ['x'] },
      ],
    }),
    'ValidationException',
    "1 validation error detected: Value 'Nonsense' at 'parameterFilters.2.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType",
  )
  await refused(
    ssm.labelParameterVersion({ Name: 'root', Labels: ['ok', 'x'.repeat(101)] }),
    'ValidationException',
    `1 validation error detected: Value '[ok, ${'x'.repeat(101)}]' at 'labels' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal to 1]`,
  )
  assert.deepEqual((await ssm.getParameterHistory({ Name: 'root' })).Parameters?.[0]?.Labels, [])
})

test('filters of DescribeParameters, new and old (traps 26, 27)', async () => {
  const found = async (...ParameterFilters: { Key: string; Option?: string; Values?: string[] }[]) =>
    names((await ssm.describeParameters({ ParameterFilters, MaxResults: 50 })).Parameters)
  assert.deepEqual(await found({ Key: 'tag:team' }), ['root'])
  assert.deepEqual(await found({ Key: 'Name', Values: ['/root'] }), ['root'])
  assert.deepEqual(await found({ Key: 'Type', Values: ['SecureString'] }), ['/lists/deep/secret'])
  assert.deepEqual(await found({ Key: 'Path', Values: ['/lists/deep'] }), ['/lists/deep/secret'])
  assert.equal((await found({ Key: 'Path', Option: 'Recursive', Values: ['/lists'] })).length, 24)
  const old = await ssm.describeParameters({ Filters: [{ Key: 'Name', Values: ['/lists/deep'] }] })
  assert.deepEqual(names(old.Parameters), ['/lists/deep/secret'])
  await refused(
    found({ Key: 'Type' }),
    'InvalidFilterValue',
    'The following filter values are missing : null for filter key Type.',
  )
})

test('labels select versions; bad ones are told in a 200; history pages go from the oldest (traps 23, 31, 32)', async () => {
  await ssm.putParameter({ Name: '/labels/a', Value: 'one', Type: 'String' })
  for (const Value of ['two', 'three']) await ssm.putParameter({ Name: '/labels/a', Value, Overwrite: true })
  const labelled = await ssm.labelParameterVersion({
    Name: '/labels/a',
    ParameterVersion: 1,
    Labels: ['stable', '1st', 'ssm'],
  })
  assert.equal(labelled.ParameterVersion, 1)
  assert.deepEqual(labelled.InvalidLabels?.toSorted(), ['1st', 'ssm'])
  const below = () =>
    ssm.getParametersByPath({ Path: '/labels', ParameterFilters: [{ Key: 'Label', Values: ['stable'] }] })
  assert.deepEqual(
    (await below()).Parameters?.map(({ Value, Version }) => [Value, Version]),
    [['one', 1]],
  )
  await ssm.labelParameterVersion({ Name: '/labels/a', Labels: ['stable'] })
  assert.deepEqual(
    (await below()).Parameters?.map(({ Value, Version }) => [Value, Version]),
    [['three', 3]],
  )
  const unlabelled = await ssm.unlabelParameterVersion({
    Name: '/labels/a',
    ParameterVersion: 3,
    Labels: ['gone', 'stable'],
  })
  assert.deepEqual([unlabelled.RemovedLabels, unlabelled.InvalidLabels], [['stable'], ['gone']])
  assert.deepEqual((await below()).Parameters, [])
  const versions: (number | undefined)[] = []
  for await (const { Parameters } of paginateGetParameterHistory({ client, pageSize: 2 }, { Name: '/labels/a' })) {
    versions.push(...(Parameters ?? []).map(({ Version }) => Version))
  }
  assert.deepEqual(versions, [1, 2, 3])
  await refused(
    ssm.labelParameterVersion({ Name: '/labels/a', ParameterVersion: 99, Labels: ['x'] }),
    'ParameterVersionNotFound',
    'Systems Manager could not find version 99 of /labels/a. Verify the version and try again.',
  )
})

test('what clients of AWS do: Terraform, External Secrets, the CSI driver (16.2)', async () => {
  // Terraform: exactly one row
  const one = await ssm.describeParameters({ ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: ['root'] }] })
  assert.deepEqual([names(one.Parameters), one.NextToken], [['root'], undefined])
  // External Secrets: everything from the root, until NextToken is null
  const all: (string | undefined)[] = []
  for (let NextToken: string | undefined; ; ) {
    const page = await ssm.getParametersByPath({
      Path: '/',
      Recursive: true,
      WithDecryption: true,
      ...(NextToken && { NextToken }),
    })
    all.push(...names(page.Parameters))
    NextToken = page.NextToken
    if (NextToken === undefined) break
    assert.notEqual(NextToken, '')
  }
  assert.deepEqual(all, [
    '/labels/a',
    '/lists/deep/secret',
    ...Array.from({ length: 23 }, (_, n) => `/lists/p${String(n).padStart(2, '0')}`),
    'root',
  ])
  // CSI driver: in tens, matched back by Name
  const ten = await ssm.getParameters({ Names: all.slice(2, 12) as string[], WithDecryption: true })
  assert.deepEqual([names(ten.Parameters), ten.InvalidParameters], [all.slice(2, 12), []])
})
