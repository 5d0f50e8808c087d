import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { type ApiEvents, RuntimeApi, type Said } from './api.ts'
import { asRoot, pythons, rig, runnable, shell } from './test/rig.ts'

const TOKEN = 'token-of-this-sandbox'

async function open(options: { token?: string | undefined; uid?: number | undefined } = {}) {
  const said: Said[] = []
  const inits: string[] = []
  const waiting = Promise.withResolvers<void>()
  const events: ApiEvents = {
    waits: () => waiting.resolve(),
    said: (one) => void said.push(one),
    initFailed: (body, type) => void inits.push(`${type} ${body}`),
  }
  const api = await RuntimeApi.open({ token: TOKEN, uid: process.geteuid?.(), events, ...options })
  const ask = (method: string, path: string, body = '', prefix = `/${TOKEN}`) =>
    new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
      const [host, port] = api.address.split(':')
      const sent = request(
        { host, port, method, path: `${prefix}/2018-06-01/runtime${path}`, agent: false },
        (answer) => {
          let text = ''
          answer.on('data', (chunk) => {
            text += chunk
          })
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  const deliver = (requestId: string) =>
    api.deliver({
      requestId,
      payload: Buffer.from('{}'),
      deadlineMs: 5,
      invokedArn: 'arn:x',
      traceId: 't',
      clientContext: '{"a":"ü"}',
    })
  return { api, said, inits, waiting: waiting.promise, ask, deliver, [Symbol.dispose]: () => api.close() }
}

test('an event is handed out once, with the headers of the Runtime API (rotation.md 15.1), and answered once', async () => {
  using one = await open()
  const next = one.ask('GET', '/invocation/next')
  await one.waiting
  one.deliver('r1')
  const { status, headers, text } = await next
  assert.deepEqual([status, text], [200, '{}'])
  assert.equal(headers['lambda-runtime-aws-request-id'], 'r1')
  assert.equal(headers['lambda-runtime-deadline-ms'], '5')
  assert.equal(headers['lambda-runtime-invoked-function-arn'], 'arn:x')
  assert.equal(headers['lambda-runtime-client-context'], '{"a":"\\u00fc"}')
  assert.deepEqual(await one.ask('POST', '/invocation/r1/response', '1').then(({ status, text }) => [status, text]), [
    202,
    '{"status":"OK"}\n',
  ])
  assert.equal((await one.ask('POST', '/invocation/r1/response', '2')).status, 400)
  assert.equal((await one.ask('POST', '/invocation/other/error', '2')).status, 400)
  assert.deepEqual(
    one.said.map((said) => said.kind === 'response' && String(said.body)),
    ['1'],
  )
})

test('who does not know the token of a sandbox gets nothing of it', async () => {
  using one = await open()
  one.deliver('r1')
  for (const prefix of ['', '/wrong', `/${TOKEN}x`, `/x/${TOKEN}`]) {
    assert.equal((await one.ask('GET', '/invocation/next', '', prefix)).status, 403)
  }
  assert.equal((await one.ask('GET', '/invocation/next')).status, 200)
})

test('who connects as another user than that of the sandbox gets nothing of it', {
  skip: process.platform !== 'linux' && 'no /proc',
}, async () => {
  using one = await open({ uid: 60_577, token: undefined })
  one.deliver('r1')
  await assert.rejects(one.ask('GET', '/invocation/next', '', ''), { code: 'ECONNRESET' })
})

test('another user that comes from the same port of another address of loopback gets nothing either', {
  skip: asRoot ? false : 'the tests do not run as root: there is no other user',
}, async () => {
  using one = await open({ token: undefined })
  const port = Number(one.api.address.split(':')[1])
  const own = connect(port, '127.0.0.1')
  await once(own, 'connect')
  const thief = `
import socket
for i in range(2, 30):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.%d" % i, ${own.localPort}))
    s.connect(("127.0.0.1", ${port}))
    try:
        s.sendall(b"GET /2018-06-01/runtime/x HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        print(s.recv(12).decode(), end="")
    except ConnectionError:
        pass
print("done")
`
  const child = spawn(pythons.at(-1) ?? 'python3', ['-c', thief], { uid: 60_577, gid: 60_577, cwd: '/' })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  await once(child, 'close')
  own.destroy()
  assert.equal(printed, 'done\n')
})

test('a body in many pieces costs no more memory than one in few, and there is one at a time', async () => {
  using one = await open({ token: undefined })
  const port = Number(one.api.address.split(':')[1])
  const post = async () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    // Who it is takes a moment to find out: once it was answered it is known, and what comes next is read at once.
    socket.write('GET /2018-06-01/runtime/x HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 404 /)
    socket.write('POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    return socket
  }
  const first = await post()
  const before = process.memoryUsage().rss
  for (let sent = 0; sent < 40; sent++) {
    if (!first.write('1\r\nA\r\n'.repeat(15_000))) await once(first, 'drain')
  }
  const second = await post()
  // Its end is heard by who reads.
  await once(second.resume(), 'close')
  const grown = process.memoryUsage().rss - before
  const answered = once(first, 'data')
  first.write('0\r\n\r\n')
  assert.match(String((await answered)[0]), /^HTTP\/1\.1 202 /)
  first.destroy()
  assert.equal(one.inits[0]?.length, 600_001)
  // An object for each of the pieces would be more than two hundred megabytes.
  assert.ok(grown < 160_000_000, `${grown} bytes`)
})

test('a body without end is not read without end', async () => {
  using one = await open({ token: undefined })
  one.deliver('r1')
  await one.ask('GET', '/invocation/next', '', '')
  const socket = connect(Number(one.api.address.split(':')[1]), '127.0.0.1')
  socket.on('error', () => undefined)
  let isOpen = true
  socket.once('close', () => {
    isOpen = false
  })
  socket.resume()
  socket.write(
    'POST /2018-06-01/runtime/invocation/r1/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  const piece = `100000\r\n${'x'.repeat(0x100000)}\r\n`
  while (isOpen) {
    if (socket.writableLength < 2 * piece.length) socket.write(piece)
    await new Promise(setImmediate)
  }
  assert.equal(one.said[0]?.kind, 'too large')
})

test('an answer over the limit is refused with 413 (rotation.md 15.1), unknown paths with 404', async () => {
  using one = await open()
  one.deliver('r1')
  await one.ask('GET', '/invocation/next')
  assert.equal((await one.ask('POST', '/invocation/r1/response', 'x'.repeat(6_291_557))).status, 413)
  assert.deepEqual(one.said, [{ kind: 'too large', bytes: 6_291_557 }])
  assert.equal((await one.ask('GET', '/restore/next')).status, 404)
})

test('a failed initialisation is reported once, and not after the first event was asked for', async () => {
  using one = await open()
  assert.equal((await one.ask('POST', '/init/error', '{"errorType":"E"}')).status, 202)
  assert.equal((await one.ask('POST', '/init/error', '{}')).status, 403)
  assert.deepEqual(one.inits, [' {"errorType":"E"}'])
})

const LOOP = `
while true; do
  curl -sS -D "$TMPDIR/head" -o "$TMPDIR/event" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" || exit 1
  id=$(tr -d '\\r' < "$TMPDIR/head" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  echo "working on $id" >&2
  curl -sS -o /dev/null -X POST -d "{\\"uid\\": \\"$(id -u)\\", \\"got\\": $(cat "$TMPDIR/event")}" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"
done
`

test('a custom runtime is a bootstrap in the zip that asks the Runtime API as it does in Lambda', async () => {
  await using world = rig()
  const fn = shell(LOOP)
  const { answer, tail } = await world.invoke(fn, { a: 1 })
  assert.deepEqual(answer.got, { a: 1 })
  if (asRoot) assert.notEqual(answer.uid, '0')
  assert.match(tail, /\nworking on [0-9a-f-]{36}\n/)
  assert.deepEqual((await world.invoke(fn, { a: 2 })).answer.got, { a: 2 })
  assert.equal(world.assumed, 1)
})

test("a custom runtime without a bootstrap, or with one that is not executable, fails in Lambda's words", async () => {
  await using world = rig()
  const none = await world.invoke(runnable({ 'x.txt': '' }, { runtime: 'provided.al2' }))
  assert.deepEqual([none.functionError, none.answer.errorType], ['Unhandled', 'Runtime.InvalidEntrypoint'])
  assert.match(none.answer.errorMessage, /Couldn't find valid bootstrap/)
  const plain = await world.invoke(runnable({ bootstrap: '#!/bin/sh\n' }, { runtime: 'provided.al2', revision: '2' }))
  assert.match(plain.answer.errorMessage, /bootstrap: permission denied$/)
})

test('a runtime that ends before it asks for an event is told by how it ended', async () => {
  await using world = rig()
  const { answer } = await world.invoke(shell('echo going >&2; exit 127'))
  assert.equal(answer.errorType, 'Runtime.ExitError')
  assert.match(answer.errorMessage, /Error: Runtime exited with error: exit status 127$/)
  assert.match(world.text(), /\ngoing\n/)
})
