import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { zip } from '../../runtime/test/zip.ts'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'
import { ARN, code, type Trial, trial } from './test/trial.ts'

/** The same calls on both engines: every answer and refusal must be the same, but for what chance made. */

const fun = { FunctionName: 'fun' }

/** Calls of every operation; answers what was answered. */
async function walk(t: Trial): Promise<unknown[]> {
  const said: unknown[] = []
  const call = async (name: string, input: Record<string, unknown>) => {
    try {
      const out = await t.call(name, input)
      said.push([name, out])
      return out
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      said.push([name, error.code, error.message])
      return undefined
    }
  }
  const noise = createHash('shake256', { outputLength: 5_000_000 }).update('noise').digest()
  const large = zip([{ name: 'noise', content: noise }])
  assert.ok(large.length > 4 * 1024 * 1024, 'the code has more than one part')
  const how = { Role: 'arn:aws:iam::111122223333:role/runs', Runtime: 'python3.13', Handler: 'a.b' }
  await call('CreateFunction', {
    ...fun,
    ...how,
    Code: { ZipFile: large },
    Environment: { Variables: { AA: 'ü' } },
    Publish: true,
  })
  await call('CreateFunction', { ...fun, ...how, Code: { ZipFile: code() } })
  for (const FunctionName of ['B', 'a', 'Z', '_', '0', 'A-'])
    await call('CreateFunction', { FunctionName, ...how, Code: { ZipFile: code() } })
  await call('UpdateFunctionConfiguration', { ...fun, Timeout: 10, Description: 'd' })
  await call('PublishVersion', fun)
  await call('UpdateFunctionCode', { ...fun, ZipFile: code('2') })
  for (const Name of ['b', 'A', 'a', 'Z']) await call('CreateAlias', { ...fun, Name, FunctionVersion: '1' })
  await call('UpdateAlias', { ...fun, Name: 'b', RoutingConfig: { AdditionalVersionWeights: { 2: 0.125 } } })
  await call('DeleteFunction', { ...fun, Qualifier: '2' })
  await call('DeleteAlias', { ...fun, Name: 'Z' })
  await call('ListAliases', fun)
  await call('ListAliases', { ...fun, FunctionVersion: '2' })
  await call('ListFunctions', { MaxItems: 50 })
  await call('ListFunctions', { FunctionVersion: 'ALL' })
  await call('ListVersionsByFunction', fun)
  await call('AddPermission', {
    ...fun,
    StatementId: 's',
    Action: 'lambda:InvokeFunction',
    Principal: '*',
    Qualifier: 'b',
  })
  await call('GetPolicy', { ...fun, Qualifier: 'b' })
  await call('PutFunctionConcurrency', { ...fun, ReservedConcurrentExecutions: 7 })
  await call('GetAccountSettings', {})
  await call('TagResource', { Resource: ARN, Tags: { k: 'v' } })
  t.sandboxes.answer = async (runnable) => ({ payload: Buffer.from(String((await runnable.code()).length)) })
  await call('Invoke', { ...fun, Qualifier: '1' })
  await call('Invoke', { ...fun, InvocationType: 'Event', Payload: Buffer.from('"event"') })
  await t.advance(1000)
  said.push(
    t.sandboxes.runs.map(({ text, runnable }) => [text, runnable.version, runnable.environment.get('AA')?.reveal()]),
  )
  const { pathname } = new URL((await t.call('GetFunction', { ...fun, Qualifier: '1' })).Code.Location)
  assert.deepEqual((await t.service.downloads.answer(pathname, 'GET')).body, large)
  await call('DeleteFunction', fun)
  await call('GetAccountSettings', {})
  return said
}

/** What chance makes is left out: ids, markers, and the bytes of payloads shown as text. */
const plain = (said: unknown) =>
  JSON.stringify(said, (_, value) => (value?.type === 'Buffer' ? Buffer.from(value.data).toString() : value)).replace(
    /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
    'ID',
  )

test('SQLite and PostgreSQL answer alike', { skip: postgresMissing() ?? false }, async () => {
  await using postgres = await startPostgres()
  await using one = await trial()
  await using two = await trial({}, await postgres.database())
  assert.equal(plain(await walk(two)), plain(await walk(one)))
})
