import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { postgresMissing } from '../test/postgres.ts'
import { multiUser } from './alternating-users.ts'
import { postgres } from './postgres.ts'
import { FakeSecrets, run, STEPS } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'
import { type Rig, startRig } from './test/postgres-rig.ts'

const skip = postgresMissing() ?? false
const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:master-AbCdEf'
const rotate = multiUser(postgres)
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })

let rig: Rig
before(async () => {
  if (skip) return
  rig = await startRig()
  await rig.sql("CREATE ROLE chief SUPERUSER LOGIN PASSWORD 'of the chief'")
})
after(async () => {
  if (!skip) await rig[Symbol.asyncDispose]()
})

let users = 0
async function setUp() {
  const user = `app${++users}`
  await rig.sql(`CREATE ROLE ${user} LOGIN PASSWORD 'first password'`)
  const place = { engine: 'postgres', host: '127.0.0.1', port: rig.port }
  const json = { ...place, username: user, password: 'first password', masterarn: MASTER }
  const master = { ...place, username: 'chief', password: 'of the chief' }
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', JSON.stringify(json), 'AWSCURRENT')
  secrets.put(MASTER, 'm1', JSON.stringify(master), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return { secrets, user, clone: `${user}_clone`, json, master }
}

test('user and clone take turns; both logins are valid for a period', { skip }, async () => {
  const { secrets, user, clone } = await setUp()
  await rig.sql(`CREATE TABLE of_${user} (); ALTER TABLE of_${user} OWNER TO ${user}`)
  await run(rotate, secrets, event('v2'))
  const second = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(second.username, clone)
  assert.equal(second.masterarn, MASTER)
  assert.equal(await rig.accepts(user, 'first password'), true)
  assert.equal(await rig.accepts(clone, second.password), true)
  const { rows } = await rig.sql(
    `SELECT has_table_privilege('${clone}', 'of_${user}', 'SELECT') AS reads, pg_has_role('${clone}', '${user}', 'MEMBER') AS member`,
  )
  assert.deepEqual(rows, [{ reads: true, member: true }])

  secrets.begin(ARN, 'v3')
  await run(rotate, secrets, event('v3'))
  const third = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(third.username, user)
  assert.equal(await rig.accepts(user, third.password), true)
  assert.equal(await rig.accepts(user, 'first password'), false)
  assert.equal(await rig.accepts(clone, second.password), true)

  secrets.begin(ARN, 'v4')
  await run(rotate, secrets, event('v4'))
  assert.equal(secrets.json(ARN, 'AWSCURRENT').username, clone)
  assert.equal(await rig.accepts(clone, second.password), false)
  assert.equal(await rig.accepts(user, third.password), true)
})

test('after a crash behind any step, all four again with the same token end well', { skip }, async () => {
  for (let done = 1; done <= STEPS.length; done++) {
    const { secrets, user, clone } = await setUp()
    await run(rotate, secrets, event('v2'), STEPS.slice(0, done))
    const pending = secrets.json(ARN, 'AWSPENDING').password
    await run(rotate, secrets, event('v2'))
    await run(rotate, secrets, event('v2'))
    assert.equal(secrets.json(ARN, 'AWSCURRENT').password, pending)
    assert.equal(await rig.accepts(clone, pending), true)
    assert.equal(await rig.accepts(user, 'first password'), true)
  }
})

test('who does not hold a valid login has no superuser act for him', { skip }, async () => {
  const { secrets, json, clone } = await setUp()
  secrets.put(ARN, 'v1b', JSON.stringify({ ...json, password: 'made up' }), 'AWSCURRENT')
  const trying = run(rotate, secrets, event('v2'))
  await assert.rejects(trying, fault(`Unable to log into database using current credentials for secret ${ARN}`))
  const { rows } = await rig.sql(`SELECT 1 FROM pg_roles WHERE rolname = '${clone}'`)
  assert.deepEqual(rows, [])
})

test('another user, another host, another host of the superuser: refused', { skip }, async () => {
  const { secrets, user, json, master } = await setUp()
  const pend = (change: object) =>
    secrets.put(
      ARN,
      'v2',
      JSON.stringify({ ...json, username: `${user}_clone`, password: 'chosen', ...change }),
      'AWSPENDING',
    )
  const set = () => run(rotate, secrets, event('v2'), ['setSecret'])
  pend({ username: 'chief' })
  await assert.rejects(set(), fault(`Attempting to modify user chief other than current user or clone ${user}`))
  pend({ host: 'localhost' })
  await assert.rejects(set(), fault('Attempting to modify user for host localhost other than current host 127.0.0.1'))
  pend({})
  secrets.put(MASTER, 'm2', JSON.stringify({ ...master, host: 'localhost' }), 'AWSCURRENT')
  await assert.rejects(
    set(),
    fault('Current database host 127.0.0.1 is not the same host as/rds replica of master localhost'),
  )
})

test('a clone that may do more than the user who is logged in is left alone', { skip }, async () => {
  const { secrets, user, clone } = await setUp()
  await rig.sql(`CREATE ROLE ${clone} SUPERUSER LOGIN PASSWORD 'its own'`)
  await assert.rejects(
    run(rotate, secrets, event('v2')),
    fault(`Attempting to modify user ${clone}, which has rights that ${user} lacks: rolsuper`),
  )
  assert.equal(await rig.accepts(clone, 'its own'), true)
})

test("the superuser's secret: its password is read again when it fails, and what is wrong with it is said", {
  skip,
}, async () => {
  const { secrets, clone, master } = await setUp()
  secrets.put(MASTER, 'm2', JSON.stringify({ ...master, password: 'outdated' }), 'AWSCURRENT')
  let reads = 0
  const get = secrets.getSecretValue.bind(secrets)
  secrets.getSecretValue = async (arn, version) => {
    if (arn === MASTER && ++reads === 2) secrets.put(MASTER, 'm3', JSON.stringify(master), 'AWSCURRENT')
    return await get(arn, version)
  }
  await run(rotate, secrets, event('v2'))
  assert.equal(reads, 2)
  assert.equal(await rig.accepts(clone, secrets.json(ARN, 'AWSCURRENT').password), true)

  const again = await setUp()
  const set = () => run(rotate, again.secrets, event('v2'))
  again.secrets.put(MASTER, 'm2', JSON.stringify({ ...master, password: 'outdated' }), 'AWSCURRENT')
  await assert.rejects(set(), fault(`Unable to log into database using credentials in master secret ${MASTER}`))
  again.secrets.put(MASTER, 'm3', '{"password":"x","username":"chief"}', 'AWSCURRENT')
  await assert.rejects(set(), fault(/holds a username and a password only/))
  again.secrets.put(MASTER, 'm4', '{"username":"chief"}', 'AWSCURRENT')
  await assert.rejects(set(), fault(/^Database engine must be set to 'postgres'/, 'KeyError'))
})

test('a secret without masterarn, and a name that is too long for a clone', { skip }, async () => {
  const { secrets, json } = await setUp()
  const create = () => run(rotate, secrets, event('v2'), ['createSecret'])
  secrets.put(ARN, 'v1b', JSON.stringify({ ...json, masterarn: undefined }), 'AWSCURRENT')
  await assert.rejects(create(), fault('masterarn key is missing from secret JSON', 'KeyError'))
  const tooLong = 'Unable to clone user, username length with _clone appended would exceed 63 characters'
  for (const username of ['u'.repeat(58), 'ü'.repeat(29)]) {
    secrets.put(ARN, `of ${username}`, JSON.stringify({ ...json, username }), 'AWSCURRENT')
    await assert.rejects(create(), fault(tooLong))
  }
  secrets.put(ARN, 'v1c', JSON.stringify({ ...json, username: '_clone' }), 'AWSCURRENT')
  await assert.rejects(create(), fault('the name of the user allows for no clone'))
  assert.deepEqual(secrets.asked, [])
})

test('a superuser that is none makes no half of a clone', { skip }, async () => {
  const { secrets, clone, master } = await setUp()
  await rig.sql("CREATE ROLE weak LOGIN PASSWORD 'of the weak'")
  secrets.put(MASTER, 'm2', JSON.stringify({ ...master, username: 'weak', password: 'of the weak' }), 'AWSCURRENT')
  await assert.rejects(run(rotate, secrets, event('v2')), fault(/^PostgreSQL: 42501 /, 'DatabaseError'))
  const { rows } = await rig.sql(`SELECT 1 FROM pg_roles WHERE rolname = '${clone}'`)
  assert.deepEqual(rows, [])
})

test('a server whose rules let in the members of a role only: the clone becomes one', { skip }, async () => {
  await using strict = await startRig({
    hba: ['host all chief 127.0.0.1/32 scram-sha-256', 'host all +team 127.0.0.1/32 scram-sha-256'],
  })
  await strict.sql("CREATE ROLE chief SUPERUSER LOGIN PASSWORD 'of the chief'; CREATE ROLE team")
  await strict.sql("CREATE ROLE app LOGIN PASSWORD 'first password' IN ROLE team")
  const place = { engine: 'aurora-postgresql', host: '127.0.0.1', port: String(strict.port), ssl: false }
  const json = { ...place, username: 'app', password: 'first password', masterarn: MASTER }
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', JSON.stringify(json), 'AWSCURRENT')
  secrets.put(MASTER, 'm1', JSON.stringify({ ...place, username: 'chief', password: 'of the chief' }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  await run(rotate, secrets, event('v2'))
  assert.equal(await strict.accepts('app_clone', secrets.json(ARN, 'AWSCURRENT').password), true)
})

test('the current login and the superuser mean one server: another port of the host is another server', {
  skip,
}, async () => {
  const { secrets, user, json } = await setUp()
  await using other = await startRig()
  await other.sql("CREATE ROLE chief LOGIN PASSWORD 'known to somebody'")
  const elsewhere = { ...json, port: other.port, username: 'chief', password: 'known to somebody' }
  secrets.put(ARN, 'v1b', JSON.stringify(elsewhere), 'AWSCURRENT')
  const refusal = `Current database port ${other.port} is not the same port as that of master ${rig.port}`
  await assert.rejects(run(rotate, secrets, event('v2')), fault(refusal))
  assert.deepEqual((await rig.sql("SELECT 1 FROM pg_roles WHERE rolname = 'chief_clone'")).rows, [])

  // a registered pooler or the like is asked about with its port
  const asked: unknown[] = []
  const context = {
    secrets,
    environment: new Map(),
    log: () => undefined,
    signal: new AbortController().signal,
    databases: {
      find: async () => undefined,
      authority: async () => undefined,
      follows: async (...places: unknown[]) => asked.push(...places) > 2,
    },
  }
  const set = () => rotate({ ...event('v2'), Step: 'setSecret' }, context)
  await assert.rejects(set(), fault(refusal))
  assert.deepEqual(asked, [
    { host: '127.0.0.1', port: other.port },
    { host: '127.0.0.1', port: rig.port },
  ])
  await set()
  assert.notEqual(user, 'chief')
  const { rows } = await rig.sql("SELECT pg_has_role('chief_clone', 'chief', 'MEMBER') AS member")
  assert.deepEqual(rows, [{ member: true }])
  await rig.sql('DROP ROLE chief_clone')
})

test('a dry run has the superuser run nothing of who owns the database', { skip }, async () => {
  const { secrets, user, json } = await setUp()
  const database = `of_${user}`
  await rig.sql(`CREATE DATABASE ${database} OWNER ${user}`)
  const owner = new pg.Client({ host: '127.0.0.1', port: rig.port, user, password: 'first password', database })
  await owner.connect()
  for (const [left, right] of ['name name', 'name text', 'oid oid'].map((types) => types.split(' ')))
    await owner.query(`CREATE FUNCTION public.same(${left}, ${right}) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
      EXECUTE 'ALTER ROLE ${user} SUPERUSER'; RETURN true; END $$;
      CREATE OPERATOR public.= (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = public.same)`)
  await owner.query(`ALTER DATABASE ${database} SET search_path = public, pg_catalog`)
  await owner.end()
  secrets.put(ARN, 'v1b', JSON.stringify({ ...json, dbname: database }), 'AWSCURRENT')
  const found: string[] = []
  await rotate(
    { ...event('v2'), Step: 'dryRun' },
    {
      secrets,
      environment: new Map(),
      log: () => undefined,
      signal: new AbortController().signal,
      found: ({ state, what }) => found.push(`${state}: ${what}`),
    },
  )
  assert.ok(found.includes(`ok: the role ${user}_clone would be made, as a member of ${user}`), found.join())
  const { rows } = await rig.sql(`SELECT rolsuper FROM pg_roles WHERE rolname = '${user}'`)
  assert.deepEqual(rows, [{ rolsuper: false }])
})
