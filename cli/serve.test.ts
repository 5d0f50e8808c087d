import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { once } from 'node:events'
import { selfSigned } from '../server/test/certificate.ts'
import { parse, Wire } from '../server/test/http-rig.ts'
import { Program } from '../server/test/program.ts'

/* `strongroom serve` and `strongroom dev` as the processes that people and init systems run. */

const main = path.join(import.meta.dirname, 'main.ts')
const ready = /^strongroom: ready on (\S+)$/m

function temporary() {
  const directory = mkdtempSync(path.join(tmpdir(), 'strongroom-serve-'))
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) }
}

/** `strongroom …` on a free port. */
function strongroom(command: string, args: readonly string[] = [], env: Record<string, string> = {}): Program {
  return new Program(main, [command, '--listen', '127.0.0.1:0', ...args], env)
}

test('the first start of serve makes root credentials and shows them; the next one shows where they are', async () => {
  using place = temporary()
  const data = path.join(place.directory, 'data')
  const file = path.join(data, 'root-credentials')
  let secret: string
  {
    await using first = strongroom('serve', ['--data', data, '--region', 'eu-west-1'])
    const url = await first.says(ready)
    secret = await first.says(/export AWS_SECRET_ACCESS_KEY=(\S{40})$/m)
    assert.match(first.output, /^ {2}export AWS_ACCESS_KEY_ID=AKIA[A-Z0-9]{16}$/m)
    assert.match(
      first.output,
      new RegExp(
        `^  export AWS_ENDPOINT_URL=${url}\n  export AWS_DEFAULT_REGION=eu-west-1\n  export AWS_REGION=eu-west-1$`,
        'm',
      ),
    )
    assert.match(first.output, /^ {2}aws secretsmanager create-secret /m)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.equal(statSync(data).mode & 0o077, 0)
    assert.ok(readFileSync(file, 'utf8').includes(secret))
    assert.deepEqual(await (await fetch(`${url}/_strongroom/health`)).json(), { status: 'ready' })
    assert.equal((await fetch(`${url}/_strongroom/dev/reset`, { method: 'POST' })).status, 404)
    first.child.kill('SIGTERM')
    assert.deepEqual(await first.exited, [0, null])
  }
  await using second = strongroom('serve', ['--data', data])
  await second.says(ready)
  assert.ok(second.output.includes(file))
  assert.ok(!(second.output + second.errors).includes(secret))
})

test('a server that is not root says at its start that it runs no functions, and what those can do that it is told to run', async () => {
  const told = /"level":"warn".*"text":"(This server runs no functions|functions run as the user of this server)/
  const errors = async (...flags: string[]) => {
    using place = temporary()
    // The tests may be run by root: then this process takes itself for somebody else.
    const args = ['data:text/javascript,process.geteuid=()=>60577', main, 'serve', '--listen', '127.0.0.1:0']
    await using server = new Program('--import', [...args, '--data', path.join(place.directory, 'data'), ...flags])
    await server.says(ready)
    server.child.kill('SIGTERM')
    await server.exited
    return told.exec(server.errors)?.[1]
  }
  assert.equal(await errors(), 'This server runs no functions')
  assert.equal(await errors('--functions', 'off'), undefined)
  assert.equal(await errors('--functions', 'on'), 'functions run as the user of this server')
})

test('root credentials of the environment are taken and not shown', async () => {
  using place = temporary()
  const secret = 'canary/'.repeat(6)
  const env = { STRONGROOM_ROOT_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', STRONGROOM_ROOT_SECRET_ACCESS_KEY: secret }
  await using server = strongroom('serve', ['--data', place.directory], env)
  await server.says(ready)
  assert.ok(!(server.output + server.errors).includes('canary'))
})

test('a request in flight finishes after SIGTERM, and the exit code is 0', async () => {
  using place = temporary()
  await using server = strongroom('serve', ['--data', place.directory])
  const url = new URL(await server.says(ready))
  const wire = await Wire.open(Number(url.port))
  wire.send('POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
  await wire.until(/100 Continue\r\n\r\n/)
  server.child.kill('SIGTERM')
  await server.says(/(stopping: requests in flight may finish)/)
  wire.send('{}')
  const { status, headers } = parse((await wire.end()).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''))
  assert.deepEqual([status, headers.get('connection')], [400, 'close'])
  assert.deepEqual(await server.exited, [0, null])
})

test('a second signal does not wait for requests', async () => {
  using place = temporary()
  await using server = strongroom('serve', ['--data', place.directory])
  const wire = await Wire.open(Number(new URL(await server.says(ready)).port))
  wire.send('POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
  await wire.until(/100 Continue/)
  server.child.kill('SIGTERM')
  await server.says(/(stopping: requests in flight may finish)/)
  server.child.kill('SIGTERM')
  assert.deepEqual(await server.exited, [1, null])
})

test('SIGHUP takes a new certificate, and keeps the old one when the new one is bad', async () => {
  using place = temporary()
  const files = { cert: path.join(place.directory, 'cert.pem'), key: path.join(place.directory, 'key.pem') }
  const [old, next] = [selfSigned(), selfSigned()]
  const write = (pair: { certificate: string; key: string }): void => {
    writeFileSync(files.cert, pair.certificate)
    writeFileSync(files.key, pair.key)
  }
  write(old)
  const args = ['--data', path.join(place.directory, 'data'), '--tls-cert', files.cert, '--tls-key', files.key]
  await using server = strongroom('serve', args)
  const url = new URL(await server.says(ready))
  assert.equal(url.protocol, 'https:')
  const trusts = async (ca: string): Promise<boolean> => {
    const socket = connect({ host: '127.0.0.1', port: Number(url.port), ca, servername: 'localhost' })
    try {
      await once(socket, 'secureConnect')
      return true
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }
  assert.deepEqual([await trusts(old.certificate), await trusts(next.certificate)], [true, false])
  write({ ...next, key: old.key })
  server.child.kill('SIGHUP')
  await server.says(/(the new certificate can not be used, the old one stays)/)
  assert.equal(await trusts(old.certificate), true)
  write(next)
  server.child.kill('SIGHUP')
  await server.says(/(new certificate in use)/)
  assert.deepEqual([await trusts(old.certificate), await trusts(next.certificate)], [false, true])
})

test('a second server on the same directory is refused with a hint', async () => {
  using place = temporary()
  await using first = strongroom('serve', ['--data', place.directory])
  await first.says(ready)
  await using second = strongroom('serve', ['--data', place.directory])
  assert.deepEqual(await second.exited, [1, null])
  assert.match(
    second.errors,
    /^error: strongroom serve: the data directory \S+ is in use by another strongroom.*\nhint: /,
  )
})

test('a port that is taken is told with a hint', async () => {
  await using first = strongroom('dev')
  const { host } = new URL(await first.says(ready))
  await using second = new Program(main, ['dev', '--listen', host])
  assert.deepEqual(await second.exited, [1, null])
  assert.equal(
    second.errors,
    `error: strongroom dev: ${host} is in use by another program\nhint: choose another port with --listen\n`,
  )
})

test('dev prints what to paste, travels in time, forgets on reset, and stops on SIGINT', async () => {
  await using dev = strongroom('dev', ['--account', '123456789012'])
  const url = await dev.says(ready)
  assert.match(dev.output, /^ {2}export AWS_ACCESS_KEY_ID=123456789012$/m)
  const post = (what: string, body?: object): Promise<Response> =>
    fetch(`${url}/_strongroom/dev/${what}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const moved = await post('clock', { set: '2077-01-01T00:00:00Z' })
  assert.match(((await moved.json()) as { now: string }).now, /^2077-01-01T00:00:0/)
  assert.match(moved.headers.get('date') ?? '', /01 Jan 2077 00:00:0/)
  assert.equal((await post('reset')).status, 200)
  dev.child.kill('SIGINT')
  assert.deepEqual(await dev.exited, [0, null])
})

test('workers answer on one port and all stop with their primary', async () => {
  using place = temporary()
  await using server = strongroom('serve', ['--data', place.directory, '--workers', '2'])
  const url = await server.says(ready)
  assert.equal((await fetch(`${url}/_strongroom/health`)).status, 200)
  server.child.kill('SIGTERM')
  assert.deepEqual(await server.exited, [0, null])
})
