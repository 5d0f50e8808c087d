import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { type Mariadb, mariadbMissing, startMariadb } from '../test/mariadb.ts'
import { multiUser } from './alternating-users.ts'
import { NotConnected } from './function.ts'
import { mariadb } from './mysql.ts'
import { singleUser } from './single-user.ts'
import { FakeSecrets, run, STEPS } from './test/fake-secrets.ts'

/** The two forms of rotation on a real MariaDB. */

const skip = mariadbMissing() ?? false
const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:master-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })

let server: Mariadb
before(async () => {
  if (skip) return
  server = await startMariadb({ settings: { 'sql-mode': 'ANSI_QUOTES' } })
  await server.run('CREATE DATABASE shop', 'CREATE TABLE shop.orders (id INT)')
})
after(async () => {
  if (!skip) await server[Symbol.asyncDispose]()
})

async function accepts(username: string, password: string): Promise<boolean> {
  const { host, port } = server
  try {
    const secret = { engine: 'mariadb', host, port, username, password: new Secret(password), tls: 'try' } as const
    await (await mariadb.connect({ ...secret, dbname: 'shop' }, AbortSignal.timeout(10_000))).close()
    return true
  } catch (error) {
    if (error instanceof NotConnected && error.failure === 'auth') return false
    throw error
  }
}

let users = 0
async function setUp() {
  const user = `app${++users}`
  await server.run(
    `CREATE USER ${user}@'127.%' IDENTIFIED BY 'first'`,
    `GRANT SELECT ON shop.orders TO ${user}@'127.%'`,
  )
  const place = { engine: 'mariadb', host: server.host, port: String(server.port), dbname: 'shop' }
  const secrets = new FakeSecrets()
  secrets.put(
    ARN,
    'v1',
    JSON.stringify({ ...place, username: user, password: 'first', masterarn: MASTER }),
    'AWSCURRENT',
  )
  secrets.put(MASTER, 'm1', JSON.stringify({ ...place, ...server.root }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return { secrets, user, clone: `${user}_clone` }
}

test('single user: the new password is accepted and the old one refused', { skip }, async () => {
  const { secrets, user } = await setUp()
  const lines = await run(singleUser(mariadb), secrets, event('v2'))
  const { password } = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(await accepts(user, password), true)
  assert.equal(await accepts(user, 'first'), false)
  assert.ok(!lines.join().includes(password))
})

test('single user: after a crash behind any step, all four again with the same token end well', { skip }, async () => {
  for (let done = 1; done <= STEPS.length; done++) {
    const { secrets, user } = await setUp()
    await run(singleUser(mariadb), secrets, event('v2'), STEPS.slice(0, done))
    await run(singleUser(mariadb), secrets, event('v2'))
    assert.equal(await accepts(user, secrets.json(ARN, 'AWSCURRENT').password), true)
    assert.equal(await accepts(user, 'first'), false)
  }
})

test('alternating users: user and clone take turns; both logins are valid for a period', { skip }, async () => {
  const { secrets, user, clone } = await setUp()
  const rotate = multiUser(mariadb)
  await run(rotate, secrets, event('v2'))
  const second = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(second.username, clone)
  assert.equal(await accepts(user, 'first'), true)
  assert.equal(await accepts(clone, second.password), true)

  secrets.begin(ARN, 'v3')
  await run(rotate, secrets, event('v3'))
  const third = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(third.username, user)
  assert.equal(await accepts(user, third.password), true)
  assert.equal(await accepts(user, 'first'), false)
  assert.equal(await accepts(clone, second.password), true)

  secrets.begin(ARN, 'v4')
  await run(rotate, secrets, event('v4'))
  assert.equal(secrets.json(ARN, 'AWSCURRENT').username, clone)
  assert.equal(await accepts(clone, second.password), false)
  assert.equal(await accepts(user, third.password), true)
  const grants = await server.run(`SHOW GRANTS FOR ${clone}@'127.%'`)
  assert.match(JSON.stringify(grants), /GRANT SELECT ON [`\\"]+shop[`\\"]+\.[`\\"]+orders/)
})

test('with the server gone nothing is tried twice and nothing changes; when it is back, the same token goes on', {
  skip,
}, async () => {
  const { secrets, user } = await setUp()
  const rotate = singleUser(mariadb)
  await run(rotate, secrets, event('v2'), ['createSecret'])
  await server.stop()
  await assert.rejects(run(rotate, secrets, event('v2'), ['setSecret']), /cannot be reached/)
  await server.start()
  assert.equal(await accepts(user, 'first'), true)
  await run(rotate, secrets, event('v2'))
  assert.equal(await accepts(user, secrets.json(ARN, 'AWSCURRENT').password), true)
})
