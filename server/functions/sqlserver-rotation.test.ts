import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selfSigned } from '../test/certificate.ts'
import { multiUser } from './alternating-users.ts'
import type { FunctionContext } from './function.ts'
import { singleUser } from './single-user.ts'
import { sqlserver } from './sqlserver.ts'
import { FakeSecrets, run, STEPS } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'
import { add, find, hashed, type Principal } from './test/tds/model.ts'
import { accepts, databaseNow, given, newDatabase, newLogin, standingOf } from './test/tds/rig.ts'
import { type Point, SA_PASSWORD, TdsServer } from './test/tds/server.ts'

/** The two forms of rotation against the server of TDS in small. */

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:master-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })
const certified = selfSigned()
const FIRST = 'First-password1'
const single = singleUser(sqlserver)
const multi = multiUser(sqlserver)

/** A server with the login app and its user in shop; its secret, and that of the superuser. */
async function setUp({ withTls = true, containment = 0 } = {}) {
  const server = await TdsServer.start(withTls ? { tls: certified } : {})
  const shop = newDatabase(server, 'shop', containment)
  if (containment === 0)
    add(shop, { name: 'app', type: 'S', sid: newLogin(server, 'app', FIRST, { policy: true }).sid })
  else add(shop, { name: 'app', type: 'S', password: hashed(FIRST) })
  shop.securables.all_objects?.push({ object_id: 7, name: 'orders', schema_id: 1 })
  given(shop, find(shop, 'app') as Principal, 'W', 1, 'SELECT', 7)
  given(shop, find(shop, 'app') as Principal, 'D', 1, 'DELETE', 7)
  shop.members.push([find(shop, 'db_datareader')?.id as number, find(shop, 'app')?.id as number])
  const place = {
    engine: 'sqlserver',
    host: '127.0.0.1',
    port: String(server.port),
    dbname: 'shop',
    ...(withTls ? { ca: certified.certificate } : {}),
  }
  const secrets = new FakeSecrets()
  const app = { ...place, username: 'app', password: FIRST, masterarn: MASTER, note: 'stays' }
  secrets.put(ARN, 'v1', JSON.stringify(app), 'AWSCURRENT')
  secrets.put(MASTER, 'm1', JSON.stringify({ ...place, username: 'sa', password: SA_PASSWORD }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  const valid = (login: { username: string; password: string }) =>
    accepts(server, login.username, login.password, 'shop')
  return { server, secrets, app, valid, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

for (const containment of [0, 1])
  test(`single user, containment ${containment}: the new password is accepted and the old one refused`, async () => {
    await using rig = await setUp({ containment })
    const { server, secrets, app, valid } = rig
    const lines = await run(single, secrets, event('v2'))
    const now = secrets.json(ARN, 'AWSCURRENT')
    assert.deepEqual({ ...now, password: '' }, { ...app, password: '' })
    assert.deepEqual([valid(app), valid(now)], [false, true])
    assert.ok(!lines.join().includes(now.password))
    await server.idle()
    const set = server.statements.filter((sql) => sql.startsWith('ALTER'))
    assert.deepEqual(set, [
      `ALTER ${containment === 0 ? 'LOGIN' : 'USER'} [app] WITH PASSWORD=N'${now.password}' OLD_PASSWORD=N'${FIRST}'`,
    ])
    assert.ok(server.statements.includes('SELECT @@VERSION AS version'))
    assert.ok(server.attempts.every(({ secure }) => secure))
  })

// Source: rotation.md 8.7: OLD_PASSWORD is the password that one connected with
test('single user: the current password is wrong and the previous one right', async () => {
  await using rig = await setUp()
  const { server, secrets, app, valid } = rig
  secrets.put(ARN, 'v0', secrets.text(ARN, 'AWSCURRENT'), 'AWSPREVIOUS')
  secrets.put(ARN, 'v1', JSON.stringify({ ...app, password: 'Never-set1' }), 'AWSCURRENT')
  await run(single, secrets, event('v2'))
  assert.equal(valid(secrets.json(ARN, 'AWSCURRENT')), true)
  assert.match(server.statements.find((sql) => sql.startsWith('ALTER')) ?? '', /OLD_PASSWORD=N'First-password1'$/)
})

for (const [form, rotate] of Object.entries({ single, multi }))
  for (const containment of [0, 1])
    test(`${form} user, containment ${containment}: cut off anywhere, the same token ends well`, async () => {
      // how many points there are
      let points = 0
      {
        await using rig = await setUp({ containment, withTls: false })
        rig.server.hook = () => {
          points += 1
          return 'go'
        }
        await run(rotate, rig.secrets, event('v2'))
      }
      assert.ok(points > 15, String(points))
      for (let cut = 1; cut <= points; cut++) {
        await using rig = await setUp({ containment, withTls: false })
        const { server, secrets, app, valid } = rig
        const before = JSON.stringify(server.state)
        let point: Point | undefined
        let left = cut
        server.hook = (here) => {
          if (--left !== 0) return 'go'
          point = here
          return 'cut'
        }
        await assert.rejects(run(rotate, secrets, event('v2')), { name: 'FunctionFault' })
        await server.idle()
        // all of it or nothing has happened
        const pending = secrets.json(ARN, 'AWSPENDING')
        const state = JSON.stringify(server.state)
        assert.equal(state !== before, valid(pending), JSON.stringify(point))
        assert.ok(valid(app) || valid(pending), JSON.stringify(point))
        await run(rotate, secrets, event('v2'))
        const now = secrets.json(ARN, 'AWSCURRENT')
        assert.equal(now.password, pending.password)
        assert.equal(valid(now), true, JSON.stringify(point))
        assert.equal(valid(app), form === 'multi')
        const shop = databaseNow(server, 'shop')
        assert.deepEqual(standingOf(shop, now.username), standingOf(shop, 'app'))
        await server.idle()
      }
    })

for (const containment of [0, 1])
  test(`alternating users, containment ${containment}: they take turns; both logins are valid for a period`, async () => {
    await using rig = await setUp({ containment })
    const { server, secrets, app, valid } = rig
    await run(multi, secrets, event('v2'))
    const second = secrets.json(ARN, 'AWSCURRENT')
    assert.equal(second.username, 'app_clone')
    assert.deepEqual([valid(app), valid(second)], [true, true])
    secrets.begin(ARN, 'v3')
    await run(multi, secrets, event('v3'))
    const third = secrets.json(ARN, 'AWSCURRENT')
    assert.equal(third.username, 'app')
    assert.deepEqual([valid(app), valid(second), valid(third)], [false, true, true])
    secrets.begin(ARN, 'v4')
    await run(multi, secrets, event('v4'))
    const fourth = secrets.json(ARN, 'AWSCURRENT')
    assert.equal(fourth.username, 'app_clone')
    assert.deepEqual([valid(second), valid(third), valid(fourth)], [false, true, true])
    const shop = databaseNow(server, 'shop')
    assert.deepEqual(standingOf(shop, 'app_clone'), standingOf(shop, 'app'))
    assert.equal(standingOf(shop, 'app').length, 4)
    await server.idle()
  })

// Source: rotation.md 8.4, 8.5
test('nobody has the password of another user changed, or one on another host', async () => {
  await using rig = await setUp()
  const { server, secrets, app } = rig
  newLogin(server, 'victim', 'of-the-Victim1')
  const before = JSON.stringify(server.state)
  const pending = (change: object) =>
    secrets.put(ARN, 'v2', JSON.stringify({ ...app, password: 'Next-password1', ...change }))
  const attempt = async (rotate: typeof single, change: object, words: string) => {
    pending(change)
    secrets.begin(ARN, 'v2')
    await assert.rejects(run(rotate, secrets, event('v2'), ['setSecret']), fault(words))
    assert.equal(JSON.stringify(server.state), before)
  }
  await attempt(single, { username: 'victim' }, 'Attempting to modify user victim other than current user app')
  await attempt(
    single,
    { host: 'localhost' },
    'Attempting to modify user for host localhost other than current host 127.0.0.1',
  )
  await attempt(multi, { username: 'victim' }, 'Attempting to modify user victim other than current user or clone app')
  await attempt(
    multi,
    { username: 'app_clone', host: 'localhost' },
    'Attempting to modify user for host localhost other than current host 127.0.0.1',
  )
  // a secret that names a victim proves nothing
  secrets.put(ARN, 'v1', JSON.stringify({ ...app, username: 'victim', password: 'guess' }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  pending({ username: 'victim_clone' })
  secrets.begin(ARN, 'v2')
  await assert.rejects(
    run(multi, secrets, event('v2'), ['setSecret']),
    fault(`Unable to log into database using current credentials for secret ${ARN}`),
  )
  pending({ username: 'victim' })
  secrets.begin(ARN, 'v2')
  await assert.rejects(
    run(single, secrets, event('v2'), ['setSecret']),
    fault(`Unable to log into database with previous, current, or pending secret of secret arn ${ARN}`),
  )
  assert.equal(JSON.stringify(server.state), before)
  // the superuser of another server
  secrets.put(ARN, 'v1', JSON.stringify(app), 'AWSCURRENT')
  pending({ username: 'app_clone' })
  secrets.begin(ARN, 'v2')
  secrets.put(
    MASTER,
    'm2',
    JSON.stringify({ ...app, host: 'other', username: 'sa', password: SA_PASSWORD }),
    'AWSCURRENT',
  )
  await assert.rejects(
    run(multi, secrets, event('v2'), ['setSecret']),
    fault('Current database host 127.0.0.1 is not the same host as/rds replica of master other'),
  )
  secrets.put(MASTER, 'm3', JSON.stringify({ ...app, username: 'sa', password: 'wrong' }), 'AWSCURRENT')
  await assert.rejects(
    run(multi, secrets, event('v2'), ['setSecret']),
    fault(`Unable to log into database using credentials in master secret ${MASTER}`),
  )
  assert.equal(JSON.stringify(server.state), before)
  await server.idle()
})

test('a secret of another engine, a name with no room for _clone, a password that is not set', async () => {
  await using rig = await setUp()
  const { secrets, app } = rig
  secrets.put(ARN, 'v1', JSON.stringify({ ...app, engine: 'sqlserver-ex' }), 'AWSCURRENT')
  await assert.rejects(
    run(single, secrets, event('v2'), ['createSecret']),
    fault("Database engine must be set to 'sqlserver' in order to use this rotation lambda", 'KeyError'),
  )
  secrets.put(ARN, 'v1', JSON.stringify({ ...app, username: '😀'.repeat(62) }), 'AWSCURRENT')
  await assert.rejects(
    run(multi, secrets, event('v2'), ['createSecret']),
    fault('Unable to clone user, username length with _clone appended would exceed 128 characters'),
  )
  secrets.put(ARN, 'v1', JSON.stringify(app), 'AWSCURRENT')
  await run(single, secrets, event('v2'), ['createSecret'])
  await assert.rejects(
    run(single, secrets, event('v2'), ['testSecret']),
    fault(`Unable to log into database with pending secret of secret ARN ${ARN}`),
  )
})

test("a check of the owner's own is a question to the database, and nothing else", async () => {
  for (const [rotationCheck, words] of [
    ['SELECT name FROM sys.databases', undefined],
    ['SELECT name FROM sys.nothing', "rotationCheck: SQL Server: 208 Invalid object name 'sys.nothing'."],
    // two statements do not fit into one pair of parentheses
    ['SELECT 1 DROP LOGIN [app]', 'rotationCheck: SQL Server: 102 a statement was refused'],
    ['SELECT 1; DROP LOGIN [app]', 'rotationCheck: SQL Server: 102 a statement was refused'],
    [
      'SELECT 1) DROP LOGIN [app] SELECT (1',
      'rotationCheck must be one SELECT without comments, with all quotes closed',
    ],
    ['DROP LOGIN [app]', 'rotationCheck must be a statement that reads: SELECT …'],
  ] as const) {
    await using rig = await setUp()
    const { secrets, app } = rig
    secrets.put(ARN, 'v1', JSON.stringify({ ...app, rotationCheck }), 'AWSCURRENT')
    secrets.begin(ARN, 'v2')
    await run(single, secrets, event('v2'), ['createSecret', 'setSecret'])
    const tested = run(single, secrets, event('v2'), ['testSecret'])
    if (words === undefined) await tested
    else await assert.rejects(tested, fault(words, 'CheckFailed'))
    await rig.server.idle()
  }
})

test('no password is made that the server would not take', async () => {
  await using rig = await setUp()
  const { secrets, valid } = rig
  const create = (length: string) => run(single, secrets, event('v2'), ['createSecret'], { PASSWORD_LENGTH: length })
  await assert.rejects(create('129'), fault(/PASSWORD_LENGTH must be a whole number from 1 to 128$/))
  await create('128')
  await run(single, secrets, event('v2'))
  assert.equal(secrets.json(ARN, 'AWSCURRENT').password.length, 128)
  assert.equal(valid(secrets.json(ARN, 'AWSCURRENT')), true)
})

test('a certificate that is not accepted stops the step; no older password is tried', async () => {
  await using rig = await setUp()
  const { server, secrets, app } = rig
  secrets.put(ARN, 'v0', secrets.text(ARN, 'AWSCURRENT'), 'AWSPREVIOUS')
  secrets.put(ARN, 'v1', JSON.stringify({ ...app, ca: selfSigned().certificate }), 'AWSCURRENT')
  await run(single, secrets, event('v2'), ['createSecret'])
  await assert.rejects(
    run(single, secrets, event('v2'), ['setSecret']),
    fault(
      /^Unable to connect to the database with the AWSPENDING secret .*: tls: no TLS with the server/,
      'OperationalError',
    ),
  )
  assert.deepEqual(server.attempts, [])
})

test('the superuser rotates at this moment: its secret is read once more', async () => {
  await using rig = await setUp()
  const { secrets, valid } = rig
  const right = secrets.text(MASTER, 'AWSCURRENT')
  secrets.put(MASTER, 'm2', JSON.stringify({ ...JSON.parse(right), password: 'of-Yesterday1' }), 'AWSCURRENT')
  let read = 0
  const reading = Object.assign(Object.create(secrets) as FakeSecrets, {
    getSecretValue: async (arn: string, version: Parameters<FakeSecrets['getSecretValue']>[1]) => {
      const value = await secrets.getSecretValue(arn, version)
      if (arn === MASTER && ++read === 1) secrets.put(MASTER, 'm3', right, 'AWSCURRENT')
      return value
    },
    describeSecret: (arn: string) => secrets.describeSecret(arn),
    putSecretValue: (...all: Parameters<FakeSecrets['putSecretValue']>) => secrets.putSecretValue(...all),
    updateSecretVersionStage: (...all: Parameters<FakeSecrets['updateSecretVersionStage']>) =>
      secrets.updateSecretVersionStage(...all),
    getRandomPassword: (options: Parameters<FakeSecrets['getRandomPassword']>[0]) => secrets.getRandomPassword(options),
  })
  await run(multi, reading, event('v2'), STEPS)
  assert.equal(read, 2)
  assert.equal(valid(secrets.json(ARN, 'AWSCURRENT')), true)
})

// Source: rotation.md 8.5, step 5
test("the superuser's secret may be RDS's own: username and password, and a tag that leads to the database", async () => {
  await using rig = await setUp()
  const { server, secrets, valid } = rig
  secrets.put(MASTER, 'm2', JSON.stringify({ username: 'sa', password: SA_PASSWORD }), 'AWSCURRENT')
  const arn = 'arn:aws:rds:eu-central-1:111122223333:db:shop'
  const describe = secrets.describeSecret.bind(secrets)
  const Tags = [{ Key: 'aws:rds:primaryDBInstanceArn', Value: arn }]
  secrets.describeSecret = async (of) => ({ ...(await describe(of)), ...(of === MASTER ? { Tags } : {}) })
  const place = { engine: 'sqlserver', host: '127.0.0.1', port: server.port, ca: certified.certificate }
  const context: FunctionContext = {
    secrets,
    environment: new Map(),
    databases: {
      find: async (asked) => (asked === arn ? place : undefined),
      follows: async () => false,
      authority: async () => undefined,
    },
    log: () => undefined,
    signal: AbortSignal.timeout(30_000),
  }
  for (const Step of STEPS) await multi({ ...event('v2'), Step }, context)
  assert.equal(secrets.json(ARN, 'AWSCURRENT').username, 'app_clone')
  assert.equal(valid(secrets.json(ARN, 'AWSCURRENT')), true)
})

test('the current password can be set again after a test that failed', async () => {
  await using rig = await setUp()
  const { secrets, app, valid } = rig
  await run(single, secrets, event('v2'), ['createSecret', 'setSecret'])
  assert.equal(valid(app), false)
  await run(single, secrets, event('v2'), ['returnSecret'])
  assert.equal(valid(app), true)
})
