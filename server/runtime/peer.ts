import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { endianness } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

/** The other end of a connection over loopback, as the kernel knows it. */
export interface Peer {
  readonly uid: number
  /** By which its process has it among its open files: `socket:[12345]`. */
  readonly inode: string
}

/** The tables are read piece by piece, and lose a line when others come and go meanwhile: they are looked at again. */
const LOOKS = 6

/** Who holds the other end of a connection over loopback; undefined when the kernel does not tell, or it has ended meanwhile. */
export async function peerOf(
  socket: Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort' | 'destroyed'>,
  tables: () => Promise<readonly string[]> = nextTables,
): Promise<Peer | undefined> {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (remotePort === undefined || localPort === undefined) return undefined
  const theirs = endOf(remoteAddress, remotePort)
  const ours = endOf(localAddress, localPort)
  if (theirs === undefined || ours === undefined) return undefined
  for (let look = 0; look < LOOKS; look++) {
    for (const table of await tables()) {
      const found = find(table, theirs, ours)
      // The ends of one that is over may be those of a later one, which others have.
      if (found !== undefined) return socket.destroyed ? undefined : found
    }
    if (socket.destroyed) return undefined
    await delay(5 * look)
  }
  return undefined
}

let reading: Promise<readonly string[]> | undefined
let next: Promise<readonly string[]> | undefined

/** What a reading finds that has not begun yet: everybody who asks while one is under way has the same next one. */
function nextTables(): Promise<readonly string[]> {
  if (reading === undefined) return begin()
  next ??= reading.then(begin)
  return next
}

function begin(): Promise<readonly string[]> {
  next = undefined
  const began = Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(read))
  reading = began
  void began.then(() => {
    if (reading === began) reading = undefined
  })
  return began
}

async function read(table: string): Promise<string> {
  try {
    return await readFile(table, 'latin1')
  } catch {
    // no Linux, or no IPv6
    return ''
  }
}

/**
 * Their local end is our remote one: `  12: 0100007F:9C40 0100007F:1F90 01 … uid …`. Both ends count whole: another user may come
 * from the same port of another address of loopback.
 */
function find(table: string, theirs: string, ours: string): Peer | undefined {
  const line = new RegExp(
    `^\\s*\\d+: (?:0{16}FFFF0000)?${theirs} (?:0{16}FFFF0000)?${ours} 01 \\S+ \\S+ \\S+\\s+(\\d+)\\s+\\d+\\s+(\\d+) `,
    'm',
  )
  const [, uid, inode] = line.exec(table) ?? []
  return uid === undefined ? undefined : { uid: Number(uid), inode: `socket:[${inode}]` }
}

/** `127.0.0.1` and 8080 as the kernel writes them: the address as this machine has it in memory, `0100007F:1F90`. */
function endOf(address: string | undefined, port: number): string | undefined {
  const bytes = (address ?? '')
    .replace(/^::ffff:/i, '')
    .split('.')
    .map(Number)
  if (bytes.length !== 4 || !bytes.every((byte) => byte >= 0 && byte <= 255)) return undefined
  const ordered = endianness() === 'LE' ? bytes.toReversed() : bytes
  return `${ordered.map((byte) => hex(byte, 2)).join('')}:${hex(port, 4)}`
}

const hex = (number: number, digits: number) => number.toString(16).toUpperCase().padStart(digits, '0')
