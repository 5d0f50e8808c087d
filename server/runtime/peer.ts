import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

/** The other end of a connection over loopback, as the kernel knows it. */
export interface Peer {
  readonly uid: number
  /** By which its process has it among its open files: `socket:[12345]`. */
  readonly inode: string
}

/** Who holds the other end of a connection over loopback; undefined when the kernel does not tell. */
export async function peerOf(socket: Socket): Promise<Peer | undefined> {
  const { remotePort, localPort } = socket
  if (remotePort === undefined || localPort === undefined) return undefined
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const found = find(await read(table), remotePort, localPort)
    if (found !== undefined) return found
  }
  return undefined
}

async function read(table: string): Promise<string> {
  try {
    return await readFile(table, 'latin1')
  } catch {
    // no Linux, or no IPv6
    return ''
  }
}

/** Their local end is our remote one: `  12: 0100007F:9C40 0100007F:1F90 01 … uid …`, ports in hexadecimal. */
function find(table: string, theirs: number, ours: number): Peer | undefined {
  const line = new RegExp(
    `^\\s*\\d+: (?:[0-9A-F]{16}FFFF0000)?[0-9A-F]{6}7F:${hex(theirs)} (?:[0-9A-F]{16}FFFF0000)?[0-9A-F]{6}7F:${hex(ours)} 01 \\S+ \\S+ \\S+\\s+(\\d+)\\s+\\d+\\s+(\\d+) `,
    'm',
  )
  const [, uid, inode] = line.exec(table) ?? []
  return uid === undefined ? undefined : { uid: Number(uid), inode: `socket:[${inode}]` }
}

const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0')
