import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, allow, arnOf, REGION, trial, type Trial, user } from '../test/trial.ts'

type Shown = Record<string, unknown>
const names = ({ Parameters }: { Parameters: Shown[] }) => Parameters.map(({ Name }) => Name)
const described = async (one: Trial, ...ParameterFilters: object[]) =>
  names(await one.call('DescribeParameters', { ParameterFilters, MaxResults: 50 }))

test('what is shown: always the last user and Policies, never a value, label or tag (traps 28, 29, 30; recorded: 7.6)', async () => {
  await using one = await trial()
  await one.put('plain', 'v', { Tags: [{ Key: 'k', Value: 'v' }] })
  await one.put('/s/x', 'v', { Type: 'SecureString', Description: 'd', AllowedPattern: '.' })
  await one.call('LabelParameterVersion', { Name: 'plain', Labels: ['stable'] })
  const common = {
    LastModifiedDate: new Date(one.clock.now()),
    LastModifiedUser: 'arn:aws:iam::111122223333:root',
    Version: 1,
    Tier: 'Standard',
    Policies: [],
    DataType: 'text',
  }
  assert.deepEqual(await one.call('DescribeParameters', {}), {
    Parameters: [
      { Name: 'plain', ARN: arnOf('plain'), Type: 'String', ...common },
      {
        Name: '/s/x',
        ARN: arnOf('/s/x'),
        Type: 'SecureString',
        KeyId: 'alias/aws/ssm',
        Description: 'd',
        AllowedPattern: '.',
        ...common,
      },
    ],
  })
})

test('Name Equals finds exactly one, without a token: what Terraform counts on (16.2)', async () => {
  await using one = await trial()
  for (const name of ['/app', '/app/a', '/app/ab', '/app/a/b', 'app2']) await one.put(name)
  const filter = { Key: 'Name', Values: ['/app/a'] }
  for (const MaxResults of [1, 50, undefined]) {
    const page = await one.call('DescribeParameters', { ParameterFilters: [filter], ...(MaxResults && { MaxResults }) })
    assert.deepEqual([names(page), 'NextToken' in page], [['/app/a'], false])
  }
  assert.deepEqual(await described(one, { Key: 'Name', Values: ['app', '/app2'] }), ['/app', 'app2'])
})

test('the old filter on Name is a beginning, the new one Equals (trap 26; recorded: 8.2)', async () => {
  await using one = await trial()
  for (const name of ['/p/a', '/p/b/c', '/q']) await one.put(name)
  const old = async (...Filters: object[]) => names(await one.call('DescribeParameters', { Filters }))
  assert.deepEqual(await old({ Key: 'Name', Values: ['/p/'] }), ['/p/a', '/p/b/c'])
  assert.deepEqual(await old({ Key: 'Name', Values: ['/p/'] }, { Key: 'Type', Values: ['StringList'] }), [])
  assert.deepEqual(await described(one, { Key: 'Name', Values: ['/p/'] }), [])
  const both = { Filters: [{ Key: 'Name', Values: ['x'] }], ParameterFilters: [{ Key: 'Name', Values: ['x'] }] }
  await one.refused(
    'DescribeParameters',
    both,
    'ValidationException',
    'You can use either Filters or ParameterFilters in a single request.',
  )
})

test('chamber: a path of one level, and a beginning of names (16.2)', async () => {
  await using one = await trial()
  for (const name of ['/svc/db_url', '/svc/token', '/svc/deep/x', '/svc2/y']) await one.put(name)
  assert.deepEqual(await described(one, { Key: 'Path', Option: 'OneLevel', Values: ['/svc'] }), [
    '/svc/db_url',
    '/svc/token',
  ])
  assert.deepEqual(await described(one, { Key: 'Name', Option: 'BeginsWith', Values: ['/svc/'] }), [
    '/svc/db_url',
    '/svc/deep/x',
    '/svc/token',
  ])
})

test('several levels in one question: each page by name, nothing twice, nothing missing', async () => {
  await using one = await trial()
  const all = ['/a/1', '/a/2', '/a/b/1', '/a/b/2', '/c/1', '/d']
  for (const name of all) await one.put(name)
  const ParameterFilters = [{ Key: 'Path', Values: ['/c', '/a/b', '/a'] }]
  for (const MaxResults of [1, 2, 3, 50]) {
    const pages = await one.pages('DescribeParameters', { ParameterFilters, MaxResults })
    for (const page of pages) assert.deepEqual(names(page), names(page).toSorted())
    assert.deepEqual(pages.flatMap(names).toSorted(), ['/a/1', '/a/2', '/a/b/1', '/a/b/2', '/c/1'])
  }
})

test('tags, with values and without (trap 27); tier, type, key and data type', async () => {
  await using one = await trial()
  await one.put('a', 'x', { Tags: [{ Key: 'team', Value: 'blue' }] })
  await one.put('b', 'x', { Tags: [{ Key: 'team', Value: 'red' }], Tier: 'Advanced' })
  await one.put('c', 'x', { Type: 'SecureString', KeyId: 'mine' })
  assert.deepEqual(await described(one, { Key: 'tag:team' }), ['a', 'b'])
  assert.deepEqual(await described(one, { Key: 'tag:team', Values: ['red'] }), ['b'])
  assert.deepEqual(await described(one, { Key: 'Tier', Values: ['Advanced'] }), ['b'])
  assert.deepEqual(await described(one, { Key: 'KeyId', Values: ['mine'] }), ['c'])
  assert.deepEqual(await described(one, { Key: 'Type', Option: 'BeginsWith', Values: ['String'] }), ['a', 'b'])
  assert.deepEqual(
    await described(
      one,
      { Key: 'DataType', Values: ['text'] },
      { Key: 'tag:team' },
      { Key: 'Type', Values: ['String'] },
    ),
    ['a', 'b'],
  )
  assert.deepEqual(await described(one, { Key: 'Name', Option: 'Contains', Values: ['/b'] }), ['b'])
})

test('ten a page unless otherwise asked; all pages are all parameters; the token is gone at the end (trap 24)', async () => {
  await using one = await trial()
  const all = Array.from({ length: 25 }, (_, n) => `/n/${String(n).padStart(2, '0')}`)
  for (const name of all) await one.put(name)
  const pages = await one.pages('DescribeParameters', {})
  assert.deepEqual(
    pages.map(({ Parameters }) => Parameters.length),
    [10, 10, 5],
  )
  assert.deepEqual(pages.flatMap(names), all)
  assert.deepEqual((await one.pages('DescribeParameters', { MaxResults: 50 })).flatMap(names), all)
})

test('a filter that selects little answers empty pages with a token (trap 25)', async () => {
  await using one = await trial()
  for (let n = 0; n < 120; n++) await one.put(`/n/${String(n).padStart(3, '0')}`)
  const Values = Array.from({ length: 50 }, (_, n) => `none-${n}`)
  const ParameterFilters = [
    { Key: 'KeyId', Values },
    { Key: 'tag:x', Values },
  ]
  const pages = await one.pages('DescribeParameters', { ParameterFilters })
  assert.deepEqual(pages.map(names), [[], []])
})

test('a token is for its own question; filters in another order are the same question (8.3)', async () => {
  await using one = await trial()
  for (const name of ['a', 'b', 'c']) await one.put(name)
  const first = { Key: 'Type', Values: ['String', 'StringList'] }
  const second = { Key: 'Name', Option: 'Contains', Values: ['/'] }
  const { NextToken } = await one.call('DescribeParameters', { ParameterFilters: [first, second], MaxResults: 1 })
  const again = [second, { Key: 'Type', Option: 'Equals', Values: ['StringList', 'String'] }]
  assert.deepEqual(names(await one.call('DescribeParameters', { ParameterFilters: again, NextToken })), ['b', 'c'])
  const text = `The following token is invalid: ${NextToken}.`
  for (const other of [{}, { ParameterFilters: [first] }, { Filters: [{ Key: 'Type', Values: ['String'] }] }]) {
    await one.refused('DescribeParameters', { ...other, NextToken }, 'InvalidNextToken', text)
  }
  const same = { ParameterFilters: [first, second], NextToken }
  await one.refused('DescribeParameters', same, 'InvalidNextToken', text, { region: 'eu-west-1' })
})

test('permission is for all of them or none (trap 36)', async () => {
  await using one = await trial()
  assert.deepEqual(
    (await one.targets('DescribeParameters', {})).map(({ resource }) => resource),
    [`arn:aws:ssm:${REGION}:${ACCOUNT}:*`],
  )
  const narrow = user('ann', [allow('DescribeParameters', arnOf('/a/*'))])
  await assert.rejects(
    one.ask('DescribeParameters', {}, narrow),
    /ssm:DescribeParameters on arn:aws:ssm:us-east-1:111122223333:\*$/,
  )
  assert.deepEqual(await one.ask('DescribeParameters', {}, user('ben', [allow('DescribeParameters')])), {
    Parameters: [],
  })
})

test('nothing of another account or region, and nothing that has expired', async () => {
  await using one = await trial()
  const Timestamp = new Date(one.clock.now() + 1000).toISOString()
  const Policies = JSON.stringify([{ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp } }])
  await one.put('a', 'x', { Tier: 'Advanced', Policies })
  const { Parameters } = await one.call('DescribeParameters', {})
  assert.deepEqual(Parameters[0].Policies, [
    { PolicyText: JSON.stringify(JSON.parse(Policies)[0]), PolicyType: 'Expiration', PolicyStatus: 'Pending' },
  ])
  assert.deepEqual(await one.call('DescribeParameters', {}, { account: '444455556666' }), { Parameters: [] })
  assert.deepEqual(await one.call('DescribeParameters', {}, { region: 'eu-west-1' }), { Parameters: [] })
  one.clock.set(one.clock.now() + 1000)
  assert.deepEqual(await one.call('DescribeParameters', {}), { Parameters: [] })
})
