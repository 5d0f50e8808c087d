import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createClient } from '@redis/client'
import { type Redis, redisMissing, startRedis } from '../test/redis.ts'
import { redisMultiUser, redisSingleUser } from './redis-users.ts'
import { FakeSecrets, run, STEPS } from './test/fake-secrets.ts'
import type { RotationFunction } from './function.ts'
import { fault } from './test/fault.ts'

/** The two forms of rotation on a real Redis. Source: rotation.md 8.4 to 8.6; redis.io, ACL. */

const skip = redisMissing() ?? false
const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/cache-AbCdEf'
const MASTER = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:master-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })
const RULES = ['~app:*', '%R~other:*', '&news:*', '+@read', '+set', '-keys', '(~x:* +get)'] as const

let server: Redis
before(async () => {
  if (!skip) server = await startRedis({ userFile: true })
})
after(async () => {
  if (!skip) await server[Symbol.asyncDispose]()
})

let users = 0
async function setUp(more: { master?: boolean; rules?: readonly string[]; on?: Redis } = {}) {
  const { master = true, rules = RULES, on = server } = more
  const user = `app${++users}`
  await on.run('ACL', 'SETUSER', user, 'on', '>first', ...rules)
  const place = { engine: 'redis', host: on.host, port: String(on.port) }
  const secrets = new FakeSecrets()
  secrets.put(
    ARN,
    'v1',
    JSON.stringify({
      ...place,
      username: user,
      password: 'first',
      ...(master ? { masterarn: MASTER } : {}),
      note: 'stays',
    }),
    'AWSCURRENT',
  )
  secrets.put(MASTER, 'm1', JSON.stringify({ ...place, ...on.root }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return { secrets, user, clone: `${user}_clone`, place }
}

const rulesOf = async (user: string) => {
  const [, flags, , , ...rest] = (await server.run('ACL', 'GETUSER', user)) as [string, string[], ...unknown[]]
  // what is so by default is said once somebody was reset
  return JSON.stringify([flags.filter((flag) => flag !== 'sanitize-payload'), ...rest])
}

test('single user: both passwords work until the next rotation, then the first one is refused; rules stay', {
  skip,
}, async () => {
  const { secrets, user } = await setUp()
  const before = await rulesOf(user)
  const lines = await run(redisSingleUser, secrets, event('v2'))
  const second = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(second.note, 'stays')
  assert.deepEqual([await server.accepts(user, 'first'), await server.accepts(user, second.password)], [true, true])
  secrets.begin(ARN, 'v3')
  lines.push(...(await run(redisSingleUser, secrets, event('v3'))))
  const third = secrets.json(ARN, 'AWSCURRENT')
  assert.deepEqual(
    [
      await server.accepts(user, 'first'),
      await server.accepts(user, second.password),
      await server.accepts(user, third.password),
    ],
    [false, true, true],
  )
  assert.equal(await rulesOf(user), before)
  for (const { password } of [second, third]) assert.ok(!lines.join().includes(password))
})

test('single user: what an abandoned rotation left behind, and any other password, is gone after the next', {
  skip,
}, async () => {
  const { secrets, user } = await setUp()
  await server.run('ACL', 'SETUSER', user, '>of nobody')
  await run(redisSingleUser, secrets, event('v2'), ['createSecret', 'setSecret'])
  const abandoned = secrets.json(ARN, 'AWSPENDING').password
  assert.equal(await server.accepts(user, abandoned), true)
  assert.equal(await server.accepts(user, 'of nobody'), false)
  secrets.begin(ARN, 'v3')
  await run(redisSingleUser, secrets, event('v3'))
  assert.equal(await server.accepts(user, abandoned), false)
  assert.equal(await server.accepts(user, 'first'), true)
  assert.equal(await server.accepts(user, secrets.json(ARN, 'AWSCURRENT').password), true)
})

test('single user: after a crash behind any step, all four again with the same token end well', { skip }, async () => {
  for (let done = 1; done <= STEPS.length; done++) {
    const { secrets, user } = await setUp()
    await run(redisSingleUser, secrets, event('v2'), STEPS.slice(0, done))
    await run(redisSingleUser, secrets, event('v2'))
    assert.equal(await server.accepts(user, secrets.json(ARN, 'AWSCURRENT').password), true)
    assert.equal(await server.accepts(user, 'first'), true)
  }
})

test('single user: without a superuser it needs the right to; with it the user sets itself', { skip }, async () => {
  const poor = await setUp({ master: false })
  await assert.rejects(
    run(redisSingleUser, poor.secrets, event('v2')),
    fault(/^The server refuses ACL GETUSER \(NOPERM\): .* masterarn/, 'DatabaseError'),
  )
  assert.equal(await server.accepts(poor.user, 'first'), true)
  const own = await setUp({ master: false, rules: ['-@all', '+acl|setuser', '+acl|getuser'] })
  await run(redisSingleUser, own.secrets, event('v2'))
  assert.equal(await server.accepts(own.user, own.secrets.json(ARN, 'AWSCURRENT').password), true)
})

test('single user: the previous password leads in when the current one is wrong, and nobody is locked out', {
  skip,
}, async () => {
  const { secrets, user, place } = await setUp()
  secrets.put(ARN, 'v0', JSON.stringify({ ...place, username: user, password: 'first' }), 'AWSPREVIOUS')
  const wrong = { ...place, username: user, password: 'never set', masterarn: MASTER }
  secrets.put(ARN, 'v1', JSON.stringify(wrong), 'AWSCURRENT')
  secrets.put(ARN, 'v0', JSON.stringify({ ...place, username: user, password: 'first' }), 'AWSPREVIOUS')
  secrets.begin(ARN, 'v2')
  await run(redisSingleUser, secrets, event('v2'))
  assert.equal(await server.accepts(user, secrets.json(ARN, 'AWSCURRENT').password), true)
  assert.equal(await server.accepts(user, 'first'), true)
  assert.equal(await server.accepts(user, 'never set'), false)
})

test('nobody has a superuser change a login that he does not hold', { skip }, async () => {
  const refusal = fault(/^Unable to log into database with previous, current, or pending secret/)
  const { secrets, user, place } = await setUp()
  const login = (change: object) =>
    secrets.put(
      ARN,
      'v1',
      JSON.stringify({ ...place, username: user, password: 'first', masterarn: MASTER, ...change }),
      'AWSCURRENT',
    )
  login({ password: 'guessed' })
  secrets.begin(ARN, 'v2')
  await assert.rejects(run(redisSingleUser, secrets, event('v2')), refusal)

  // a server of the attacker's own on another port of the same host, where he knows the password
  await using own = await startRedis()
  await own.run('ACL', 'SETUSER', user, 'on', '>his own', '+@all')
  for (const rotate of [redisSingleUser, redisMultiUser]) {
    const other = await setUp()
    other.secrets.put(
      ARN,
      'v1',
      JSON.stringify({ ...place, port: own.port, username: user, password: 'his own', masterarn: MASTER }),
      'AWSCURRENT',
    )
    other.secrets.begin(ARN, 'v2')
    await assert.rejects(run(rotate, other.secrets, event('v2')), fault(/is not the same port as that of master/))
  }
  assert.equal(await server.accepts(user, 'first'), true)
  login({ host: '127.0.0.2' })
  secrets.begin(ARN, 'v3')
  await assert.rejects(run(redisSingleUser, secrets, event('v3')), fault(/is not the same host as master 127\.0\.0\.1/))
})

test('a pending version for another user, host or port is refused', { skip }, async () => {
  const { secrets, user, place } = await setUp()
  for (const [change, words] of [
    [{ username: 'root' }, `Attempting to modify user root other than current user ${user}`],
    [{ host: '127.0.0.2' }, 'Attempting to modify user for host 127.0.0.2 other than current host 127.0.0.1'],
    [{ port: 1 }, `Attempting to modify user for port 1 other than current port ${place.port}`],
  ] as const) {
    secrets.begin(ARN, `v-${words}`)
    const value = { ...place, username: user, password: 'next', masterarn: MASTER, ...change }
    secrets.put(ARN, `v-${words}`, JSON.stringify(value), 'AWSPENDING')
    await assert.rejects(run(redisSingleUser, secrets, event(`v-${words}`), ['setSecret']), fault(words))
  }
})

test('alternating users: user and clone take turns with the same rules; both logins are valid for a period', {
  skip,
}, async () => {
  const { secrets, user, clone } = await setUp()
  await run(redisMultiUser, secrets, event('v2'))
  const second = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(second.username, clone)
  assert.equal(await server.accepts(user, 'first'), true)
  assert.equal(await server.accepts(clone, second.password), true)
  assert.equal(await rulesOf(clone), await rulesOf(user))

  secrets.begin(ARN, 'v3')
  await run(redisMultiUser, secrets, event('v3'))
  const third = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(third.username, user)
  assert.deepEqual(
    [
      await server.accepts(user, 'first'),
      await server.accepts(user, third.password),
      await server.accepts(clone, second.password),
    ],
    [false, true, true],
  )
})

test('alternating users: a namesake with more rights is not touched; one with fewer gets what the user has', {
  skip,
}, async () => {
  const { secrets, clone } = await setUp()
  const refusal = new RegExp(`^Attempting to modify user ${clone}, which has rights that app\\d+ lacks$`)
  for (const more of [['~*'], ['&*'], ['+@all'], ['-@all', '+config'], ['(~y +set)'], ['skip-sanitize-payload']]) {
    await server.run('ACL', 'DELUSER', clone)
    await server.run('ACL', 'SETUSER', clone, 'on', '>theirs', ...RULES, ...more)
    await assert.rejects(run(redisMultiUser, secrets, event('v2')), fault(refusal), more.join())
    assert.equal(await server.accepts(clone, 'theirs'), true)
  }
  await server.run('ACL', 'DELUSER', clone)
  await server.run('ACL', 'SETUSER', clone, 'on', '>theirs', '~app:*', '+@read', '-keys')
  await run(redisMultiUser, secrets, event('v2'))
  assert.equal(await rulesOf(clone), await rulesOf(clone.replace('_clone', '')))
  assert.equal(await server.accepts(clone, 'theirs'), false)
})

test('all kinds of rules are cloned as they are', { skip }, async () => {
  for (const rules of [
    ['+@all', '~*', '&*'],
    ['+@all', '-@dangerous', '+config|get', '-flushall', '~a', '~b:?[x-z]', '%W~w', '%RW~rw'],
    ['-@all'],
    ['+get', 'resetchannels', '(+@all ~s:* &c)', '(-@all +set %W~w)'],
    ['+get', 'skip-sanitize-payload', 'allkeys', 'allchannels'],
    ['+@all', '-config', '+config|get', '-acl', '~"quoted"\\\'', '&{curly}', `~${'long'.repeat(500)}`],
  ]) {
    const { secrets, user, clone } = await setUp({ rules })
    await run(redisMultiUser, secrets, event('v2'))
    assert.equal(await rulesOf(clone), await rulesOf(user), rules.join(' '))
  }
  const bytes = await setUp({ rules: [] })
  await server.run('ACL', 'SETUSER', bytes.user, Buffer.from('~\xff\x01\xfe', 'latin1'), '+get')
  await run(redisMultiUser, bytes.secrets, event('v2'))
  const client = createClient({ RESP: 2, ...bytes.place, ...server.root, socket: { port: server.port } })
  await client.connect()
  try {
    const [rules, same] = await Promise.all(
      [bytes.user, bytes.clone].map((name) =>
        client.withTypeMapping({ 36: Buffer }).sendCommand<unknown[]>(['ACL', 'GETUSER', name]),
      ),
    )
    assert.deepEqual(rules?.[7], Buffer.from('~\xff\x01\xfe', 'latin1'))
    assert.deepEqual(same?.[7], rules?.[7])
  } finally {
    client.destroy()
  }
})

test('rules that the server could not read back from its file are not cloned', { skip }, async () => {
  const { secrets } = await setUp({ rules: ['+get', '(~x)y +get)'] })
  await assert.rejects(run(redisMultiUser, secrets, event('v2')), fault(/a parenthesis in a pattern/))
})

test('a user whom the server lets in without a password is left alone: a login proves nothing', { skip }, async () => {
  for (const rotate of [redisSingleUser, redisMultiUser]) {
    const { secrets, user } = await setUp({ rules: ['nopass', '+@all'] })
    const words = `The server lets the user ${user} in without a password: a login proves nothing`
    await assert.rejects(run(rotate, secrets, event('v2')), fault(words))
    assert.equal(await server.accepts(user, 'any'), true)
  }
})

test('what was set survives a restart of a server with a file of users', { skip }, async () => {
  const { secrets, user } = await setUp()
  await run(redisSingleUser, secrets, event('v2'))
  const { password } = secrets.json(ARN, 'AWSCURRENT')
  await server.stop()
  await server.start()
  assert.equal(await server.accepts(user, password), true)
  const file = await server.users()
  assert.match(file, new RegExp(`user ${user} on #`))
  assert.ok(!file.includes(password))
})

test('a server without a file of users is warned of; with a file that cannot be written the step fails', {
  skip,
}, async () => {
  await using memory = await startRedis()
  const { secrets, user } = await setUp({ on: memory })
  const lines = await run(redisSingleUser, secrets, event('v2'))
  assert.match(lines.join('\n'), /has no file of users \(aclfile\).*after a restart it knows its old passwords again/)
  assert.equal(await memory.accepts(user, secrets.json(ARN, 'AWSCURRENT').password), true)
})

test('a server without users has one password: changed at once, with a warning, and safe to repeat', {
  skip,
}, async () => {
  await using old = await startRedis({ onePassword: true, settings: { 'rename-command': 'ACL ""' } })
  const place = { engine: 'valkey', host: old.host, port: old.port }
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', JSON.stringify({ ...place, password: old.root.password }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  const lines = await run(redisSingleUser, secrets, event('v2'), ['createSecret', 'setSecret', 'setSecret'])
  lines.push(...(await run(redisSingleUser, secrets, event('v2'))))
  const { password, username } = secrets.json(ARN, 'AWSCURRENT')
  assert.equal(username, undefined)
  assert.match(lines.join('\n'), /has no users \(ACL\).*the old one is refused/)
  assert.deepEqual(
    [await old.accepts('default', old.root.password), await old.accepts('default', password)],
    [false, true],
  )
})

test('an application that reads the secret for each connection never fails during rotations of both forms', {
  skip,
}, async () => {
  for (const rotate of [redisSingleUser, redisMultiUser]) {
    const { secrets } = await setUp({ rules: ['+@all'] })
    let done = false
    let logins = 0
    const application = async () => {
      while (!done) {
        const { username, password } = secrets.json(ARN, 'AWSCURRENT')
        assert.equal(await server.accepts(username, password), true)
        logins++
      }
    }
    const running = [application()]
    try {
      for (let n = 2; n < 8; n++) {
        secrets.begin(ARN, `v${n}`)
        await run(rotate, secrets, event(`v${n}`))
      }
    } finally {
      done = true
      await Promise.all(running)
    }
    assert.ok(logins > 5)
  }
})

test('with the server gone nothing changes; when it is back, the same token goes on', { skip }, async () => {
  const { secrets, user } = await setUp()
  await server.run('ACL', 'SAVE')
  await run(redisSingleUser, secrets, event('v2'), ['createSecret'])
  await server.stop()
  await assert.rejects(run(redisSingleUser, secrets, event('v2'), ['setSecret']), /cannot be reached/)
  await server.start()
  assert.equal(await server.accepts(user, 'first'), true)
  await run(redisSingleUser, secrets, event('v2'))
  assert.equal(await server.accepts(user, secrets.json(ARN, 'AWSCURRENT').password), true)
})

/** What a dry run finds, a line each. */
async function examined(rotate: RotationFunction, secrets: FakeSecrets): Promise<string[]> {
  const found: string[] = []
  await rotate(
    { ...event('dry'), Step: 'dryRun' },
    {
      secrets,
      environment: new Map(),
      found: ({ state, what }) => void found.push(`${state} ${what}`),
      log: () => undefined,
      signal: new AbortController().signal,
    },
  )
  return found
}

test('a dry run says what a rotation would do, and changes nothing', { skip }, async () => {
  const { secrets, user, clone } = await setUp()
  const list = await server.run('ACL', 'LIST')
  const one = (await examined(redisSingleUser, secrets)).join('\n')
  assert.match(one, new RegExp(`ok the user ${user} would have its new password besides the current one`))
  assert.match(one, /ok the server keeps users in a file/)
  const other = (await examined(redisMultiUser, secrets)).join('\n')
  assert.match(other, new RegExp(`ok the user ${clone} would be made with the rules of ${user}`))
  assert.deepEqual(await server.run('ACL', 'LIST'), list)
  await server.run('ACL', 'SETUSER', clone, 'on', '+@all')
  assert.match((await examined(redisMultiUser, secrets)).join('\n'), /wrong .*has rights that app\d+ lacks/)
  const poor = await setUp({ master: false })
  assert.match((await examined(redisSingleUser, poor.secrets)).join('\n'), /wrong .*NOPERM.*masterarn/)
})

test('the step returnSecret sets the current password again where there is one password only', { skip }, async () => {
  await using old = await startRedis({ onePassword: true, settings: { 'rename-command': 'ACL ""' } })
  const secrets = new FakeSecrets()
  const { password } = old.root
  secrets.put(ARN, 'v1', JSON.stringify({ engine: 'redis', host: old.host, port: old.port, password }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  await run(redisSingleUser, secrets, event('v2'), ['createSecret', 'setSecret'])
  assert.equal(await old.accepts('default', password), false)
  const lines = await run(redisSingleUser, secrets, event('v2'), ['returnSecret', 'returnSecret'])
  assert.equal(await old.accepts('default', password), true)
  assert.match(lines.join('\n'), /set the current password again[\s\S]*nothing is set/)

  // of a user that somebody else has set: the pending password leads in, the superuser sets
  const two = await setUp()
  await run(redisSingleUser, two.secrets, event('v2'), ['createSecret', 'setSecret'])
  const pending = two.secrets.json(ARN, 'AWSPENDING').password
  await server.run('ACL', 'SETUSER', two.user, '<first')
  await run(redisSingleUser, two.secrets, event('v2'), ['returnSecret'])
  assert.deepEqual([await server.accepts(two.user, 'first'), await server.accepts(two.user, pending)], [true, true])
})
