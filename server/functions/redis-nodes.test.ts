import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Redis, redisMissing, startRedis } from '../test/redis.ts'
import { redisMultiUser, redisSingleUser } from './redis-users.ts'
import { FakeSecrets, run } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'

/** Rotation on several servers that have users of their own: replicas, nodes of a cluster. Source: redis.io, ACL. */

const skip = redisMissing() ?? false
const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/cache-AbCdEf'
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:master-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })

let first: Redis
let second: Redis
before(async () => {
  if (skip) return
  first = await startRedis({ userFile: true })
  second = await startRedis({ userFile: true })
  // one superuser of both, as a cluster has
  await second.run('ACL', 'SETUSER', first.root.username, `>${first.root.password}`)
})
after(async () => {
  for (const server of [first, second]) await server?.[Symbol.asyncDispose]()
})

let users = 0
async function setUp(change: { readonly nodes?: string; readonly own?: string } = {}) {
  const username = `app${++users}`
  for (const server of [first, second])
    await server.run('ACL', 'SETUSER', username, 'on', '>first', '~a', '+get', '+acl')
  const { nodes = `127.0.0.1:${second.port}`, own } = change
  const place = { engine: 'redis', host: first.host, port: first.port }
  const secrets = new FakeSecrets()
  const mine = own === undefined ? { masterarn: MASTER } : { nodes: own }
  secrets.put(ARN, 'v1', JSON.stringify({ ...place, username, password: 'first', ...mine }), 'AWSCURRENT')
  secrets.put(MASTER, 'm1', JSON.stringify({ ...place, ...first.root, nodes }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  const accepted = async (user: string, password: string) => [
    await first.accepts(user, password),
    await second.accepts(user, password),
  ]
  return { secrets, username, accepted }
}

test('what the superuser sets is set on every node that its secret names, for both forms', { skip }, async () => {
  const one = await setUp()
  await run(redisSingleUser, one.secrets, event('v2'))
  assert.deepEqual(await one.accepted(one.username, one.secrets.json(ARN, 'AWSCURRENT').password), [true, true])
  assert.deepEqual(await one.accepted(one.username, 'first'), [true, true])
  const two = await setUp()
  await run(redisMultiUser, two.secrets, event('v2'))
  const { username, password } = two.secrets.json(ARN, 'AWSCURRENT')
  assert.equal(username, `${two.username}_clone`)
  assert.deepEqual(await two.accepted(username, password), [true, true])
})

test('a user that sets itself does so on the nodes of its own secret, and is tried on each', { skip }, async () => {
  const { secrets, username, accepted } = await setUp({ own: ` 127.0.0.1:${second.port} ,` })
  await run(redisSingleUser, secrets, event('v2'))
  const { password, nodes } = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(nodes, ` 127.0.0.1:${second.port} ,`)
  assert.deepEqual(await accepted(username, password), [true, true])
  secrets.begin(ARN, 'v3')
  await run(redisSingleUser, secrets, event('v3'), ['createSecret', 'setSecret'])
  await second.run('ACL', 'SETUSER', username, 'resetpass', '>another')
  await assert.rejects(
    run(redisSingleUser, secrets, event('v3'), ['testSecret']),
    fault(new RegExp(`other: the node 127.0.0.1:${second.port}: the server refuses this user`), 'OperationalError'),
  )
})

test('a node that is down fails the step; when it is back, the same token goes on', { skip }, async () => {
  const { secrets, username, accepted } = await setUp()
  await second.run('ACL', 'SAVE')
  await second.stop()
  await run(redisSingleUser, secrets, event('v2'), ['createSecret'])
  await assert.rejects(
    run(redisSingleUser, secrets, event('v2'), ['setSecret']),
    fault(new RegExp(`network: the node 127.0.0.1:${second.port}: the server cannot be reached`), 'OperationalError'),
  )
  assert.equal(await first.accepts(username, 'first'), true)
  await second.start()
  await run(redisSingleUser, secrets, event('v2'))
  assert.deepEqual(await accepted(username, secrets.json(ARN, 'AWSCURRENT').password), [true, true])
})

test("nobody has the superuser's password shown to nodes of his own", { skip }, async () => {
  const { secrets } = await setUp()
  const current = secrets.json(ARN, 'AWSCURRENT')
  secrets.put(ARN, 'v1', JSON.stringify({ ...current, nodes: '127.0.0.1:1' }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  // port 1 is asked by nobody but the test of the user's own login
  await run(redisSingleUser, secrets, event('v2'), ['createSecret', 'setSecret'])
})

test('what nodes may be like', { skip }, async () => {
  for (const nodes of ['redis-2:0', 'redis-2:65536', 'a b', 'http://x', 'x:y', '[::1', 'x/y', '::1'])
    await assert.rejects(
      run(redisSingleUser, (await setUp({ nodes })).secrets, event('v2'), ['createSecret', 'setSecret']),
      fault(/^nodes of the secret JSON must be like/),
      nodes,
    )
  const many = Array.from({ length: 51 }, (_, n) => `redis-${n}`).join()
  await assert.rejects(
    run(redisSingleUser, (await setUp({ nodes: many })).secrets, event('v2'), ['createSecret', 'setSecret']),
    fault(/names more than 50$/),
  )
})
