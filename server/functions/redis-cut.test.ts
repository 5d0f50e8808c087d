import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { registerHooks } from 'node:module'
import { test } from 'node:test'
import { type Redis, redisMissing, startRedis } from '../test/redis.ts'
import type { RotationFunction } from './function.ts'
import { redisMultiUser, redisSingleUser } from './redis-users.ts'
import { FakeSecrets, run } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'

/** Rotation on a real Redis whose connections break off, and without the driver. */

const skip = redisMissing() ?? false
const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/cache-AbCdEf'
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:master-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })

/** A way to the server that breaks off, for good or once, when something has been said `after` times in one direction. */
async function wayTo(server: Redis) {
  const sockets = new Set<Socket>()
  const state = { left: Number.POSITIVE_INFINITY, direction: 'there' as 'there' | 'back', said: 0 }
  const proxy = createServer((client) => {
    const upstream = connect(server.port, server.host)
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    const said = (direction: 'there' | 'back', to: Socket) => (chunk: Buffer) => {
      state.said++
      if (state.direction === direction && state.left-- <= 0) end()
      else to.write(chunk)
    }
    for (const socket of [client, upstream]) sockets.add(socket.on('error', end).on('close', end))
    client.on('data', said('there', upstream))
    upstream.on('data', said('back', client))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    port: (proxy.address() as { port: number }).port,
    state,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}

for (const [form, rotate] of Object.entries({ redisSingleUser, redisMultiUser }) as [string, RotationFunction][])
  test(`${form}: wherever the connection breaks off, the current login works, and the same token goes on`, {
    skip,
  }, async () => {
    await using server = await startRedis({ userFile: true })
    await using way = await wayTo(server)
    let broken = 0
    // one of the forms in one direction: enough of the other one, at half the time
    for (const direction of form === 'redisSingleUser' ? (['there', 'back'] as const) : (['there'] as const))
      for (let after = 0, isThrough = false; !isThrough; after++) {
        const user = `${direction}${after}`
        await server.run('ACL', 'SETUSER', user, 'on', '>first', '~*', '+@all')
        const place = { engine: 'redis', host: '127.0.0.1', port: way.port, ssl: false }
        const secrets = new FakeSecrets()
        const login = { ...place, username: user, password: 'first', masterarn: MASTER }
        secrets.put(ARN, 'v1', JSON.stringify(login), 'AWSCURRENT')
        secrets.put(MASTER, 'm1', JSON.stringify({ ...place, ...server.root }), 'AWSCURRENT')
        secrets.begin(ARN, 'v2')
        const currentWorks = async () => {
          const { username, password } = secrets.json(ARN, 'AWSCURRENT')
          assert.equal(await server.accepts(username, password), true, `${direction} ${after}`)
        }
        Object.assign(way.state, { left: after, direction })
        try {
          await run(rotate, secrets, event('v2'))
          isThrough = true
        } catch (error) {
          broken++
          assert.match((error as Error).message, /cannot be reached|breaks off|broke off/)
        }
        await currentWorks()
        way.state.left = Number.POSITIVE_INFINITY
        await run(rotate, secrets, event('v2'))
        await currentWorks()
        assert.deepEqual(secrets.stages(ARN), { v1: ['AWSPREVIOUS'], v2: ['AWSCURRENT', 'AWSPENDING'] })
        // what was set is in the file, wherever it broke off
        const { username } = secrets.json(ARN, 'AWSCURRENT')
        const [, , , hashes] = (await server.run('ACL', 'GETUSER', username)) as [string, unknown, string, string[]]
        const line = (await server.users()).split('\n').find((one) => one.startsWith(`user ${username} `)) ?? ''
        for (const hash of hashes) assert.ok(line.includes(hash))
        await server.run('ACL', 'DELUSER', user, `${user}_clone`)
      }
    assert.ok(broken >= 5, `it broke off ${broken} times only`)
  })

test('without the driver a rotation ends with a word about it', async () => {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== '@redis/client' || context.parentURL?.endsWith('redis-login.ts') !== true)
        return next(specifier, context)
      throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: 'ERR_MODULE_NOT_FOUND' })
    },
  })
  try {
    const secrets = new FakeSecrets()
    const login = { engine: 'redis', host: '127.0.0.1', password: 'first', ssl: false }
    secrets.put(ARN, 'v1', JSON.stringify(login), 'AWSCURRENT')
    secrets.begin(ARN, 'v2')
    await run(redisSingleUser, secrets, event('v2'), ['createSecret'])
    await assert.rejects(
      run(redisSingleUser, secrets, event('v2'), ['setSecret']),
      fault(
        'The package @redis/client, which rotation on Redis and Valkey needs, is not installed beside the server',
        'Runtime.ImportModuleError',
      ),
    )
  } finally {
    hooks.deregister()
  }
})
