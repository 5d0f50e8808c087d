import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, BUILT_IN, code, trial } from '../test/trial.ts'

test('the link leads to this server, gives the code for ten minutes, and nobody makes one up', async () => {
  await using t = await trial()
  await t.made({ Tags: { team: 'blue' } })
  const { Configuration, Code, Tags, Concurrency } = await t.call('GetFunction', { FunctionName: 'fun' })
  assert.equal(Configuration.FunctionArn, ARN)
  assert.deepEqual(Tags, { team: 'blue' })
  assert.equal(Concurrency, undefined)
  assert.equal(Code.RepositoryType, 'S3')
  const { origin, pathname } = new URL(Code.Location)
  assert.equal(origin, 'http://strongroom.test:4566')
  const get = (path: string, method = 'GET') => t.service.downloads.answer(path, method)
  const answer = await get(pathname)
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.body, code())
  assert.equal((await get(pathname, 'POST')).status, 403)
  const mark = pathname.length - 5
  for (const other of [
    pathname.slice(0, -1),
    `${pathname}a`,
    `${pathname.slice(0, mark)}AAAAA`,
    t.service.downloads.prefix,
    `${t.service.downloads.prefix}.`,
    `${t.service.downloads.prefix}${'a'.repeat(5000)}`,
  ])
    assert.equal((await get(other)).status, 403, other.slice(0, 80))
  t.clock.set(t.clock.now() + 599_999)
  assert.equal((await get(pathname)).status, 200)
  t.clock.set(t.clock.now() + 1)
  assert.equal((await get(pathname)).status, 403)
})

test('code counts until it has been sent: of one account three at once, and others find one', async () => {
  await using t = await trial()
  await t.made()
  const path = async () => new URL((await t.call('GetFunction', { FunctionName: 'fun' })).Code.Location).pathname
  const { downloads } = t.service
  const given = []
  for (let i = 0; i < 4; i++) given.push(await downloads.answer(await path(), 'GET'))
  assert.deepEqual(
    given.map(({ status }) => status),
    [200, 200, 200, 503],
  )
  given[0]?.sending?.over()
  given[0]?.sending?.over()
  assert.equal(given[1]?.sending?.longestMs, 120_000)
  assert.equal((await downloads.answer(await path(), 'GET')).status, 200)
  assert.equal((await downloads.answer(await path(), 'GET')).status, 503)
})

test('by ARN and qualifier; what is not there is not found', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  await t.call('CreateAlias', { FunctionName: 'fun', Name: 'live', FunctionVersion: '1' })
  const config = async (FunctionName: string, Qualifier?: string) =>
    (await t.call('GetFunction', Qualifier === undefined ? { FunctionName } : { FunctionName, Qualifier }))
      .Configuration
  assert.equal((await config(ARN)).FunctionArn, ARN)
  assert.equal((await config(`${ARN}:1`)).FunctionArn, `${ARN}:1`)
  const live = await config('fun', 'live')
  assert.deepEqual([live.FunctionArn, live.Version], [`${ARN}:live`, '1'])
  assert.equal((await config('fun:$LATEST')).FunctionArn, ARN)
  await t.refused(
    'GetFunction',
    { FunctionName: 'fun', Qualifier: '2' },
    'ResourceNotFoundException',
    `Function not found: ${ARN}:2`,
  )
  await t.refused(
    'GetFunction',
    { FunctionName: 'none' },
    'ResourceNotFoundException',
    /^Function not found: arn:aws:lambda:us-east-1:\d{12}:function:none$/,
  )
  await t.refused(
    'GetFunction',
    { FunctionName: 'fun:1', Qualifier: '2' },
    'InvalidParameterValueException',
    'The derived qualifier from the function name does not match the specified qualifier.',
  )
})

test('a built-in function shows a configuration', async () => {
  await using t = await trial()
  const { Configuration, Code } = await t.call('GetFunction', { FunctionName: BUILT_IN })
  assert.equal(Configuration.FunctionArn, ARN.replace(/fun$/, BUILT_IN))
  assert.equal(Configuration.State, 'Active')
  assert.equal(Code, undefined)
})
