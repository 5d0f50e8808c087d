import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { systemRandom } from '#kernel/random'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'
import { ACCOUNT, arnOf, OTHER, root, START, type Trial, trial } from './test/trial.ts'

/**
 * The same calls on both engines, with the same clock: every answer and refusal must be the same. What one engine orders, compares
 * or counts in another way shows here.
 */

type Input = Record<string, unknown>

/** Names of every kind of character, so that an order by locale would differ from one by bytes. */
const NAMES = [
  ...['a', 'B', 'b', '/A', 'a-b', 'a_b', 'a.b', 'Zz', 'zZ', '1', '10', '2', '-', '_', '.'],
  ...['/a/b', '/a/B', '/a/b/c', '/a/b-c', '/a/b.c', '/a/b_c', '/a/bc', '/a/1', '/a/10', '/a-/b', '/a./b', '/Z/z'],
]

/** Drawn anew each time. */
const DRAWN = new Set(['NextToken', 'PolicyId', 'PolicyHash'])
const comparable = (out: unknown) =>
  JSON.parse(JSON.stringify(out ?? null, (key, value) => (DRAWN.has(key) ? '…' : value)))

/** Calls of every operation; answers what was answered. */
async function walk(one: Trial): Promise<unknown[]> {
  const said: unknown[] = []
  const call = async (name: string, input: Input, more = {}) => {
    try {
      const out = await one.call(name, input, more)
      said.push([name, comparable(input), comparable(out)])
      return out
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // ids of requests to KMS are drawn too
      said.push([name, comparable(input), error.code, error.message.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')])
    }
  }
  const pages = async (name: string, input: Input) => {
    for (let NextToken: string | undefined, count = 0; count < 100; count++) {
      const page = await call(name, { ...input, ...(NextToken && { NextToken }) })
      NextToken = page?.NextToken
      if (NextToken === undefined) return
    }
    assert.fail('the pages do not end')
  }

  for (const [at, Name] of NAMES.entries()) {
    const Type = ['String', 'StringList', 'SecureString'][at % 3]
    const Tags = [{ Key: `k${at % 2}`, Value: 'ü' }]
    await call('PutParameter', {
      Name,
      Value: `é𝄞 ${Name}`,
      Type,
      Description: `the ${Name}`,
      Tags,
      Tier: at % 5 === 0 ? 'Advanced' : undefined,
    })
    if (at % 4 === 0) await one.pass(1000)
  }
  await call('PutParameter', { Name: '/a', Value: 'x', Type: 'String' })
  for (let n = 0; n < 5; n++) await call('PutParameter', { Name: '/a/b', Value: `v${n}`, Overwrite: true })
  await call('PutParameter', { Name: '/full', Value: 'x', Type: 'String' })
  for (const [ParameterVersion, Labels] of [
    [3, ['one', 'two']],
    [4, ['Two', 'two', '1bad']],
    [undefined, ['three']],
    [9, ['four']],
  ] as const) {
    await call('LabelParameterVersion', { Name: '/a/b', ParameterVersion, Labels: [...Labels] })
  }
  await call('UnlabelParameterVersion', { Name: '/a/b', ParameterVersion: 4, Labels: ['two', 'one'] })
  for (const Name of [
    '/a/b',
    '/a/b:3',
    '/a/b:one',
    '/a/b:Two',
    '/a/b:two',
    '/a/b:1',
    arnOf('/a/b'),
    'none',
    'a',
    '/B',
    'b b',
  ]) {
    await call('GetParameter', { Name, WithDecryption: true })
  }
  await call('GetParameters', { Names: ['/a/b', 'b', 'B', '/a/b:one', 'gone', '/a/b-c'], WithDecryption: true })
  for (const Path of ['/', '/a', '/a/b', '/Z/', '/none']) {
    for (const Recursive of [true, false])
      await pages('GetParametersByPath', { Path, Recursive, WithDecryption: true, MaxResults: 3 })
  }
  await pages('GetParametersByPath', {
    Path: '/a',
    Recursive: true,
    ParameterFilters: [{ Key: 'Label', Values: ['one'] }],
  })
  await pages('GetParameterHistory', { Name: '/a/b', WithDecryption: true, MaxResults: 2 })
  for (const ParameterFilters of [
    [],
    [{ Key: 'Name', Option: 'BeginsWith', Values: ['/a'] }],
    [{ Key: 'Name', Option: 'Contains', Values: ['b'] }],
    [{ Key: 'Type', Values: ['SecureString'] }],
    [{ Key: 'Tier', Values: ['Advanced'] }],
    [{ Key: 'tag:k1', Values: ['ü'] }],
    [{ Key: 'Path', Option: 'Recursive', Values: ['/a'] }],
  ]) {
    await pages('DescribeParameters', { ParameterFilters, MaxResults: 4 })
  }
  const ResourceId = '/a/b'
  await call('AddTagsToResource', { ResourceType: 'Parameter', ResourceId, Tags: [{ Key: 'z', Value: '' }] })
  await call('RemoveTagsFromResource', { ResourceType: 'Parameter', ResourceId, TagKeys: ['k1', 'none'] })
  await call('ListTagsForResource', { ResourceType: 'Parameter', ResourceId })
  const SettingId = '/ssm/parameter-store/default-parameter-tier'
  await call('UpdateServiceSetting', { SettingId, SettingValue: 'Intelligent-Tiering' })
  await call('GetServiceSetting', { SettingId })
  await call('PutParameter', { Name: '/big', Value: 'x'.repeat(5000), Type: 'SecureString' })
  await call('ResetServiceSetting', { SettingId })
  const ResourceArn = arnOf('/big')
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: OTHER }, Action: 'ssm:GetParameter', Resource: ResourceArn }],
  })
  await call('PutResourcePolicy', { ResourceArn, Policy })
  await call('PutParameter', { Name: '/shared', Value: 'v', Type: 'String', Tier: 'Advanced' })
  const shared = { ResourceArn: arnOf('/shared'), Policy: Policy.replace(ResourceArn, arnOf('/shared')) }
  const put = await call('PutResourcePolicy', shared)
  await call('GetResourcePolicies', { ResourceArn: arnOf('/shared') })
  await call('GetParameter', { Name: arnOf('/shared') }, { caller: root(OTHER), account: OTHER })
  await call('DeleteResourcePolicy', {
    ResourceArn: arnOf('/shared'),
    PolicyId: put?.PolicyId,
    PolicyHash: put?.PolicyHash,
  })
  const Timestamp = new Date(START + 3_600_000).toISOString()
  const Policies = JSON.stringify([{ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp } }])
  await call('PutParameter', { Name: '/over', Value: 'v', Type: 'String', Tier: 'Advanced', Policies })
  await one.pass(3_600_000)
  await call('GetParameter', { Name: '/over' })
  await call('DeleteParameter', { Name: 'Zz' })
  await call('DeleteParameters', { Names: ['a', '/a/b', 'zz', 'B'] })
  await pages('DescribeParameters', { MaxResults: 50 })
  said.push((await one.announced()).map(({ detail, resources }) => [detail, resources]))
  return said
}

test('SQLite and PostgreSQL say the same, call by call', { skip: postgresMissing() ?? false }, async () => {
  await using server = await startPostgres()
  const url = await server.database()
  await using one = await trial({ limits: { versions: 5 } })
  await using two = await trial({ limits: { versions: 5 } }, (opening) =>
    openPostgres({ url, random: systemRandom, ...opening }),
  )
  const [first, second] = [await walk(one), await walk(two)]
  assert.ok(first.length > 100, `${first.length} calls of ${ACCOUNT}`)
  for (const [at, said] of first.entries()) assert.deepEqual(second[at], said)
  assert.equal(second.length, first.length)
})
