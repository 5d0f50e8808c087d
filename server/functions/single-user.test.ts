import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { postgresMissing } from '../test/postgres.ts'
import { type Engine, NotConnected } from './function.ts'
import { postgres } from './postgres.ts'
import { singleUser } from './single-user.ts'
import { FakeSecrets, run, STEPS } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'
import { type Rig, startRig } from './test/postgres-rig.ts'

const skip = postgresMissing() ?? false
const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const rotate = singleUser(postgres)
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })
let rig: Rig
before(async () => {
  if (!skip) rig = await startRig()
})
after(async () => {
  if (!skip) await rig[Symbol.asyncDispose]()
})

let users = 0
/** A user with a secret whose first version is v1 and whose pending version, still empty, is v2. */
async function setUp(password = 'first password'): Promise<{ secrets: FakeSecrets; user: string; json: object }> {
  const user = `app${++users}`
  await rig.sql(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`)
  const json = { engine: 'postgres', host: '127.0.0.1', username: user, password, port: rig.port }
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', JSON.stringify(json), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return { secrets, user, json }
}

test('a rotation changes the password in the database, then the current version', { skip }, async () => {
  const { secrets, user, json } = await setUp()
  const lines = await run(rotate, secrets, event('v2'))
  const { password } = secrets.json(ARN, 'AWSCURRENT')
  assert.deepEqual(secrets.json(ARN, 'AWSCURRENT'), { ...json, password })
  assert.match(password, /^[^:/@"'\\]{32}$/)
  assert.equal(await rig.accepts(user, password), true)
  assert.equal(await rig.accepts(user, 'first password'), false)
  assert.deepEqual(secrets.stages(ARN), { v1: ['AWSPREVIOUS'], v2: ['AWSCURRENT', 'AWSPENDING'] })
  assert.ok(!lines.join('\n').includes(password))
  // and a second one
  secrets.begin(ARN, 'v3')
  await run(rotate, secrets, event('v3'))
  assert.equal(await rig.accepts(user, secrets.json(ARN, 'AWSCURRENT').password), true)
  assert.equal(await rig.accepts(user, password), false)
})

test('after a crash behind any step, all four again with the same token end well', { skip }, async () => {
  for (let done = 1; done <= STEPS.length; done++) {
    const { secrets, user } = await setUp()
    await run(rotate, secrets, event('v2'), STEPS.slice(0, done))
    const pending = secrets.json(ARN, 'AWSPENDING').password
    await run(rotate, secrets, event('v2'))
    await run(rotate, secrets, event('v2'))
    assert.equal(secrets.json(ARN, 'AWSCURRENT').password, pending, 'one token, one password')
    assert.equal(await rig.accepts(user, pending), true)
    assert.equal(secrets.asked.length, 1)
  }
})

test('the current password is wrong, the previous one right: it is used', { skip }, async () => {
  const { secrets, user, json } = await setUp()
  secrets.put(ARN, 'v1b', JSON.stringify({ ...json, password: 'somebody mistyped' }), 'AWSCURRENT')
  await run(rotate, secrets, event('v2'))
  assert.equal(await rig.accepts(user, secrets.json(ARN, 'AWSCURRENT').password), true)
})

test('the previous login keeps its own authority; how TLS is spoken says the current version', async () => {
  const seen: (string | undefined)[] = []
  const engine: Engine = {
    ...postgres,
    async connect({ password, tls, ca }) {
      seen.push([password.reveal(), tls, ca?.split('\n')[1]].join(' '))
      throw new NotConnected('auth', 'refused')
    },
  }
  const json = { engine: 'postgres', host: 'db', username: 'app' }
  const ca = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`
  const seenWith = async (previous: object, current: object) => {
    seen.length = 0
    const secrets = new FakeSecrets()
    secrets.put(ARN, 'v0', JSON.stringify({ ...json, password: 'old', ...previous }), 'AWSPREVIOUS')
    secrets.put(ARN, 'v1', JSON.stringify({ ...json, password: 'now', ...current }), 'AWSCURRENT')
    secrets.put(ARN, 'v2', JSON.stringify({ ...json, password: 'next', ...current }), 'AWSPENDING')
    await assert.rejects(run(singleUser(engine), secrets, event('v2'), ['setSecret']), fault(/Unable to log into/))
    return seen.at(-1)
  }
  assert.equal(await seenWith({}, { ssl: true, ca: ca('another') }), 'old require ')
  assert.equal(await seenWith({ ca: ca('own'), ssl: false }, { ssl: true, ca: ca('another') }), 'old require own')
  assert.equal(await seenWith({ ca: ca('own') }, {}), 'old require own')
  assert.equal(await seenWith({ ssl: true }, { ssl: false }), 'old never ')
})

test('no password fits: the step says so, and nothing changes', { skip }, async () => {
  const { secrets, user, json } = await setUp()
  secrets.put(ARN, 'v1b', JSON.stringify({ ...json, password: 'wrong one' }), 'AWSCURRENT')
  secrets.put(ARN, 'v1c', JSON.stringify({ ...json, password: 'wrong two' }), 'AWSCURRENT')
  await assert.rejects(
    run(rotate, secrets, event('v2')),
    fault(`Unable to log into database with previous, current, or pending secret of secret arn ${ARN}`),
  )
  assert.equal(await rig.accepts(user, 'first password'), true)
})

test('only a wrong password has older ones tried: a database out of reach ends the step', { skip }, async () => {
  const { secrets, user, json } = await setUp()
  secrets.put(ARN, 'v1b', JSON.stringify({ ...json, password: 'a newer one' }), 'AWSCURRENT')
  await run(rotate, secrets, event('v2'), ['createSecret'])
  const pending = secrets.json(ARN, 'AWSPENDING').password
  await rig.stop()
  const lines: string[] = []
  const stopped = run(rotate, secrets, event('v2'), ['setSecret']).then((told) => lines.push(...told))
  await assert.rejects(stopped, (error: Error) => {
    const begin = `Unable to connect to the database with the AWSPENDING secret of ${ARN}: network: ECONNREFUSED`
    assert.ok(error.message.startsWith(begin), error.message)
    assert.ok(!error.message.includes(pending))
    return true
  })
  await assert.rejects(
    run(rotate, secrets, event('v2'), ['testSecret']),
    fault(
      /^Unable to log into database with pending secret of secret ARN .*: network: ECONNREFUSED/,
      'OperationalError',
    ),
  )
  await rig.start()
  await run(rotate, secrets, event('v2'))
  assert.equal(secrets.json(ARN, 'AWSCURRENT').password, pending)
  assert.equal(await rig.accepts(user, pending), true)
})

test('nobody has the password of another user changed, nor one on another host', { skip }, async () => {
  const { secrets, user, json } = await setUp()
  const pend = (change: object) =>
    secrets.put(ARN, 'v2', JSON.stringify({ ...json, password: 'chosen', ...change }), 'AWSPENDING')
  pend({ username: 'strongroom' })
  await assert.rejects(
    run(rotate, secrets, event('v2'), ['setSecret']),
    fault(`Attempting to modify user strongroom other than current user ${user}`),
  )
  pend({ host: 'localhost' })
  await assert.rejects(
    run(rotate, secrets, event('v2'), ['setSecret']),
    fault('Attempting to modify user for host localhost other than current host 127.0.0.1'),
  )
  // the previous version is another user's: its login proves nothing about this one
  const other = await setUp('of another')
  secrets.put(ARN, 'v1b', JSON.stringify(other.json), 'AWSCURRENT')
  secrets.put(ARN, 'v1c', JSON.stringify({ ...json, password: 'wrong' }), 'AWSCURRENT')
  pend({})
  await assert.rejects(
    run(rotate, secrets, event('v2'), ['setSecret']),
    fault(`Attempting to modify user ${user} other than previous valid user ${other.user}`),
  )
  secrets.put(ARN, 'v1d', JSON.stringify({ ...json, host: 'localhost' }), 'AWSCURRENT')
  secrets.put(ARN, 'v1e', JSON.stringify({ ...json, password: 'wrong' }), 'AWSCURRENT')
  pend({})
  await assert.rejects(
    run(rotate, secrets, event('v2'), ['setSecret']),
    fault('Attempting to modify user for host 127.0.0.1 other than previous host localhost'),
  )
  assert.equal(await rig.accepts(user, 'first password'), true)
})

test('the test step refuses a pending password that the database does not take', { skip }, async () => {
  const { secrets } = await setUp()
  await run(rotate, secrets, event('v2'), ['createSecret'])
  await assert.rejects(
    run(rotate, secrets, event('v2'), ['testSecret']),
    fault(`Unable to log into database with pending secret of secret ARN ${ARN}`),
  )
})

test('no session stays open, whatever happened', { skip }, async () => {
  const open = "SELECT usename FROM pg_stat_activity WHERE application_name = 'strongroom rotation'"
  let rows: unknown[] = []
  // the server notices a little later that a client has gone
  for (let tries = 0; tries < 200; tries++) {
    rows = (await rig.sql(open)).rows
    if (rows.length === 0) break
  }
  assert.deepEqual(rows, [])
})
