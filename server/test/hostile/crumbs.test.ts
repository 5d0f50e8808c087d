import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { Wire } from '../http-rig.ts'

/**
 * A body in chunks of one byte must cost about what it holds, not an object of some 235 bytes for each chunk: the heap of
 * 64 MB would not hold the objects of one of them.
 */
const HEAP_MB = 64
const CONNECTIONS = 4
const BODY_BYTES = 1024 * 1024
/** Buffers (1 MiB each, with what they grew out of) and the garbage between two collections. Measured: 23 MB for eight. */
const GROWTH_BYTES = 64 * 1024 * 1024

interface Told {
  readonly port: number
  readonly peakBytes: number
}

test('a body of a megabyte in chunks of one byte, on four connections, fits in a small heap and is answered', async (t) => {
  const server = fork(join(import.meta.dirname, 'crumbs-program.ts'), { execArgv: [`--max-old-space-size=${HEAP_MB}`] })
  t.after(() => server.kill('SIGKILL'))
  const ended = once(server, 'exit').then(([code, signal]) => {
    throw new Error(`the server ended: ${code ?? signal}`)
  })
  const told = async () => (await Promise.race([once(server, 'message'), ended]))[0] as Told
  const before = await told()
  const crumbs = Buffer.from('1\r\nx\r\n'.repeat(BODY_BYTES / 64))
  const answers = Array.from({ length: CONNECTIONS }, async () => {
    const wire = await Wire.open(before.port)
    wire.send('POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n')
    for (let sent = 0; sent < 64; sent++) wire.send(crumbs)
    wire.send('0\r\n\r\n')
    return await wire.end()
  })
  for (const text of await Promise.race([Promise.all(answers), ended]))
    assert.match(text, new RegExp(`^HTTP/1\\.1 200 [\\s\\S]*"body":"${BODY_BYTES}"`))
  server.send('peak')
  const { peakBytes } = await told()
  const growth = peakBytes - before.peakBytes
  t.diagnostic(`memory grew by ${Math.round(growth / 1e6)} MB at most`)
  assert.ok(growth < GROWTH_BYTES, `memory grew by ${growth} bytes`)
})
