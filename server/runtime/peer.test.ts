import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { endianness } from 'node:os'
import { test } from 'node:test'
import { peerOf } from './peer.ts'

const skip = endianness() !== 'LE' && 'the lines here are those of a little-endian machine'

const socket = {
  remoteAddress: '127.0.0.1',
  remotePort: 0x9c40,
  localAddress: '127.0.0.1',
  localPort: 0x1f90,
  destroyed: false,
}
/** A line of the kernel's table, as it stands there. Source: Linux, proc(5), /proc/net/tcp. */
const line = (uid: number, theirs = '0100007F:9C40', ours = '0100007F:1F90', state = '01') =>
  `  12: ${theirs} ${ours} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 4068880 1 000000005aac9642 20 4 30 10 -1\n`

/** Looks into one table after the other; the last one stays. */
function tables(...found: readonly string[]) {
  let looks = 0
  return Object.assign(async () => [found[Math.min(looks++, found.length - 1)] ?? ''], { looks: () => looks })
}

test('a connection whose line was lost is looked up again; it is that of its own user, whoever else is there', {
  skip,
}, async () => {
  const others = line(1, '0200007F:9C40') + line(2, '0100007F:9C41') + line(3, '0100007F:1F90', '0100007F:9C40')
  const lost = tables(others, '', others, others + line(60_600))
  assert.deepEqual(await peerOf(socket, lost), { uid: 60_600, inode: 'socket:[4068880]' })
  assert.equal(lost.looks(), 4)
  assert.deepEqual(await peerOf(socket, tables(others, line(4))), { uid: 4, inode: 'socket:[4068880]' })
})

test('who is not in the table is nobody: neither who has the port of another address nor who has gone', {
  skip,
}, async () => {
  const table = line(1, '0200007F:9C40') + line(2, '0100007F:9C40', '0200007F:1F90')
  assert.equal(await peerOf(socket, tables(table)), undefined)
  assert.equal(await peerOf(socket, tables(line(1, undefined, undefined, '06'))), undefined)
  // Its ends are those of a later connection.
  assert.equal(await peerOf({ ...socket, destroyed: true }, tables(line(60_600))), undefined)
  assert.equal(await peerOf({ ...socket, remotePort: undefined }, tables(line(60_600))), undefined)
})

test('many that are looked up at once are all found', {
  skip: process.platform !== 'linux' && 'no /proc',
}, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted: Socket[] = []
  const all = Promise.withResolvers<void>()
  server.on('connection', (one) => {
    one.on('error', () => undefined)
    if (accepted.push(one) === 40) all.resolve()
  })
  const { port } = server.address() as { port: number }
  const clients = Array.from({ length: 40 }, () => connect(port, '127.0.0.1'))
  await all.promise
  const peers = await Promise.all(accepted.map((one) => peerOf(one)))
  assert.deepEqual(new Set(peers.map((peer) => peer?.uid)), new Set([process.geteuid?.()]))
  assert.equal(new Set(peers.map((peer) => peer?.inode)).size, 40)
  for (const one of [...clients, ...accepted]) one.destroy()
  server.close()
})
