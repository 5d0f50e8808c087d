import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { selfSigned } from '../test/certificate.ts'
import { type Redis, redisMissing, startRedis } from '../test/redis.ts'
import { type ConnectFailure, type DatabaseSecret, NotConnected } from './function.ts'
import { redis } from './redis.ts'
import { fault } from './test/fault.ts'

/** Logins on a real Redis, and on servers that are none. Source: rotation.md 8.2, 9; redis.io, ACL. */

const skip = redisMissing() ?? false
const never = new AbortController().signal

const failure = (kind: ConnectFailure, words?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof NotConnected, String(error))
  assert.equal(error.failure, kind, error.message)
  if (words !== undefined) assert.match(error.message, words)
  return true
}

let server: Redis
before(async () => {
  if (!skip) server = await startRedis()
})
after(async () => {
  if (!skip) await server[Symbol.asyncDispose]()
})

function login(username: string, password: string, change: Partial<DatabaseSecret> = {}): DatabaseSecret {
  const place = { engine: 'redis', host: '127.0.0.1', port: change.port ?? server.port, tls: 'try' } as const
  return { ...place, username, password: new Secret(password), ...change }
}

async function asRoot(act: (session: Awaited<ReturnType<typeof redis.connect>>) => Promise<void>, on = server) {
  const session = await redis.connect(login(on.root.username, on.root.password, { port: on.port }), never)
  try {
    await act(session)
  } finally {
    await session.close()
  }
}

test('why a login fails is told apart', { skip }, async () => {
  await server.run('ACL', 'SETUSER', 'app', 'on', '>own', '+get')
  await server.run('ACL', 'SETUSER', 'disabled', 'off', '>own')
  const refused = (change: Partial<DatabaseSecret>, username = 'app', password = 'own') =>
    redis.connect(login(username, password, change), never)
  await assert.rejects(refused({}, 'app', 'wrong'), failure('auth', /\(WRONGPASS\)$/))
  await assert.rejects(refused({}, 'nobody'), failure('auth'))
  await assert.rejects(refused({}, 'disabled'), failure('auth'))
  await assert.rejects(refused({ host: 'no.such.host.invalid' }), failure('network', /ENOTFOUND/))
  for (const tls of ['try', 'never', 'require'] as const)
    await assert.rejects(refused({ port: 1, tls }), failure('network', /ECONNREFUSED/))
  // the user may not PING: the login is through all the same
  const session = await refused({})
  await session.probe()
  await session.close()
  await assert.rejects(session.probe(), fault(/^The connection to the server broke off at PING$/, 'OperationalError'))
})

test('a default user that needs no password proves nothing', { skip }, async () => {
  await server.run('ACL', 'SETUSER', 'default', 'on', 'nopass', '+@all')
  await assert.rejects(redis.connect(login('default', 'any'), never), failure('other', /without a password/))
  await server.run('ACL', 'SETUSER', 'default', 'off', 'resetpass')
})

test('passwords of any characters but line ends are set and accepted', { skip }, async () => {
  await asRoot(async (session) => {
    await server.run('ACL', 'SETUSER', 'every', 'on')
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((one) => !/[\0\r\n]/.test(one))
    await fc.assert(
      fc.asyncProperty(text, async (password) => {
        await session.setPasswords('every', new Secret(password), [])
        await (await redis.connect(login('every', password), never)).close()
        await assert.rejects(redis.connect(login('every', `${password}!`), never), failure('auth'))
      }),
      {
        numRuns: 15,
        examples: [['>a'], ['#b'], ['with space\tand tab'], ['nopass'], ['~*'], ['é\u{1F511}'], ['" +@all "']],
      },
    )
  })
})

test('a host that is no Redis is sent no lines of the password: they could be commands to it', async () => {
  for (const password of ['x\r\nset a 0 0 1\r\n1\r\n', 'x\nquit', 'x\rquit', '\0', '']) {
    const secret = { engine: 'redis', host: '127.0.0.1', port: 1, username: 'app', tls: 'never' } as const
    await assert.rejects(
      redis.connect({ ...secret, password: new Secret(password) }, never),
      fault(/^the password is empty, has a NUL/),
    )
  }
})

test('names: what Redis takes is handled as one name; what it does not take is refused before anything is sent', {
  skip,
}, async () => {
  const fits = (name: string) =>
    name !== '' && name !== 'root' && !/[\p{Cc}\s\u0085\u00a0\u2028\u2029]/u.test(name) && name.isWellFormed()
  await asRoot(async (session) => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 20 }), async (name) => {
        const before = (await server.run('ACL', 'LIST')) as string[]
        if (fits(name)) {
          await server.run('ACL', 'SETUSER', name, 'on', '>first', '~a', '+get')
          await session.setPasswords(name, new Secret('second'), [])
          await session.setClone(name, `${name}_clone`, new Secret('third'))
          assert.deepEqual(
            [await server.accepts(name, 'second'), await server.accepts(`${name}_clone`, 'third')],
            [true, true],
          )
          await server.run('ACL', 'DELUSER', name, `${name}_clone`)
        } else if (name !== 'root') {
          const refusal = fault(/^(the name of the user has a blank|The server has no user)/)
          await assert.rejects(session.setPasswords(name, new Secret('x'), []), refusal)
          await assert.rejects(session.setClone('root', name, new Secret('x')), refusal)
          await assert.rejects(session.setClone(name, 'app', new Secret('x')), refusal)
        }
        assert.deepEqual(await server.run('ACL', 'LIST'), before)
      }),
      {
        numRuns: 25,
        examples: [
          [''],
          ['a b'],
          ['a\nuser evil on nopass ~* +@all'],
          ['a\0b'],
          ['\ud800'],
          ['(a'],
          ['reset'],
          ['#x'],
          ['>'],
        ],
      },
    )
  })
})

test('an empty or unsendable password, and a user that is not there', { skip }, async () => {
  await asRoot(async (session) => {
    for (const password of ['', 'a\0b', '\ud800'])
      await assert.rejects(session.setPasswords('app', new Secret(password), []), fault(/^the password is empty, has/))
    await assert.rejects(session.setPasswords('none', new Secret('x'), []), fault('The server has no user none'))
    await assert.rejects(session.setClone('none', 'none_clone', new Secret('x')), fault('The server has no user none'))
  })
})

test('a file of users that cannot be written fails the step; without one the session says so', { skip }, async () => {
  await server.run('ACL', 'SETUSER', 'kept', 'on', '>first')
  await asRoot(async (session) => {
    await session.setPasswords('kept', new Secret('second'), [new Secret('first')])
    assert.equal(session.kept, 'memory')
  })
  await using filed = await startRedis({ userFile: true })
  await filed.run('ACL', 'SETUSER', 'kept', 'on', '>first')
  await asRoot(async (session) => {
    await session.setPasswords('kept', new Secret('second'), [])
    assert.equal(session.kept, 'file')
  }, filed)
  await using stuck = await startRedis({ userFile: true, settings: { 'rename-command': 'SHUTDOWN ""' } })
  await stuck.run('ACL', 'SETUSER', 'kept', 'on', '>first')
  await stuck.loseFiles()
  await asRoot(async (session) => {
    const refusal = fault(/^The server refuses ACL SAVE \(ERR\)/, 'DatabaseError')
    await assert.rejects(session.setPasswords('kept', new Secret('second'), []), refusal)
  }, stuck)
})

test('a certificate counts with its authority only, and a refused one leads to no plain connection', {
  skip,
}, async () => {
  const tls = selfSigned()
  await using secure = await startRedis({ tls })
  const at = (change: Partial<DatabaseSecret>, password = secure.root.password) =>
    redis.connect(login('root', password, { port: secure.port, ...change }), never)
  for (const how of ['try', 'require'] as const)
    for (const host of ['127.0.0.1', 'localhost']) {
      const session = await at({ host, ca: tls.certificate, tls: how })
      await session.probe()
      await session.close()
    }
  await assert.rejects(at({}), failure('tls', /SELF_SIGNED/))
  await assert.rejects(at({ ca: selfSigned().certificate, tls: 'require' }), failure('tls'))
  await assert.rejects(at({ ca: tls.certificate, host: '127.0.0.2' }), failure('tls', /ALTNAME/))
  await assert.rejects(at({ ca: tls.certificate }, 'wrong'), failure('auth'))
  await assert.rejects(at({ tls: 'never' }), failure('network'))
  const old = selfSigned({ to: new Date('2021-01-01T00:00:00Z') })
  await using outdated = await startRedis({ tls: old })
  await assert.rejects(at({ port: outdated.port, ca: old.certificate }), failure('tls', /CERT_HAS_EXPIRED/))
})

/** Speaks for a server: answers what comes, and keeps all it gets. */
async function pretend(answer: (socket: Socket, got: string) => void) {
  const got: Buffer[] = []
  const sockets = new Set<Socket>()
  const pretender = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      got.push(chunk)
      answer(socket, chunk.toString('latin1'))
    })
  })
  await new Promise<void>((resolve) => pretender.listen(0, '127.0.0.1', resolve))
  return {
    port: (pretender.address() as { port: number }).port,
    got: () => Buffer.concat(got).toString('latin1'),
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy()
      pretender.close()
    },
  }
}

const secretAt = (port: number, tls: DatabaseSecret['tls']): DatabaseSecret => ({
  engine: 'redis',
  host: '127.0.0.1',
  port,
  username: 'app',
  password: new Secret('very secret'),
  tls,
})

test('who does not say that he speaks plainly gets a password over TLS only', async () => {
  using nonsense = await pretend((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await assert.rejects(redis.connect(secretAt(nonsense.port, 'try'), never), failure('tls'))
  assert.ok(!nonsense.got().includes('very secret'))
  using broken = await pretend((socket) => socket.destroy())
  for (const tls of ['try', 'require'] as const)
    await assert.rejects(redis.connect(secretAt(broken.port, tls), never), failure('network'))
  assert.ok(!broken.got().includes('very secret'))
})

test('a server that repeats what it was sent has nothing of it told', async () => {
  using echo = await pretend((socket, got) => socket.write(`-ERR you sent ${got.replaceAll(/\s+/g, ' ')}\r\n`))
  await assert.rejects(
    redis.connect(secretAt(echo.port, 'never'), never),
    failure('other', /^the server does not let us in \(ERR\)$/),
  )
  using odd = await pretend((socket, got) => {
    if (got.includes('AUTH')) socket.write('+OK\r\n')
    else socket.write(`-very secret ${got.replaceAll(/\s+/g, ' ')}\r\n`)
  })
  const session = await redis.connect(secretAt(odd.port, 'never'), never)
  await assert.rejects(
    session.setPasswords('app', new Secret('next'), []),
    fault('The server refuses ACL GETUSER (unknown)', 'DatabaseError'),
  )
  await session.close()
})

test('rules that make no sense, and replies that are none, end in a fault', async () => {
  for (const reply of ['$4\r\ntext\r\n', '*2\r\n:1\r\n:2\r\n', ':7\r\n', '*2\r\n$5\r\nflags\r\n$2\r\non\r\n']) {
    using odd = await pretend((socket, got) => socket.write(got.includes('AUTH') ? '+OK\r\n' : reply))
    const session = await redis.connect(secretAt(odd.port, 'never'), never)
    await assert.rejects(session.setPasswords('app', new Secret('x'), []), fault(/in a way that is not known/))
    await session.close()
  }
  using binary = await pretend((socket, got) => socket.write(got.includes('AUTH') ? '+OK\r\n' : '\x00\x16\x03\r\n'))
  const session = await redis.connect(secretAt(binary.port, 'never'), AbortSignal.timeout(300))
  await assert.rejects(session.setPasswords('app', new Secret('x'), []))
  await session.close()
})

test('a login can be read, so without TLS it needs `ssl` false, but on this machine', async () => {
  const heard: string[] = []
  using plain = await pretend((socket, got) => {
    heard.push(got)
    socket.write(got.includes('AUTH') ? '-WRONGPASS no\r\n' : '-NOAUTH who are you?\r\n')
  })
  const at = (host: string, tls: DatabaseSecret['tls']) => redis.connect({ ...secretAt(plain.port, tls), host }, never)
  await assert.rejects(at('127.1', 'try'), failure('tls', /set `ssl` to false/))
  assert.ok(!heard.join('').includes('AUTH'))
  for (const [host, tls] of [
    ['127.1', 'never'],
    ['127.0.0.1', 'try'],
    ['LocalHost', 'try'],
  ] as const)
    await assert.rejects(at(host, tls), failure('auth'))
})

test('a stop ends every wait: for the first word, for the login, for an answer', async () => {
  for (const tls of ['try', 'require', 'never'] as const) {
    const stop = new AbortController()
    using silent = await pretend(() => stop.abort())
    await assert.rejects(redis.connect(secretAt(silent.port, tls), stop.signal), failure('other', /was stopped/))
    await assert.rejects(redis.connect(secretAt(silent.port, tls), stop.signal), failure('other', /was stopped/))
  }
  const stop = new AbortController()
  using half = await pretend((socket, got) => (got.includes('AUTH') ? socket.write('+OK\r\n') : stop.abort()))
  const session = await redis.connect(secretAt(half.port, 'never'), stop.signal)
  await assert.rejects(session.probe(), fault('the function was stopped', 'Stopped'))
  await session.close()
})

test('a server behind a name is told the name', async () => {
  const { certificate, key } = selfSigned()
  const names: unknown[] = []
  const pretender = createTlsServer({ cert: certificate, key }, (socket) => {
    names.push((socket as { servername?: unknown }).servername)
    socket.on('error', () => undefined).end('-ERR not me\r\n')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => pretender.once('listening', resolve))
  const { port } = pretender.address() as { port: number }
  for (const host of ['localhost', '127.0.0.1'])
    await assert.rejects(redis.connect({ ...secretAt(port, 'require'), host, ca: certificate }, never), NotConnected)
  pretender.close()
  assert.deepEqual(names, ['localhost', false])
})
