import assert from 'node:assert/strict'
import { test } from 'node:test'
import { multiUser } from './alternating-users.ts'
import { mongodb } from './mongodb.ts'
import { singleUser } from './single-user.ts'
import { FakeSecrets, run, STEPS } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'
import { type MongoDouble, startMongo } from './test/mongo/server.ts'

/** The two forms of rotation on MongoDB: the real driver, and a server of ours (test/mongo). */

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:master-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })
const [single, multi] = [singleUser(mongodb), multiUser(mongodb)]

const ROLES = [
  { role: 'readWrite', db: 'shop' },
  { role: 'changeOwn', db: 'admin' },
]
let users = 0

/** A user of the database `shop` with a secret whose first version is v1 and whose pending version, still empty, is v2. */
function setUp(server: MongoDouble) {
  const user = `app${++users}`
  server.users.customRoles.add('changeOwn@admin')
  server.users.add(user, 'shop', 'first', ROLES)
  const place = { engine: 'mongo', host: '127.0.0.1', port: String(server.port) }
  const json = { ...place, username: user, password: 'first', dbname: 'shop', masterarn: MASTER }
  const master = { ...place, username: 'chief', password: 'of the chief' }
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', JSON.stringify(json), 'AWSCURRENT')
  secrets.put(MASTER, 'm1', JSON.stringify(master), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return { secrets, user, clone: `${user}_clone`, json, master }
}

test('single user: the new password is accepted and the old one refused', async () => {
  await using server = await startMongo()
  const { secrets, user, json } = setUp(server)
  const lines = await run(single, secrets, event('v2'))
  const { password } = secrets.json(ARN, 'AWSCURRENT')
  assert.deepEqual(secrets.json(ARN, 'AWSCURRENT'), { ...json, password })
  assert.match(password, /^[^/@"'\\]{32}$/)
  assert.equal(server.accepts(user, password, 'shop'), true)
  assert.deepEqual(secrets.stages(ARN), { v1: ['AWSPREVIOUS'], v2: ['AWSCURRENT', 'AWSPENDING'] })
  assert.ok(!lines.join('\n').includes(password))
  assert.ok(lines.every((line) => !line.includes('first')))
  await server.closed()
})

test('single user: the current password is wrong, the previous one right: it is used', async () => {
  await using server = await startMongo()
  const { secrets, user, json } = setUp(server)
  secrets.put(ARN, 'v1b', JSON.stringify({ ...json, password: 'somebody mistyped' }), 'AWSCURRENT')
  await run(single, secrets, event('v2'))
  assert.equal(server.accepts(user, secrets.json(ARN, 'AWSCURRENT').password, 'shop'), true)
})

test('alternating users: user and clone take turns; both logins are valid for a period', async () => {
  await using server = await startMongo()
  const { secrets, user, clone } = setUp(server)
  await run(multi, secrets, event('v2'))
  const second = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(second.username, clone)
  assert.equal(second.masterarn, MASTER)
  assert.equal(server.accepts(user, 'first', 'shop'), true)
  assert.equal(server.accepts(clone, second.password, 'shop'), true)
  assert.deepEqual(server.users.find(clone, 'shop')?.roles, ROLES)

  secrets.begin(ARN, 'v3')
  await run(multi, secrets, event('v3'))
  const third = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(third.username, user)
  assert.equal(server.accepts(user, third.password, 'shop'), true)
  assert.equal(server.accepts(clone, second.password, 'shop'), true)

  secrets.begin(ARN, 'v4')
  await run(multi, secrets, event('v4'))
  assert.equal(secrets.json(ARN, 'AWSCURRENT').username, clone)
  assert.equal(server.accepts(clone, second.password, 'shop'), false)
  assert.equal(server.accepts(user, third.password, 'shop'), true)
  // made once, in the database of the secret; the superuser logged in to its own
  assert.equal(server.asked.filter((name) => name === 'shop.createUser').length, 1)
  assert.ok(!server.asked.includes('admin.createUser'))
  await server.closed()
})

for (const [form, rotate] of Object.entries({ single, multi })) {
  test(`${form}: after a crash behind any step, all four again with the same token end well`, async () => {
    await using server = await startMongo()
    for (let done = 1; done <= STEPS.length; done++) {
      const { secrets } = setUp(server)
      await run(rotate, secrets, event('v2'), STEPS.slice(0, done))
      const pending = secrets.json(ARN, 'AWSPENDING').password
      await run(rotate, secrets, event('v2'))
      await run(rotate, secrets, event('v2'))
      const { username, password } = secrets.json(ARN, 'AWSCURRENT')
      assert.equal(password, pending, 'one token, one password')
      assert.equal(server.accepts(username, pending, 'shop'), true)
      assert.equal(secrets.asked.length, 1)
    }
  })

  test(`${form}: a connection that is cut at any command fails the step; the same token goes on`, async () => {
    for (const mishap of ['cut before', 'cut after'] as const)
      for (const command of ['saslContinue', 'usersInfo', 'updateUser', 'createUser']) {
        await using server = await startMongo()
        const { secrets } = setUp(server)
        server.next(command, mishap)
        const attempt = run(rotate, secrets, event('v2'))
        const used = form === 'single' ? command !== 'createUser' : command !== 'updateUser'
        if (used) await assert.rejects(attempt, { name: 'FunctionFault' })
        else await attempt
        await run(rotate, secrets, event('v2'))
        const { username, password } = secrets.json(ARN, 'AWSCURRENT')
        assert.equal(server.accepts(username, password, 'shop'), true, `${mishap} ${command}`)
        assert.equal(secrets.asked.length, 1)
        assert.equal(server.users.find(username, 'shop')?.roles.length, 2)
        await server.closed()
      }
  })
}

test('who does not hold a valid login has no superuser act for him', async () => {
  await using server = await startMongo()
  const { secrets, json, clone } = setUp(server)
  secrets.put(ARN, 'v1b', JSON.stringify({ ...json, password: 'made up' }), 'AWSCURRENT')
  await assert.rejects(
    run(multi, secrets, event('v2')),
    fault(`Unable to log into database using current credentials for secret ${ARN}`),
  )
  // nor one that is valid in another database
  const elsewhere = setUp(server)
  elsewhere.secrets.put(ARN, 'v1b', JSON.stringify({ ...elsewhere.json, dbname: 'stock' }), 'AWSCURRENT')
  await assert.rejects(run(multi, elsewhere.secrets, event('v2')), fault(/using current credentials/))
  assert.equal(server.users.find(clone, 'shop'), undefined)
})

test('another user, another host, another host of the superuser: refused in the words of the published function', async () => {
  await using server = await startMongo()
  const { secrets, user, json, master } = setUp(server)
  const pend = (change: object) =>
    secrets.put(
      ARN,
      'v2',
      JSON.stringify({ ...json, username: `${user}_clone`, password: 'x', ...change }),
      'AWSPENDING',
    )
  const set = () => run(multi, secrets, event('v2'), ['setSecret'])
  pend({ username: 'chief', dbname: 'admin' })
  await assert.rejects(set(), fault(`Attempting to modify user chief other than current user or clone ${user}`))
  pend({ host: 'localhost' })
  await assert.rejects(set(), fault('Attempting to modify user for host localhost other than current host 127.0.0.1'))
  pend({})
  secrets.put(MASTER, 'm2', JSON.stringify({ ...master, host: 'localhost' }), 'AWSCURRENT')
  await assert.rejects(set(), fault('Current database host 127.0.0.1 is not the same host as master localhost'))
  secrets.put(MASTER, 'm3', JSON.stringify({ ...master, password: 'wrong' }), 'AWSCURRENT')
  await assert.rejects(set(), fault(`Unable to log into database using credentials in master secret ${MASTER}`))
})

test('with the server gone nothing is tried twice and nothing changes', async () => {
  const server = await startMongo()
  const { secrets } = setUp(server)
  await run(single, secrets, event('v2'), ['createSecret'])
  await server[Symbol.asyncDispose]()
  await assert.rejects(
    run(single, secrets, event('v2'), ['setSecret']),
    fault(
      /^Unable to connect to the database with the AWSPENDING secret of .*: network: ECONNREFUSED/,
      'OperationalError',
    ),
  )
  await assert.rejects(
    run(single, secrets, event('v2'), ['testSecret']),
    fault(/^Unable to log into database with pending secret of secret ARN .*: network: /, 'OperationalError'),
  )
})

test('a secret of another engine, and one whose clone has no limit to its name', async () => {
  await using server = await startMongo()
  const { secrets, json } = setUp(server)
  const long = 'u'.repeat(300)
  secrets.put(ARN, 'v1b', JSON.stringify({ ...json, username: long }), 'AWSCURRENT')
  await run(multi, secrets, event('v2'), ['createSecret'])
  assert.equal(secrets.json(ARN, 'AWSPENDING').username, `${long}_clone`)
  secrets.put(ARN, 'v1c', JSON.stringify({ ...json, engine: 'mongodb' }), 'AWSCURRENT')
  await assert.rejects(
    run(multi, secrets, event('v2'), ['createSecret']),
    fault("Database engine must be set to 'mongo' in order to use this rotation lambda", 'KeyError'),
  )
})
