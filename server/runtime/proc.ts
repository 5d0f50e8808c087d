import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What Linux says of processes. Elsewhere there is no /proc: then nothing is found, and nothing watched. */

/** One process, as far as we look at it. */
export interface Process {
  readonly pid: number
  readonly parent: number
  /** Its real user. */
  readonly uid: number
  /** Ended, and not yet fetched by its parent. */
  readonly zombie: boolean
}

const PAGE_BYTES = 4096

/** When a process started, in the kernel's own count; empty when there is none of that number. */
export function startedAt(pid: number): string {
  try {
    return fieldsOf(readFileSync(`/proc/${pid}/stat`, 'latin1'))[19] ?? ''
  } catch {
    // there is no such process, or no /proc
    return ''
  }
}

/** The words after the command of a `stat` line: a command may hold blanks and brackets. */
const fieldsOf = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ')

/** Processes that are looked at in one go: others get their turn in between. */
const AT_ONCE = 32

/** All processes of this machine, without those that ended while we looked. */
export async function processes(): Promise<Process[]> {
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    // no Linux
    return []
  }
  const found: Process[] = []
  let looked = 0
  for (const name of names) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    // Read at once: these files are made up by the kernel, and a read in the background costs ten times as much.
    const one = processOf(pid)
    if (one !== undefined) found.push(one)
    if (++looked % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return found
}

function processOf(pid: number): Process | undefined {
  let status: string
  try {
    status = readFileSync(`/proc/${pid}/status`, 'latin1')
  } catch {
    // it ended meanwhile
    return undefined
  }
  const at = (name: string) => status.indexOf(`\n${name}:\t`) + name.length + 3
  const state = status[at('State')]
  const numberAt = (name: string) => Number.parseInt(status.slice(at(name), at(name) + 10), 10)
  return { pid, parent: numberAt('PPid'), uid: numberAt('Uid'), zombie: state === 'Z' || state === 'X' }
}

/** The group and the session of a process; undefined when it has ended. */
export function groupOf(pid: number): { readonly group: number; readonly session: number } | undefined {
  try {
    const fields = fieldsOf(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    return { group: Number(fields[2]), session: Number(fields[3]) }
  } catch {
    // it ended
    return undefined
  }
}

/** The real user of a process; undefined when it ended. */
export function userOf(pid: number): number | undefined {
  try {
    const uid = /^Uid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    return uid === undefined ? undefined : Number(uid)
  } catch {
    // it ended
    return undefined
  }
}

/** What programs share by System V's calls: it stays when they end. `kind`: as ipcrm takes it. */
export interface Shared {
  readonly kind: 'm' | 'q' | 's'
  readonly id: string
  readonly bytes: number
}

/** The files of the kernel, and where the creator (whom nobody can change, other than the owner) and the bytes stand in a line. */
const SHARED = [
  { file: '/proc/sysvipc/shm', kind: 'm', creator: 9, bytes: 3 },
  { file: '/proc/sysvipc/msg', kind: 'q', creator: 9, bytes: 3 },
  { file: '/proc/sysvipc/sem', kind: 's', creator: 6, bytes: undefined },
] as const

/** Memory, queues and semaphores that a user made and that are still there. */
export function sharedBy(uid: number): Shared[] {
  const found: Shared[] = []
  for (const { file, kind, creator, bytes } of SHARED) {
    let lines: string[]
    try {
      lines = readFileSync(file, 'latin1').trimEnd().split('\n').slice(1)
    } catch {
      // a kernel without them
      continue
    }
    for (const line of lines) {
      const fields = line.trim().split(/\s+/)
      if (Number(fields[creator]) !== uid) continue
      found.push({ kind, id: fields[1] ?? '', bytes: bytes === undefined ? 0 : Number(fields[bytes]) })
    }
  }
  return found
}

/** Bytes of memory that a process holds: what it shares with others counted in part, where the kernel tells; else in full. */
export function memoryOf(pid: number, exact = false): number {
  try {
    if (exact) {
      const pss = /^Pss:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1]
      if (pss !== undefined) return Number(pss) * 1024
    }
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1] ?? 0) * PAGE_BYTES
  } catch {
    // it ended
    return 0
  }
}

/** Whether a process has this among its open files: `socket:[12345]`. */
export function holds(pid: number, what: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((file) => linkOf(`/proc/${pid}/fd/${file}`) === what)
  } catch {
    // it ended
    return false
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    // closed meanwhile
    return undefined
  }
}

/** File descriptors beyond the first three that programs started by this one would inherit: what started us left them open. */
export function inheritedFiles(): number[] {
  const CLOSE_ON_EXEC = 0o2000000
  const open: number[] = []
  let names: string[]
  try {
    names = readdirSync('/proc/self/fd')
  } catch {
    // no Linux
    return []
  }
  for (const name of names) {
    const file = Number(name)
    if (!(file > 2 && file < 1024)) continue
    try {
      const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1]
      if (flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0) open.push(file)
    } catch {
      // closed meanwhile: it was the folder itself
    }
  }
  return open
}
