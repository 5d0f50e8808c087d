import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import type { DatabaseSecret, DatabasesClient, Engine, FunctionContext } from './function.ts'
import { builtInNames } from './index.ts'
import { completed, managedClient, singleUserOf, withRegistered } from './registered.ts'
import { FakeSecrets } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'

const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-1-AbCdEf'
const INSTANCE = 'arn:aws:rds:eu-central-1:111122223333:db:shop'
const CLUSTER = 'arn:aws:rds:eu-central-1:111122223333:cluster:pay'
const value = new Secret('{"username":"chief","password":"secret"}')
const database = { engine: 'postgres', host: 'db.example.com', port: 5432, dbname: 'shop' }

function context(tags: Readonly<Record<string, string>>, more: Partial<DatabasesClient> = {}) {
  const asked: string[] = []
  const secrets = new FakeSecrets()
  secrets.put(MASTER, 'v1', value.reveal(), 'AWSCURRENT')
  const { describeSecret } = secrets
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  const described = async (arn: string) => ({ ...(await describeSecret.call(secrets, arn)), Tags })
  const databases: DatabasesClient = {
    find: async (arn) => {
      asked.push(arn)
      return arn === INSTANCE || arn === CLUSTER ? database : undefined
    },
    follows: async () => false,
    authority: async () => undefined,
    ...more,
  }
  const made: FunctionContext = {
    secrets: Object.assign(secrets, { describeSecret: described }),
    databases,
    environment: new Map(),
    log: () => undefined,
    signal: new AbortController().signal,
  }
  return { asked, context: made }
}

/** As much of an engine as the lookup asks for. */
const engine = (...names: string[]) => ({ names }) as unknown as Engine

test("a superuser's managed secret is completed by the database that its tag names, in any case. Source: rotation.md 8.5", async () => {
  const read = async (tags: Record<string, string>, ...names: string[]) => {
    const { asked, context: around } = context(tags)
    const whole = await completed(value, MASTER, engine(...names), around).catch((error: Error) => error)
    return { asked, whole: whole instanceof Secret ? JSON.parse(whole.reveal()) : whole.message }
  }
  const { whole } = await read({ team: 'blue', 'aws:rds:primaryDBInstanceArn': INSTANCE }, 'postgres')
  assert.deepEqual(whole, { ...database, username: 'chief', password: 'secret' })
  assert.deepEqual(
    (await read({ 'aws:rds:primarydbclusterarn': CLUSTER }, 'mysql', 'aurora-mysql')).whole.host,
    'db.example.com',
  )

  const unknown = /^Master secret \S+ holds a username and a password only: this server knows no database/
  // the tag of a cluster only in the templates of MySQL and PostgreSQL; none at all in MongoDB's
  assert.match((await read({ 'aws:rds:primaryDBClusterArn': CLUSTER }, 'oracle')).whole, unknown)
  assert.match((await read({ 'aws:rds:primaryDBInstanceArn': INSTANCE }, 'mongo')).whole, unknown)
  assert.match((await read({ 'aws:rds:primaryDBInstanceArn': INSTANCE }, 'redshift')).whole, unknown)
  assert.match((await read({ 'aws:rds:primaryDBInstanceArn': `${INSTANCE}x` }, 'postgres')).whole, unknown)
  assert.match((await read({ team: 'blue' }, 'postgres')).whole, unknown)
  const long = await read({ 'aws:rds:primaryDBInstanceArn': INSTANCE.padEnd(257, 'x') }, 'postgres')
  assert.deepEqual(long.asked, [], 'an ARN of more than 256 characters is not asked for')
  const { databases: _, ...without } = context({ 'aws:rds:primaryDBInstanceArn': INSTANCE }).context
  await assert.rejects(completed(value, MASTER, engine('postgres'), without), fault(/knows no database/))
})

test('a registered authority is believed for its host; one of the secret itself goes before it', async () => {
  const { context: around } = context({}, { authority: async (host) => (host === 'db' ? 'registered' : undefined) })
  const login = (more: Partial<DatabaseSecret>): DatabaseSecret => ({
    ...{ engine: 'postgres', host: 'db', username: 'app', password: new Secret('x'), tls: 'try' },
    ...more,
  })
  const ca = async (more: Partial<DatabaseSecret>) => (await withRegistered(login(more), around)).ca
  assert.equal(await ca({}), 'registered')
  assert.equal(await ca({ host: 'elsewhere' }), undefined)
  assert.equal(await ca({ ca: 'own' }), 'own')
  assert.equal(await ca({ tls: 'never' }), undefined)

  // without `ssl` a server that has no TLS would do, or whoever says so in its place
  const tls = async (more: Partial<DatabaseSecret>) => (await withRegistered(login(more), around)).tls
  assert.equal(await tls({}), 'require')
  assert.equal(await tls({ host: 'elsewhere', ca: 'own' }), 'require')
  assert.equal(await tls({ host: 'elsewhere' }), 'try')
  assert.equal(await tls({ ca: 'own', tls: 'never' }), 'never')
  const { databases: _, ...nothing } = around
  assert.equal((await withRegistered(login({ ca: 'own' }), nothing)).tls, 'require')
})

test('what a function puts into a managed secret is cut down to username and password; nothing of the database is kept', async () => {
  const secrets = new FakeSecrets()
  secrets.put(MASTER, 'v1', value.reveal(), 'AWSCURRENT')
  secrets.put('other', 'v1', '{"a":1}', 'AWSCURRENT')
  secrets.begin(MASTER, 'v2')
  const client = managedClient(secrets, MASTER, { ...database, ca: 'pem' }, undefined)
  const read = await client.getSecretValue(MASTER, { VersionStage: 'AWSCURRENT' })
  assert.deepEqual(JSON.parse(read.reveal()), {
    ...database,
    username: 'chief',
    password: 'secret',
    ssl: true,
    ca: 'pem',
  })
  assert.equal((await client.getSecretValue('other', { VersionStage: 'AWSCURRENT' })).reveal(), '{"a":1}')
  const next = read.reveal().replace('"secret"', '"next one"')
  await client.putSecretValue(MASTER, 'v2', new Secret(next), ['AWSPENDING'])
  assert.equal(secrets.text(MASTER, 'AWSPENDING'), '{"username":"chief","password":"next one"}')

  const options = {} as Parameters<typeof client.getRandomPassword>[0]
  const chosen = managedClient(secrets, MASTER, database, new Secret('chosen'))
  assert.equal((await chosen.getRandomPassword(options)).reveal(), 'chosen')
})

test('every engine that passwords are managed of has a function that is there', () => {
  for (const name of ['postgres', 'mysql', 'mariadb', 'sqlserver', 'oracle', 'mongo', 'redshift'])
    assert.ok(builtInNames.includes(singleUserOf(name) ?? ''), name)
  assert.equal(singleUserOf('constructor'), undefined)
})
