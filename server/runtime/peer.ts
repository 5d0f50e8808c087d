import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

/** The user who holds the other end of a connection over loopback, as the kernel tells; undefined when it does not. */
export async function userOf(socket: Socket): Promise<number | undefined> {
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
function find(table: string, theirs: number, ours: number): number | undefined {
  const line = new RegExp(
    `^\\s*\\d+: (?:[0-9A-F]{16}FFFF0000)?[0-9A-F]{6}7F:${hex(theirs)} (?:[0-9A-F]{16}FFFF0000)?[0-9A-F]{6}7F:${hex(ours)} 01 \\S+ \\S+ \\S+\\s+(\\d+) `,
    'm',
  )
  const uid = line.exec(table)?.[1]
  return uid === undefined ? undefined : Number(uid)
}

const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0')
