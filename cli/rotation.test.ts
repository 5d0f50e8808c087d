import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFileReader } from '../server/kernel/audit/sqlite-reader.ts'
import { Secret } from '../server/kernel/values/bytes.ts'
import type { Call } from '../server/kernel/call.ts'
import type { AnyOperation } from '../server/kernel/operation.ts'
import type { Service } from '../server/kernel/service.ts'
import { code } from '../server/services/lambda/test/trial.ts'
import { rootCaller } from '../server/services/iam/callers.ts'
import { startRig } from '../server/functions/test/postgres-rig.ts'
import { postgresMissing, startPostgres } from '../server/test/postgres.ts'
import { createAccount } from '../server/services/iam/accounts.ts'
import { systemRandom } from '../server/kernel/random.ts'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kept } from '../server/server.ts'
import { run, running } from './test/rig.ts'

const ACCOUNT = '111122223333'
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:SecretsManagerRDSPostgreSQLRotationSingleUser`
const MULTI = FUNCTION.replace('SingleUser', 'MultiUser')
const token = (name: string) => name.padEnd(36, '-')
const skip = postgresMissing() ?? false

/** A server with an account and a secret whose database can't be reached. */
async function setUp(kept?: Kept, more: object = {}) {
  const data = await running(kept)
  const { server } = data
  await createAccount({
    storage: server.storage,
    vault: server.vault,
    random: systemRandom,
    now: Date.now(),
    account: ACCOUNT,
    changed: async () => undefined,
    made: () => undefined,
  })
  const ask = (operation: string, input: object) =>
    server.local(`secretsmanager.${operation}`, input, rootCaller(ACCOUNT, 'AKIDTEST'))
  const value = { engine: 'postgres', host: '127.0.0.1', port: 1, username: 'app', password: 'first password', ...more }
  await ask('CreateSecret', { Name: 'prod/db', SecretString: JSON.stringify(value), ClientRequestToken: token('v1') })
  const due = async () => {
    await server.runner.runDue(Date.now())
    for (const service of server.services) await (service as { idle?: () => Promise<void> }).idle?.()
  }
  return { ...data, data, ask, due, [Symbol.asyncDispose]: () => data[Symbol.asyncDispose]() }
}

const rotate = (name = 'r1', RotationLambdaARN = FUNCTION) => ({
  SecretId: 'prod/db',
  ClientRequestToken: token(name),
  RotationLambdaARN,
  RotationRules: { AutomaticallyAfterDays: 30 },
})

test('list and show say where and why a rotation stopped; retry has it tried again with its token; cancel ends it', async () => {
  await using t = await setUp()
  const at = ['--data', t.directory]
  assert.deepEqual(await run('rotation', 'list', ...at), { code: 0, out: 'no secret has a rotation\n', err: '' })
  await t.ask('RotateSecret', rotate())
  await t.due()
  const listed = await run('rotation', 'list', ...at)
  assert.match(listed.out, /^SECRET {3}LAST {18}BY {20}STATE\nprod\/db {2}-/)
  assert.match(
    listed.out,
    /failed, tried again at \S+Z \(attempt 2\): setSecret: OperationalError: .*network: .*ECONNREFUSED/,
  )
  assert.equal((await run('rotation', 'list', '--problems', ...at)).out, listed.out)
  // the journal is written a moment after the store
  let shown = await run('rotation', 'show', 'prod/db', ...at)
  for (let turns = 0; turns < 200 && !shown.out.includes('RotationFailed'); turns++) {
    await new Promise(setImmediate)
    shown = await run('rotation', 'show', 'prod/db', ...at)
  }
  for (const fact of [
    /function +arn:aws:lambda:.*SingleUser\n/,
    /configured by +arn:aws:iam::111122223333:root\n/,
    /schedule +every 30 days\n/,
    /begins with +createSecret\n/,
    /attempt +2\n/,
    /v1-+ {2}AWSCURRENT\n/,
    /r1-+ {2}AWSPENDING\n/,
    /RotationFailed +r1-+ {2}Error when executing lambda .* during setSecret step\n/,
  ])
    assert.match(shown.out, fact)
  const json = JSON.parse((await run('rotation', 'show', 'prod/db', '--json', ...at)).out)
  assert.deepEqual([json.state.name, json.run.attempt, json.run.token], ['retrying', 2, token('r1')])
  assert.ok(!('rotationToken' in json.run))
  for (const { out } of [listed, shown]) assert.ok(!out.includes('first password'))

  const before = json.run.notBefore
  assert.equal((await run('rotation', 'retry', 'prod/db', ...at)).code, 0)
  const again = JSON.parse((await run('rotation', 'show', 'prod/db', '--json', ...at)).out)
  assert.ok(again.run.notBefore < before)
  await t.due()
  const third = JSON.parse((await run('rotation', 'show', 'prod/db', '--json', ...at)).out)
  assert.deepEqual([third.run.attempt, third.run.token], [3, token('r1')])

  assert.match(
    (await run('rotation', 'cancel', 'prod/db', '--drop-pending', ...at)).out,
    /is off; version r1-+ is no longer/,
  )
  assert.match((await run('rotation', 'list', ...at)).out, / off\n/)
  assert.deepEqual(await run('rotation', 'retry', 'prod/db', ...at), {
    code: 1,
    out: '',
    err: 'error: strongroom rotation: rotation of prod/db is off\nhint: aws secretsmanager rotate-secret turns it on\n',
  })
  const described = (await t.ask('DescribeSecret', { SecretId: 'prod/db' })) as { VersionIdsToStages: object }
  assert.deepEqual(Object.values(described.VersionIdsToStages), [['AWSCURRENT']])

  // what waits in the outbox comes into the journal with the next start or sweep; its row is there
  const rows = await t.server.storage.unit('read', (unit) =>
    unit.all<{ lines: string }>({ name: 'outbox', sql: 'select lines from audit_outbox order by id' }, {}),
  )
  const left = rows.map(({ lines }) => /"eventName":"(\w+)"/.exec(lines)?.[1])
  assert.deepEqual(
    left.filter((name) => name !== undefined && /Retry|Cancel/.test(name)),
    ['RetryRotation', 'CancelRotateSecret'],
  )
})

test('why a test failed is shown until something changes', async () => {
  await using t = await setUp()
  const at = ['--data', t.directory]
  await t.ask('RotateSecret', { ...rotate(), RotateImmediately: false })
  await t.due()
  const problems = await run('rotation', 'list', '--problems', ...at)
  const why = /scheduled for \S+Z; the test at \S+Z failed: testSecret: OperationalError: .*ECONNREFUSED/
  assert.match(problems.out, why)
  assert.match((await run('rotation', 'show', 'prod/db', ...at)).out, why)
  const json = JSON.parse((await run('rotation', 'show', 'prod/db', '--json', ...at)).out)
  assert.match(json.test.failure, /^testSecret: OperationalError/)
  assert.ok(!problems.out.includes('first password'))
  const SecretString = '{"engine": "postgres"}'
  await t.ask('PutSecretValue', { SecretId: 'prod/db', SecretString, ClientRequestToken: token('v2') })
  assert.equal((await run('rotation', 'list', '--problems', ...at)).out, 'all rotations are as they should be\n')
})

test('hold sets the tag, readers shows who uses what', async () => {
  await using t = await setUp()
  const at = ['--data', t.directory]
  await t.ask('RotateSecret', { ...rotate('r1', MULTI), RotateImmediately: false })
  assert.equal((await run('rotation', 'hold', 'prod/db', '--deadline', '7d', ...at)).code, 0)
  const { Tags } = (await t.ask('DescribeSecret', { SecretId: 'prod/db' })) as { Tags: object }
  assert.deepEqual(Tags, [{ Key: 'strongroom:hold-until-read', Value: '7d' }])
  assert.match((await run('rotation', 'show', 'prod/db', ...at)).out, /strongroom:hold-until-read 7d\n/)
  await t.ask('GetSecretValue', { SecretId: 'prod/db' })
  await t.server.flush()
  const { out } = await run('rotation', 'readers', 'prod/db', ...at)
  assert.match(out, /^arn:aws:iam::111122223333:root +\S+Z +current +v1-+ {2}AWSCURRENT/m)
  assert.match(out, /0 of 1 still use the previous version\n$/)
  // a tag may say anything
  await t.ask('TagResource', { SecretId: 'prod/db', Tags: [{ Key: 'strongroom:hold-until-read', Value: '9000d' }] })
  const { out: told } = await run('rotation', 'show', 'prod/db', ...at)
  assert.match(told, /^strongroom:hold-until-read 9000d \(ignored: not from 1h to 90d, nothing is held\)$/m)
  await run('rotation', 'hold', 'prod/db', '--off', ...at)
  assert.ok(!(await run('rotation', 'show', 'prod/db', ...at)).out.includes('hold-until-read'))
})

test('hold is refused where a rotation ends the old password: there is nothing to keep', async () => {
  await using t = await setUp()
  const at = ['--data', t.directory]
  await t.ask('RotateSecret', { ...rotate(), RotateImmediately: false })
  assert.deepEqual(await run('rotation', 'hold', 'prod/db', '--deadline', '7d', ...at), {
    code: 1,
    out: '',
    err: `error: strongroom rotation: ${FUNCTION} rotates prod/db for a single user: the old password ends with each rotation, so there is nothing to keep for readers
hint: functions for alternating users (…MultiUser) leave the old password valid until the next rotation
`,
  })
  const { Tags } = (await t.ask('DescribeSecret', { SecretId: 'prod/db' })) as { Tags?: object }
  assert.equal(Tags, undefined)
  // what was set before, or by a tag, can be taken away
  assert.equal((await run('rotation', 'hold', 'prod/db', '--off', ...at)).code, 0)
  // on Redis a user has the old password besides the new one
  await t.ask('CancelRotateSecret', { SecretId: 'prod/db' })
  const redis = FUNCTION.replace('RDSPostgreSQL', 'Redis')
  await t.ask('RotateSecret', { ...rotate('r2', redis), RotateImmediately: false })
  assert.equal((await run('rotation', 'hold', 'prod/db', '--deadline', '7d', ...at)).code, 0)
})

test('where there is no store, it is said that a dev server keeps none', async () => {
  const { code, err } = await run('rotation', 'list', '--data', join(tmpdir(), 'strongroom-none'))
  assert.equal(code, 1)
  assert.match(
    err,
    /hint: name the directory of the server with --data; a dev server keeps nothing on disk: see its log\n$/,
  )
})

test('the words of show are explained in the help', async () => {
  await using t = await setUp()
  await t.ask('RotateSecret', rotate())
  await t.due()
  const { out } = await run('rotation', 'show', 'prod/db', '--data', t.directory)
  const help = (await run('rotation', '--help')).out
  for (const word of ['next window', 'window', 'planned', 'expected by', 'begins with']) {
    assert.match(out, new RegExp(`^${word} `, 'm'))
    assert.match(help, new RegExp(`[:;] ${word}, `))
  }
})

test('what is wrong on the command line is said, with exit code 2; a secret that is not there with 1', async () => {
  await using t = await setUp()
  const at = ['--data', t.directory]
  for (const [words, said] of [
    [[], /say what to do: rotation list, show/],
    [['show'], /say of which secret/],
    [['show', 'a', 'b'], /what is b\?/],
    [['hold', 'a'], /say --deadline 7d, or --off/],
    [['hold', 'a', '--deadline', '7d', '--off'], /say --deadline/],
    [['hold', 'a', '--deadline', '91d'], /at most 90 days/],
    [['list', '--account', '12'], /12 digits/],
    [['cancel', 'a', '--drop'], /drop/],
  ] as const) {
    const { code, err } = await run('rotation', ...words, ...at)
    assert.equal(code, 2, err)
    assert.match(err, said)
  }
  const { code, err } = await run('rotation', 'show', 'nowhere', ...at)
  assert.deepEqual(
    [code, err],
    [1, 'error: strongroom rotation: there is no secret nowhere\nhint: strongroom rotation list\n'],
  )
})

test('the same on PostgreSQL', { skip }, async () => {
  await using postgres = await startPostgres()
  const url = await postgres.database()
  await using t = await setUp({ kind: 'postgres', url: new Secret(url) })
  const at = ['--database', url, '--seal-file', join(t.directory, 'seal.key'), '--data', t.directory]
  await t.ask('RotateSecret', rotate())
  await t.due()
  assert.match((await run('rotation', 'list', ...at)).out, /failed, tried again/)
  assert.equal((await run('rotation', 'retry', 'prod/db', ...at)).code, 0)
  await t.due()
  assert.match((await run('rotation', 'show', 'prod/db', ...at)).out, /attempt +3\n/)
  assert.equal((await run('rotation', 'cancel', 'prod/db', ...at)).code, 0)
})

/** Does an operation of Lambda as the account's root; those are asked in REST, so there is no way within a process. */
async function lambda(
  { storage, services }: Awaited<ReturnType<typeof running>>['server'],
  name: string,
  input: object,
) {
  const service = services.find((one) => one.name === 'lambda') as Service
  const operation = service.operations[name] as AnyOperation
  const call: Call = {
    ...{ requestId: 'r', caller: rootCaller(ACCOUNT, 'AKIDTEST'), account: ACCOUNT, region: 'us-east-1' },
    ...{ now: Date.now(), sourceIp: '127.0.0.1', userAgent: 'test', secure: false, events: [] },
  }
  const ahead = await storage.unit('read', async (unit) => operation.ahead?.(input, service.env(unit, call), call))
  await ahead?.()
  await storage.unit('write', async (unit) => {
    const env = service.env(unit, call)
    await operation.target(input, env, call)
    return operation.run(input, env, call)
  })
}

test("dry-run of a function of one's own says whether it would be run, and no more", async () => {
  await using t = await setUp()
  const Principal = { Service: 'lambda.amazonaws.com' }
  const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] }
  await t.server.local(
    'iam.CreateRole',
    { RoleName: 'mine', AssumeRolePolicyDocument: JSON.stringify(trust) },
    rootCaller(ACCOUNT, 'AKIDTEST'),
  )
  const how = { Role: `arn:aws:iam::${ACCOUNT}:role/mine`, Runtime: 'nodejs24.x', Handler: 'index.handler' }
  await lambda(t.server, 'CreateFunction', { FunctionName: 'mine', ...how, Code: { ZipFile: code() } })
  const Action = 'lambda:InvokeFunction'
  const allow = { FunctionName: 'mine', StatementId: 's', Action, Principal: 'secretsmanager.amazonaws.com' }
  await lambda(t.server, 'AddPermission', allow)
  const own = FUNCTION.replace(/[^:]*$/, 'mine')
  const dry = () => run('rotation', 'dry-run', 'prod/db', '--function', own, '--data', t.directory, '--json')
  const able = await dry()
  assert.equal(able.code, 0, able.out + able.err)
  assert.equal(JSON.parse(able.out).known, false)
  await lambda(t.server, 'PutFunctionConcurrency', { FunctionName: 'mine', ReservedConcurrentExecutions: 0 })
  const stopped = await dry()
  assert.equal(stopped.code, 1)
  const { known, found } = JSON.parse(stopped.out)
  assert.equal(known, true)
  assert.deepEqual(found.at(-1), {
    state: 'wrong',
    what: `its reserved concurrency is 0: no invocation of ${own} is run`,
  })
})

test('dry-run says what a rotation would do, and does nothing', { skip }, async () => {
  await using rig = await startRig()
  await rig.sql("create role app login password 'first password'")
  await rig.sql("create role boss login createrole password 'boss password'")
  await rig.sql('grant app to boss with admin option')
  const own = { host: '127.0.0.1', port: rig.port }
  await using t = await setUp(undefined, own)
  const at = ['--data', t.directory]
  await t.ask('RotateSecret', { ...rotate(), RotateImmediately: false })
  const good = await run('rotation', 'dry-run', 'prod/db', ...at)
  assert.equal(good.code, 0, good.out + good.err)
  for (const line of [
    /^ok +the schedule every 30 days; the next windows: /m,
    /^ok +the function \S+SingleUser lets/m,
    /^ok +login with the current version works/m,
    /a rotation would work now; nothing was changed\n$/,
  ])
    assert.match(good.out, line)
  const lacking = await run('rotation', 'dry-run', 'prod/db', '--function', MULTI, ...at)
  assert.equal(lacking.code, 1)
  assert.match(lacking.out, /^wrong +the current version: masterarn key is missing from secret JSON/m)

  const boss = { engine: 'postgres', ...own, username: 'boss', password: 'boss password' }
  const { ARN: masterarn } = (await t.ask('CreateSecret', {
    Name: 'boss',
    SecretString: JSON.stringify(boss),
    ClientRequestToken: token('b1'),
  })) as { ARN: string }
  const SecretString = JSON.stringify({
    engine: 'postgres',
    ...own,
    username: 'app',
    password: 'first password',
    masterarn,
  })
  await t.ask('PutSecretValue', { SecretId: 'prod/db', SecretString, ClientRequestToken: token('v2') })
  const multi = await run('rotation', 'dry-run', 'prod/db', '--function', MULTI, ...at)
  assert.equal(multi.code, 0, multi.out)
  assert.match(multi.out, /the role app_clone would be made, as a member of app$/m)
  await rig.sql("alter role app password 'changed'")
  const wrong = await run('rotation', 'dry-run', 'prod/db', '--json', ...at)
  // before any rotation is configured
  const early = await run('rotation', 'dry-run', 'boss', '--function', FUNCTION, ...at)
  assert.equal(early.code, 0, early.out + early.err)
  assert.match(early.out, /^warning +it has no rotation yet/m)
  assert.match(early.out, /^ok +login with the current version works$/m)
  assert.equal((await run('rotation', 'dry-run', 'boss', ...at)).code, 1)
  // a function of one's own that is not there
  const gone = await run('rotation', 'dry-run', 'prod/db', '--function', FUNCTION.replace(/[^:]*$/, 'gone'), ...at)
  assert.equal(gone.code, 1)
  assert.match(gone.out, /^wrong +there is no function \S+:gone, or its policy[^\n]*\na rotation would fail now;/m)
  const { ok, found } = JSON.parse(wrong.out)
  assert.deepEqual([wrong.code, ok, found.at(-1).state], [1, false, 'wrong'])
  for (const { out } of [good, lacking, multi, wrong]) assert.ok(!/first password|boss password/.test(out))
  assert.equal(await rig.accepts('app', 'changed'), true)
  const { rows } = await rig.sql("select rolname from pg_roles where rolname = 'app_clone'")
  assert.deepEqual(rows, [])
  const reader = await openFileReader(join(t.directory, 'audit.db'))
  await reader.close()
})
