import assert from 'node:assert/strict'
import { test } from 'node:test'
import { multiUser } from './alternating-users.ts'
import { oracle } from './oracle.ts'
import { singleUser } from './single-user.ts'
import { FakeSecrets, run, STEPS } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'
import { rightsOf } from './test/tns/database.ts'
import { Oracle } from './test/tns/server.ts'

/** The two forms of rotation through the driver of Oracle, against a double of its server. */

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:master-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })

async function setUp(change: object = {}) {
  const server = await Oracle.start()
  const { database } = server
  database.objects.add('"SHOP"."ORDERS"')
  database.roles.add('CLERK')
  database.seed('APP', 'first', { quotas: new Map([['USERS', 1_048_576]]) })
  database.give('APP', { what: 'CONNECT', role: true, option: false })
  database.give('APP', { what: 'CLERK', role: true, option: true })
  database.give('APP', { what: 'CREATE SESSION', role: false, option: false })
  database.give('APP', { what: 'SELECT', on: '"SHOP"."ORDERS"', role: false, option: true })
  database.give('APP', { what: 'UPDATE ("PRICE")', on: '"SHOP"."ORDERS"', role: false, option: false })
  database.seed('ADMIN', 'of the chief')
  database.give('ADMIN', { what: 'DBA', role: true, option: false })
  const place = { engine: 'oracle', host: '127.0.0.1', port: server.port, dbname: 'ORCLPDB1' }
  const secrets = new FakeSecrets()
  const own = { ...place, username: 'app', password: 'first', masterarn: MASTER, ...change }
  secrets.put(ARN, 'v1', JSON.stringify(own), 'AWSCURRENT')
  secrets.put(MASTER, 'm1', JSON.stringify({ ...place, username: 'admin', password: 'of the chief' }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return { server, database, secrets, place }
}

test('single user: the new password is accepted and the old one refused; every connection is closed', async () => {
  const { server, database, secrets } = await setUp()
  await using _ = server
  const lines = await run(singleUser(oracle), secrets, event('v2'))
  const { password, username } = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(username, 'app')
  assert.deepEqual([database.accepts('APP', password), database.accepts('APP', 'first')], [true, false])
  // PASSWORD_LENGTH of Oracle. Source: rotation.md 8.3
  assert.equal(password.length, 30)
  assert.deepEqual(secrets.asked[0]?.ExcludeCharacters, '/@"\'\\')
  assert.deepEqual(
    server.statements.map((statement) => statement.replace(password, '…')),
    [
      'SELECT SYS.DBMS_ASSERT.ENQUOTE_NAME(:username) FROM DUAL',
      'ALTER USER "APP" IDENTIFIED BY "…"',
      'SELECT SYSDATE FROM DUAL',
    ],
  )
  assert.ok(!lines.join().includes(password))
  await server.idle()
  assert.equal(server.open, 0)
})

test('single user: after a crash behind any step, all four again with the same token end well', async () => {
  for (let done = 1; done <= STEPS.length; done++) {
    const { server, database, secrets } = await setUp()
    await using _ = server
    await run(singleUser(oracle), secrets, event('v2'), STEPS.slice(0, done))
    await run(singleUser(oracle), secrets, event('v2'))
    assert.equal(database.accepts('APP', secrets.json(ARN, 'AWSCURRENT').password), true)
    assert.equal(database.accepts('APP', 'first'), false)
  }
})

test('single user: cut off before or after the password is changed, the same token ends with one password', async () => {
  for (const moment of ['before', 'after'] as const) {
    const { server, database, secrets } = await setUp()
    await using _ = server
    server.moods.cut = (statement) => (statement.startsWith('ALTER USER') ? moment : undefined)
    await run(singleUser(oracle), secrets, event('v2'), ['createSecret'])
    await assert.rejects(
      run(singleUser(oracle), secrets, event('v2'), ['setSecret']),
      fault('the connection to the database broke off: NJS-500', 'DatabaseError'),
    )
    const { password } = secrets.json(ARN, 'AWSPENDING')
    assert.equal(database.accepts('APP', password), moment === 'after')
    server.moods.cut = undefined
    await run(singleUser(oracle), secrets, event('v2'))
    assert.equal(secrets.json(ARN, 'AWSCURRENT').password, password)
    assert.equal(database.accepts('APP', password), true)
    await server.idle()
  }
})

test('single user: current is wrong, previous is right', async () => {
  const { server, database, secrets, place } = await setUp()
  await using _ = server
  const login = { ...place, username: 'app' }
  secrets.put(ARN, 'v3', JSON.stringify({ ...login, password: 'never set' }), 'AWSCURRENT')
  assert.equal(secrets.json(ARN, 'AWSPREVIOUS').password, 'first')
  await run(singleUser(oracle), secrets, event('v2'))
  assert.equal(database.accepts('APP', secrets.json(ARN, 'AWSCURRENT').password), true)
})

test("the previous version is tried with its own `ssl`, not with the current one's. Source: rotation.md 8.2", async () => {
  const { server, secrets, place } = await setUp({ ssl: true })
  await using _ = server
  const current = { ...place, username: 'app', password: 'never set', ssl: false }
  secrets.put(ARN, 'v3', JSON.stringify(current), 'AWSCURRENT')
  await run(singleUser(oracle), secrets, event('v2'), ['createSecret'])
  await assert.rejects(run(singleUser(oracle), secrets, event('v2'), ['setSecret']), /AWSPREVIOUS.*: tls: /)
})

test('a user whose profile looks at new passwords says the old one', async () => {
  const { server, database, secrets } = await setUp()
  await using _ = server
  database.verifying.add('DEFAULT')
  await run(singleUser(oracle), secrets, event('v2'))
  const { password } = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(database.accepts('APP', password), true)
  assert.ok(server.statements.includes(`ALTER USER "APP" IDENTIFIED BY "${password}" REPLACE "first"`))
})

test('alternating users: user and clone take turns, with the same rights; both logins are valid for a period', async () => {
  const { server, database, secrets } = await setUp()
  await using _ = server
  const rotate = multiUser(oracle)
  await run(rotate, secrets, event('v2'))
  const second = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(second.username, 'APP_CLONE')
  assert.deepEqual([database.accepts('app', 'first'), database.accepts('app_clone', second.password)], [true, true])
  const [app, clone] = [database.of('APP'), database.of('APP_CLONE')]
  assert.deepEqual(rightsOf(clone), rightsOf(app))
  assert.deepEqual(rightsOf(clone), [
    'CLERK WITH OPTION',
    'CONNECT',
    'CREATE SESSION',
    'SELECT ON "SHOP"."ORDERS" WITH OPTION',
    'UPDATE ("PRICE") ON "SHOP"."ORDERS"',
  ])
  assert.deepEqual(clone.quotas, app.quotas)

  secrets.begin(ARN, 'v3')
  await run(rotate, secrets, event('v3'))
  const third = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(third.username, 'APP')
  assert.deepEqual([database.accepts('APP', 'first'), database.accepts('APP', third.password)], [false, true])
  assert.equal(database.accepts('APP_CLONE', second.password), true)

  secrets.begin(ARN, 'v4')
  await run(rotate, secrets, event('v4'))
  assert.equal(secrets.json(ARN, 'AWSCURRENT').username, 'APP_CLONE')
  assert.equal(database.accepts('APP_CLONE', second.password), false)
  assert.equal(database.accepts('APP', third.password), true)
  assert.deepEqual(rightsOf(database.of('APP')), rightsOf(database.of('APP_CLONE')))
  await server.idle()
  assert.equal(server.open, 0)
})

test('alternating users: cut off before or after any statement of the superuser, the same token ends well', async () => {
  const whole = await setUp()
  await using __ = whole.server
  await run(multiUser(oracle), whole.secrets, event('v2'))
  const total = whole.server.statements.length
  assert.ok(total > 12)
  for (let at = 1; at <= total; at++)
    for (const moment of ['before', 'after'] as const) {
      const { server, database, secrets } = await setUp()
      await using _ = server
      let left = at
      server.moods.cut = () => (--left === 0 ? moment : undefined)
      await run(multiUser(oracle), secrets, event('v2'), ['createSecret'])
      const { password } = secrets.json(ARN, 'AWSPENDING')
      await assert.rejects(run(multiUser(oracle), secrets, event('v2'), ['setSecret', 'testSecret']), /broke off/)
      await run(multiUser(oracle), secrets, event('v2'))
      assert.equal(secrets.json(ARN, 'AWSCURRENT').password, password, `${at} ${moment}`)
      assert.equal(database.accepts('APP_CLONE', password), true)
      assert.deepEqual(rightsOf(database.of('APP_CLONE')), rightsOf(database.of('APP')))
    }
})

/** Changes the pending version behind the function's back. */
function forge(secrets: FakeSecrets, change: object): void {
  secrets.put(ARN, 'v2', JSON.stringify({ ...secrets.json(ARN, 'AWSPENDING'), ...change }), 'AWSPENDING')
}

test('confused deputy: no other user, no other host, no superuser without a valid login. Source: rotation.md 8.4, 8.5', async () => {
  const { server, database, secrets, place } = await setUp()
  await using _ = server
  const [single, alternating] = [singleUser(oracle), multiUser(oracle)]
  const refused = (rotate: typeof single, text: string) =>
    assert.rejects(run(rotate, secrets, event('v2'), ['setSecret']), fault(text))

  await run(single, secrets, event('v2'), ['createSecret'])
  forge(secrets, { username: 'ADMIN' })
  await refused(single, 'Attempting to modify user ADMIN other than current user app')
  await refused(alternating, 'Attempting to modify user ADMIN other than current user or clone app')
  forge(secrets, { username: 'app', host: 'localhost' })
  await refused(single, 'Attempting to modify user for host localhost other than current host 127.0.0.1')
  forge(secrets, { username: 'APP_CLONE' })
  await refused(alternating, 'Attempting to modify user for host localhost other than current host 127.0.0.1')

  forge(secrets, { host: '127.0.0.1' })
  const wrong = { ...place, username: 'app', password: 'guessed', masterarn: MASTER }
  secrets.put(ARN, 'v1', JSON.stringify(wrong), 'AWSCURRENT')
  await refused(alternating, `Unable to log into database using current credentials for secret ${ARN}`)
  forge(secrets, { username: 'app' })
  await refused(single, `Unable to log into database with previous, current, or pending secret of secret arn ${ARN}`)

  secrets.put(ARN, 'v1', JSON.stringify({ ...wrong, password: 'first' }), 'AWSCURRENT')
  forge(secrets, { username: 'APP_CLONE' })
  const master = { ...place, username: 'admin', password: 'of the chief' }
  secrets.put(MASTER, 'm1', JSON.stringify({ ...master, host: 'elsewhere' }), 'AWSCURRENT')
  await refused(alternating, 'Current database host 127.0.0.1 is not the same host as/rds replica of master elsewhere')
  secrets.put(MASTER, 'm1', JSON.stringify({ ...master, password: 'guessed' }), 'AWSCURRENT')
  await refused(alternating, `Unable to log into database using credentials in master secret ${MASTER}`)
  await assert.rejects(
    run(alternating, secrets, event('v2'), ['testSecret']),
    fault(`Unable to log into database with pending secret of secret ARN ${ARN}`),
  )
  assert.deepEqual([...database.users.keys()], ['APP', 'ADMIN'])
  assert.ok(!server.statements.some((statement) => /^(ALTER|CREATE|GRANT)/.test(statement)))
  await server.idle()
})

test('what the secret must say. Source: rotation.md 8.1, 8.5', async () => {
  for (const [change, text, type] of [
    [{ dbname: undefined }, 'dbname key is missing from secret JSON', 'KeyError'],
    [
      { engine: 'postgres' },
      "Database engine must be set to 'oracle' in order to use this rotation lambda",
      'KeyError',
    ],
    [{ sid: 5 }, 'sid of the secret JSON must be a string', 'ValueError'],
    [
      { username: 'A'.repeat(25) },
      'Unable to clone user, username length with _CLONE appended would exceed 30 characters',
      'ValueError',
    ],
    [{ masterarn: undefined }, 'masterarn key is missing from secret JSON', 'KeyError'],
  ] as const) {
    const { server, secrets } = await setUp(change)
    await using _ = server
    await assert.rejects(run(multiUser(oracle), secrets, event('v2'), ['createSecret']), fault(text, type))
  }
})

test('no password with a double quote, and none that is too long, is made, whatever the environment leaves out', async () => {
  const { server, secrets } = await setUp()
  await using _ = server
  const environment = { EXCLUDE_CHARACTERS: '/', PASSWORD_LENGTH: '20' }
  await run(singleUser(oracle), secrets, event('v2'), STEPS, environment)
  assert.deepEqual([secrets.asked[0]?.ExcludeCharacters, secrets.asked[0]?.PasswordLength], ['/"', 20])
  secrets.begin(ARN, 'v3')
  await assert.rejects(
    run(singleUser(oracle), secrets, event('v3'), ['createSecret'], { PASSWORD_LENGTH: '31' }),
    fault(/PASSWORD_LENGTH must be a whole number from 1 to 30$/),
  )
})

test('the superuser acts on the database of the current user, whatever its own secret names', async () => {
  const { server, secrets, place } = await setUp({ sid: 'ORCL', dbname: 'not asked for' })
  await using _ = server
  const master = { ...place, username: 'admin', password: 'of the chief', dbname: 'ELSEWHERE', service: 'ELSEWHERE' }
  secrets.put(MASTER, 'm1', JSON.stringify(master), 'AWSCURRENT')
  await run(multiUser(oracle), secrets, event('v2'))
  const asked = server.descriptors.filter((text) => !text.includes('COMMAND=ping'))
  assert.ok(asked.length >= 4 && asked.every((text) => text.includes('(SID=ORCL)')))
})

test('users and passwords in quotes go through a whole rotation', async () => {
  const { server, database, secrets } = await setUp({ username: '"My app"' })
  await using _ = server
  database.seed('My app', 'first')
  database.give('My app', { what: 'CREATE SESSION', role: false, option: false })
  const odd = "'; DROP USER \\ü -- "
  secrets.passwords.push(odd)
  await run(multiUser(oracle), secrets, event('v2'))
  assert.equal(secrets.json(ARN, 'AWSCURRENT').username, '"My app_CLONE"')
  assert.ok(database.accepts('"My app_CLONE"', odd))
})
