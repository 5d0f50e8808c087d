import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { postgresMissing } from '../test/postgres.ts'
import { multiUser } from './alternating-users.ts'
import { redshift } from './redshift.ts'
import { singleUser } from './single-user.ts'
import { FakeSecrets, run, STEPS } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'
import { type RedshiftRig, startRedshift } from './test/redshift-rig.ts'

/** The two forms of rotation on Redshift, for which a real PostgreSQL stands. Source: rotation.md 8. */

const skip = postgresMissing() ?? false
const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:master-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })
const [single, multi] = [singleUser(redshift), multiUser(redshift)]

let rig: RedshiftRig
before(async () => {
  if (!skip) rig = await startRedshift()
})
after(async () => {
  if (!skip) await rig[Symbol.asyncDispose]()
})

let users = 0
async function setUp() {
  const user = `app${++users}`
  await rig.sql(`CREATE ROLE ${user} LOGIN PASSWORD 'first'`)
  const place = { engine: 'redshift', host: '127.0.0.1', port: rig.port }
  const json = { ...place, username: user, password: 'first', masterarn: MASTER }
  const master = { ...place, username: 'chief', password: 'of-the-chief' }
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', JSON.stringify(json), 'AWSCURRENT')
  secrets.put(MASTER, 'm1', JSON.stringify(master), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return { secrets, user, clone: `${user}_clone`, json, master }
}

test('single user: the new password is accepted and the old one refused', { skip }, async () => {
  const { secrets, user, json } = await setUp()
  const lines = await run(single, secrets, event('v2'))
  const { password } = secrets.json(ARN, 'AWSCURRENT')
  assert.deepEqual(secrets.json(ARN, 'AWSCURRENT'), { ...json, password })
  assert.match(password, /^[^/@"'\\:]{32}$/)
  assert.equal(await rig.accepts(user, password), true)
  assert.equal(await rig.accepts(user, 'first'), false)
  assert.ok(!lines.join('\n').includes(password))
})

test('alternating users: user and clone take turns; both logins are valid for a period', { skip }, async () => {
  const { secrets, user, clone } = await setUp()
  await run(multi, secrets, event('v2'))
  const second = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(second.username, clone)
  assert.deepEqual([await rig.accepts(user, 'first'), await rig.accepts(clone, second.password)], [true, true])
  secrets.begin(ARN, 'v3')
  await run(multi, secrets, event('v3'))
  const third = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(third.username, user)
  assert.deepEqual(
    [
      await rig.accepts(user, 'first'),
      await rig.accepts(user, third.password),
      await rig.accepts(clone, second.password),
    ],
    [false, true, true],
  )
})

for (const [form, rotate] of Object.entries({ single, multi }))
  test(`${form}: after a crash behind any step, all four again with the same token end well`, { skip }, async () => {
    for (let done = 1; done <= STEPS.length; done++) {
      const { secrets } = await setUp()
      await run(rotate, secrets, event('v2'), STEPS.slice(0, done))
      const pending = secrets.json(ARN, 'AWSPENDING').password
      await run(rotate, secrets, event('v2'))
      const { username, password } = secrets.json(ARN, 'AWSCURRENT')
      assert.equal(password, pending)
      assert.equal(await rig.accepts(username, pending), true)
      assert.equal(secrets.asked.length, 1)
    }
  })

/** All that a user may do with databases, schemas, tables and views, as the database itself sees it. */
const rightsOf = (user: string) =>
  rig.dev(`SELECT 'database' AS kind, datname::text AS name, p FROM pg_database, unnest(ARRAY['CREATE', 'TEMP', 'CONNECT']) p
         WHERE has_database_privilege('${user}', datname, p)
       UNION SELECT 'schema', nspname, p FROM pg_namespace, unnest(ARRAY['CREATE', 'USAGE']) p
         WHERE nspname NOT LIKE 'pg\\_t%' AND has_schema_privilege('${user}', oid, p)
       UNION SELECT 'table', relnamespace::regnamespace || '.' || relname, p
         FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'TRIGGER', 'TRUNCATE']) p
         WHERE relkind IN ('r', 'v') AND has_table_privilege('${user}', oid, p)
       ORDER BY 1, 2, 3`)

test('a clone has exactly the privileges of the original, when it is made', { skip }, async () => {
  const { secrets, user, clone } = await setUp()
  await rig.dev('CREATE DATABASE "other ""db"')
  await rig.dev(`
    CREATE SCHEMA "odd ""schema"; CREATE SCHEMA empty; CREATE SCHEMA closed;
    CREATE TABLE "odd ""schema"."t.1 'x" (a int); CREATE TABLE "odd ""schema"."T"(a int); CREATE TABLE closed.t (a int);
    CREATE VIEW public.seen AS SELECT 1 AS a; CREATE TABLE public.open (a int);
    GRANT CREATE ON DATABASE "other ""db" TO ${user};
    GRANT TEMPORARY ON DATABASE dev TO ${user};
    GRANT USAGE ON SCHEMA "odd ""schema" TO ${user}; GRANT CREATE, USAGE ON SCHEMA empty TO ${user};
    GRANT SELECT, INSERT ON "odd ""schema"."t.1 'x" TO ${user}; GRANT UPDATE, DELETE, REFERENCES ON "odd ""schema"."T" TO ${user};
    GRANT SELECT ON public.seen TO ${user}; GRANT SELECT ON public.open TO PUBLIC`)
  await run(multi, secrets, event('v2'))
  const rights = await rightsOf(user)
  assert.deepEqual(await rightsOf(clone), rights)
  const count = rights.filter(({ name }) => /odd|empty|seen|other/.test(String(name)))
  // CONNECT and TEMPORARY are everybody's
  assert.equal(count.length, 1 + 2 + 1 + 2 + 2 + 3 + 1, JSON.stringify(count))
  // what everybody may is not written down for the clone
  const [open] = await rig.dev(`SELECT relacl::text AS acl FROM pg_class WHERE relname = 'open'`)
  assert.ok(!String(open?.acl).includes(clone))
  // only then: later rotations set the password
  await rig.dev(`GRANT SELECT ON closed.t TO ${user}`)
  for (const token of ['v3', 'v4']) {
    secrets.begin(ARN, token)
    await run(multi, secrets, event(token))
  }
  assert.deepEqual(await rightsOf(clone), rights)
  await rig.dev('DROP DATABASE "other ""db"')
})

test('who does not hold a valid login has no superuser act for him; another user or host is refused', {
  skip,
}, async () => {
  const { secrets, user, clone, json, master } = await setUp()
  const set = () => run(multi, secrets, event('v2'), ['setSecret'])
  const pend = (change: object) =>
    secrets.put(ARN, 'v2', JSON.stringify({ ...json, username: clone, password: 'chosen', ...change }), 'AWSPENDING')
  pend({ username: 'chief' })
  await assert.rejects(set(), fault(`Attempting to modify user chief other than current user or clone ${user}`))
  pend({ host: 'localhost' })
  await assert.rejects(set(), fault('Attempting to modify user for host localhost other than current host 127.0.0.1'))
  pend({})
  secrets.put(MASTER, 'm2', JSON.stringify({ ...master, host: 'localhost' }), 'AWSCURRENT')
  await assert.rejects(set(), fault('Current database host 127.0.0.1 is not the same host as admin localhost'))
  secrets.put(MASTER, 'm3', JSON.stringify({ ...master, password: 'wrong' }), 'AWSCURRENT')
  await assert.rejects(set(), fault(`Unable to log into database using credentials in master secret ${MASTER}`))
  secrets.put(ARN, 'v1b', JSON.stringify({ ...json, password: 'made-up' }), 'AWSCURRENT')
  await assert.rejects(set(), fault(`Unable to log into database using current credentials for secret ${ARN}`))
  assert.deepEqual(await rig.sql(`SELECT 1 FROM pg_user WHERE usename = '${clone}'`).then(({ rows }) => rows), [])
  secrets.put(ARN, 'v1c', JSON.stringify({ ...json, engine: 'postgres' }), 'AWSCURRENT')
  await assert.rejects(
    run(multi, secrets, event('v2'), ['createSecret']),
    fault("Database engine must be set to 'redshift' in order to use this rotation lambda", 'KeyError'),
  )
})

test('a clone that may do more than the user who is logged in is left alone', { skip }, async () => {
  const { secrets, user, clone } = await setUp()
  await rig.sql(`CREATE ROLE ${clone} SUPERUSER LOGIN PASSWORD 'its-own'`)
  await assert.rejects(
    run(multi, secrets, event('v2')),
    fault(`Attempting to modify user ${clone}, which has rights that ${user} lacks: usesuper`),
  )
  assert.equal(await rig.accepts(clone, 'its-own'), true)
})

test('a superuser that is none, or that cannot give all, makes no half of a clone', { skip }, async () => {
  const { secrets, user, clone, master } = await setUp()
  await rig.dev(`CREATE TABLE public.of_${user} (a int); GRANT SELECT ON public.of_${user} TO ${user}`)
  await rig.sql(
    `CREATE ROLE weak${users} LOGIN PASSWORD 'weak'; CREATE ROLE half${users} CREATEROLE LOGIN PASSWORD 'half'`,
  )
  for (const [username, password, why] of [
    [`weak${users}`, 'weak', /^Redshift: 42501 /],
    [`half${users}`, 'half', /^Redshift: 42501 |^not all rights/],
  ] as const) {
    secrets.put(MASTER, username, JSON.stringify({ ...master, username, password }), 'AWSCURRENT')
    await assert.rejects(run(multi, secrets, event('v2')), (error: Error) => why.test(error.message))
    assert.deepEqual((await rig.sql(`SELECT 1 FROM pg_user WHERE usename = '${clone}'`)).rows, [])
  }
})
