import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import pg from 'pg'
import { Secret } from '#kernel/values/bytes'
import { selfSigned } from '../test/certificate.ts'
import { postgresMissing } from '../test/postgres.ts'
import { passwordOptions } from './environment.ts'
import { type DatabaseSecret, NotConnected } from './function.ts'
import { redshift } from './redshift.ts'
import { fault } from './test/fault.ts'
import { startRig } from './test/postgres-rig.ts'
import { type RedshiftRig, startRedshift } from './test/redshift-rig.ts'

/**
 * There is no Redshift to be had: a real PostgreSQL stands for it, which has the same protocol and the functions and catalogs of
 * its ancestor. Where Redshift differs (codes of errors, characters of passwords) a case of its own says so. Source: rotation.md 8.
 */

const skip = postgresMissing() ?? false
const never = new AbortController().signal
let rig: RedshiftRig
before(async () => {
  if (!skip) rig = await startRedshift()
})
after(async () => {
  if (!skip) await rig[Symbol.asyncDispose]()
})

test('a dry run says what would become of the clone, and changes nothing', { skip }, async () => {
  const [user, clone] = ['dry', 'dry_clone']
  await rig.sql(`CREATE ROLE ${user} LOGIN PASSWORD 'first'`)
  const found = () => rig.asChief(async (session) => session.examine?.(user, clone))
  assert.deepEqual(await found(), [
    { state: 'ok', what: `the user ${clone} would be made, with the privileges of ${user}` },
  ])
  await rig.sql(`CREATE ROLE ${clone} CREATEDB LOGIN PASSWORD 'its-own'`)
  assert.deepEqual(await found(), [{ state: 'wrong', what: `${clone} has rights that ${user} lacks: usecreatedb` }])
  await rig.sql(`ALTER ROLE ${clone} NOCREATEDB`)
  assert.deepEqual(await found(), [{ state: 'ok', what: `the user ${clone} is there, and would get a password` }])
  assert.equal(await rig.accepts(clone, 'its-own'), true)
  const session = await redshift.connect(rig.login(user, 'first'), never)
  assert.deepEqual(await session.examine?.('nobody', 'nobody_clone'), [
    { state: 'warning', what: 'the login of the superuser is none: it may lack the right to make users' },
    { state: 'wrong', what: 'there is no user nobody' },
  ])
  await session.close()
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
  await rig.asChief(async (session) => {
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
          const setting = session.setClone('chief', user, new Secret(password))
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
  const user = 'every'
  await rig.sql(`CREATE ROLE ${user} LOGIN PASSWORD 'first'`)
  const session = await redshift.connect(rig.login(user, 'first'), never)
  await session.setOwnPassword(user, new Secret(password), new Secret('first'))
  await session.probe()
  await session.close()
  assert.equal(await rig.accepts(user, password), true)
  await rig.asChief(async (chief) => {
    for (const hash of [`md5${'0a'.repeat(16)}`, 'sha256|00|00'])
      await assert.rejects(chief.setClone(user, 'hashed', new Secret(hash)), fault(/for the hash of one$/))
    for (const other of [' ', 'a b', 'é', '', 'a@b', 'a\0'])
      await assert.rejects(chief.setClone(user, 'other', new Secret(other)), fault(/^a password of Redshift has/))
  })
  await assert.rejects(
    rig.asChief((chief) => chief.setClone(user, 'n'.repeat(64), new Secret('x'))),
    fault('the database takes the name of the clone for another one'),
  )
  await assert.rejects(
    rig.asChief((chief) => chief.setClone(user, 'a\0b', new Secret('x'))),
    fault(/NUL/),
  )
  await assert.rejects(
    rig.asChief((chief) => chief.setClone('nobody', 'nobody_clone', new Secret('x'))),
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
    redshift.connect(rig.login('app', 'own', { port: server.port, ...change }), never)
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
