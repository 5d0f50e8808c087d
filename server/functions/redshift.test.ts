import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import pg from 'pg'
import { Secret } from '#kernel/values/bytes'
import { selfSigned } from '../test/certificate.ts'
import { postgresMissing } from '../test/postgres.ts'
import { multiUser } from './alternating-users.ts'
import { type DatabaseSecret, NotConnected, type Session } from './function.ts'
import { redshift } from './redshift.ts'
import { singleUser } from './single-user.ts'
import { passwordOptions } from './environment.ts'
import { FakeSecrets, run, STEPS } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'
import { type Rig, startRig } from './test/postgres-rig.ts'

/**
 * There is no Redshift to be had: a real PostgreSQL stands for it, which has the same protocol and the functions and catalogs of
 * its ancestor. Where Redshift differs (codes of errors, characters of passwords) a case of its own says so. Source: rotation.md 8.
 */

const skip = postgresMissing() ?? false
const never = new AbortController().signal
const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:master-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })
const [single, multi] = [singleUser(redshift), multiUser(redshift)]

let rig: Rig
before(async () => {
  if (skip) return
  rig = await startRig()
  await rig.sql("CREATE ROLE chief SUPERUSER LOGIN PASSWORD 'of-the-chief'")
  await rig.sql('CREATE DATABASE dev')
})
after(async () => {
  if (!skip) await rig[Symbol.asyncDispose]()
})

const login = (username: string, password: string, change: Partial<DatabaseSecret> = {}): DatabaseSecret => ({
  engine: 'redshift',
  host: '127.0.0.1',
  port: rig.port,
  username,
  password: new Secret(password),
  tls: 'try',
  ...change,
})

async function asChief<T>(act: (session: Session) => Promise<T>, dbname?: string): Promise<T> {
  const session = await redshift.connect(login('chief', 'of-the-chief', { dbname }), never)
  try {
    return await act(session)
  } finally {
    await session.close()
  }
}

/** Runs statements as the superuser in the database `dev`, where secrets without a `dbname` lead. */
async function dev(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(`postgres://chief:of-the-chief@127.0.0.1:${rig.port}/dev`)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

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
  dev(`SELECT 'database' AS kind, datname::text AS name, p FROM pg_database, unnest(ARRAY['CREATE', 'TEMP', 'CONNECT']) p
         WHERE has_database_privilege('${user}', datname, p)
       UNION SELECT 'schema', nspname, p FROM pg_namespace, unnest(ARRAY['CREATE', 'USAGE']) p
         WHERE nspname NOT LIKE 'pg\\_t%' AND has_schema_privilege('${user}', oid, p)
       UNION SELECT 'table', relnamespace::regnamespace || '.' || relname, p
         FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'TRIGGER', 'TRUNCATE']) p
         WHERE relkind IN ('r', 'v') AND has_table_privilege('${user}', oid, p)
       ORDER BY 1, 2, 3`)

test('a clone has exactly the privileges of the original, when it is made', { skip }, async () => {
  const { secrets, user, clone } = await setUp()
  await dev('CREATE DATABASE "other ""db"')
  await dev(`
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
  const [open] = await dev(`SELECT relacl::text AS acl FROM pg_class WHERE relname = 'open'`)
  assert.ok(!String(open?.acl).includes(clone))
  // only then: later rotations set the password
  await dev(`GRANT SELECT ON closed.t TO ${user}`)
  for (const token of ['v3', 'v4']) {
    secrets.begin(ARN, token)
    await run(multi, secrets, event(token))
  }
  assert.deepEqual(await rightsOf(clone), rights)
  await dev('DROP DATABASE "other ""db"')
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

test('a dry run says what would become of the clone, and changes nothing', { skip }, async () => {
  const { user, clone } = await setUp()
  const found = () => asChief(async (session) => session.examine?.(user, clone))
  assert.deepEqual(await found(), [
    { state: 'ok', what: `the user ${clone} would be made, with the privileges of ${user}` },
  ])
  await rig.sql(`CREATE ROLE ${clone} CREATEDB LOGIN PASSWORD 'its-own'`)
  assert.deepEqual(await found(), [{ state: 'wrong', what: `${clone} has rights that ${user} lacks: usecreatedb` }])
  await rig.sql(`ALTER ROLE ${clone} NOCREATEDB`)
  assert.deepEqual(await found(), [{ state: 'ok', what: `the user ${clone} is there, and would get a password` }])
  assert.equal(await rig.accepts(clone, 'its-own'), true)
  const session = await redshift.connect(login(user, 'first'), never)
  assert.deepEqual(await session.examine?.('nobody', 'nobody_clone'), [
    { state: 'warning', what: 'the login of the superuser is none: it may lack the right to make users' },
    { state: 'wrong', what: 'there is no user nobody' },
  ])
  await session.close()
})

test('a superuser that is none, or that cannot give all, makes no half of a clone', { skip }, async () => {
  const { secrets, user, clone, master } = await setUp()
  await dev(`CREATE TABLE public.of_${user} (a int); GRANT SELECT ON public.of_${user} TO ${user}`)
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

test('any name, and any password that Redshift can have; no other password comes into a statement', {
  skip,
}, async () => {
  const name = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    .filter((made) => !made.includes('\0') && made.isWellFormed() && Buffer.byteLength(made) <= 40)
  const special = fc.array(
    fc.constantFrom("'", '"', '\\', ';', '--', '$$', '/*', '%', ' ', 'é', 'x\n', ':', '!', 'a'),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  let made = 0
  await asChief(async (session) => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          name,
          special.map((parts) => parts.join('')),
        ),
        special,
        async (end, parts) => {
          const user = `f${++made}${end}`
          const password = parts.join('')
          const setting = session.setClone('app1', user, new Secret(password))
          if (/^[!-~]+$/.test(password) && !/['"\\/@]/.test(password)) {
            await setting
            assert.equal(await rig.accepts(user, password), true)
            assert.equal(await rig.accepts(user, `${password}x`), false)
          } else await assert.rejects(setting, fault(/^a password of Redshift has /))
        },
      ),
      { numRuns: 40 },
    )
  })
})

test('every character that Redshift takes; what it would take for a hash; names that a server cuts', {
  skip,
}, async () => {
  const all = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('')
  const password = all.replace(/['"\\/@]/g, '')
  assert.equal(password.length, 89)
  const { user } = await setUp()
  const session = await redshift.connect(login(user, 'first'), never)
  await session.setOwnPassword(user, new Secret(password), new Secret('first'))
  await session.probe()
  await session.close()
  assert.equal(await rig.accepts(user, password), true)
  await asChief(async (chief) => {
    for (const hash of [`md5${'0a'.repeat(16)}`, 'sha256|00|00'])
      await assert.rejects(chief.setClone(user, 'hashed', new Secret(hash)), fault(/for the hash of one$/))
    for (const other of [' ', 'a b', 'é', '', 'a@b', 'a\0'])
      await assert.rejects(chief.setClone(user, 'other', new Secret(other)), fault(/^a password of Redshift has/))
  })
  await assert.rejects(
    asChief((chief) => chief.setClone(user, 'n'.repeat(64), new Secret('x'))),
    fault('the database takes the name of the clone for another one'),
  )
  await assert.rejects(
    asChief((chief) => chief.setClone(user, 'a\0b', new Secret('x'))),
    fault(/NUL/),
  )
  await assert.rejects(
    asChief((chief) => chief.setClone('nobody', 'nobody_clone', new Secret('x'))),
    fault('the user nobody is not among the users of the database'),
  )
})

test('TLS as on PostgreSQL: with its authority and for its host only, and nothing in clear after a refusal', {
  skip,
}, async () => {
  const tls = selfSigned()
  await using server = await startRig({ tls })
  await server.sql("CREATE ROLE app LOGIN PASSWORD 'own'")
  await server.sql('CREATE DATABASE dev')
  const at = (change: Partial<DatabaseSecret>) =>
    redshift.connect(login('app', 'own', { port: server.port, ...change }), never)
  const session = await at({ ca: tls.certificate, tls: 'require' })
  await session.probe()
  await session.close()
  const refused = (error: unknown) => error instanceof NotConnected && error.failure === 'tls'
  await assert.rejects(at({}), refused)
  await assert.rejects(at({ ca: selfSigned().certificate }), refused)
})

test("Redshift's defaults: port 5439, database dev, its excluded characters; a wrong password has the code 28000", async (t) => {
  const tried: pg.Client[] = []
  t.mock.method(pg.Client.prototype, 'connect', async function (this: pg.Client) {
    tried.push(this)
    throw Object.assign(new Error('password authentication failed for user "app"'), { code: '28000' })
  })
  const secret: DatabaseSecret = {
    engine: 'redshift',
    host: 'cluster.example.com',
    username: 'app',
    password: new Secret('x'),
    tls: 'try',
  }
  await assert.rejects(redshift.connect(secret, never), (error: unknown) => {
    assert.ok(error instanceof NotConnected)
    assert.equal(error.failure, 'auth')
    return true
  })
  assert.deepEqual(
    tried.map(({ port, database, ssl }) => ({ port, database, verified: ssl !== false })),
    [{ port: 5439, database: 'dev', verified: true }],
  )
  assert.deepEqual(passwordOptions(redshift, new Map()), {
    PasswordLength: 32,
    ExcludeCharacters: '/@"\'\\:',
    ExcludeNumbers: false,
    ExcludePunctuation: false,
    ExcludeUppercase: false,
    ExcludeLowercase: false,
    RequireEachIncludedType: true,
  })
  // Source: rotation.md 8.3
  const asked = { EXCLUDE_NUMBERS: 'true', EXCLUDE_UPPERCASE: 'yes', EXCLUDE_LOWERCASE: '1', EXCLUDE_PUNCTUATION: 'y' }
  const { ExcludeNumbers, ExcludeUppercase, ExcludeLowercase, ExcludePunctuation } = passwordOptions(
    redshift,
    new Map(Object.entries(asked)),
  )
  assert.deepEqual(
    [ExcludeNumbers, ExcludeUppercase, ExcludeLowercase, ExcludePunctuation],
    [false, false, false, true],
  )
})

test('no session stays open, whatever happened', { skip }, async () => {
  let rows: unknown[] = []
  // the server notices a little later that a client has gone
  for (let tries = 0; tries < 200; tries++) {
    rows = (await rig.sql("SELECT usename FROM pg_stat_activity WHERE application_name = 'strongroom rotation'")).rows
    if (rows.length === 0) break
  }
  assert.deepEqual(rows, [])
})
