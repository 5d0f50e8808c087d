import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'

/** What Linux says of processes. Elsewhere there is no /proc: then nothing is found, and nothing watched. */

/** One process, as far as we look at it. */
export interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
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

/** All processes of this machine, without those that ended while we looked. */
export async function processes(): Promise<Process[]> {
  let names: string[]
  try {
    names = await readdir('/proc')
  } catch {
    // no Linux
    return []
  }
  const found: Process[] = []
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    const one = await processOf(Number(name))
    if (one !== undefined) found.push(one)
  }
  return found
}

async function processOf(pid: number): Promise<Process | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile(`/proc/${pid}/status`, 'latin1'),
    ])
    const fields = fieldsOf(stat)
    const uid = /^Uid:\s*(\d+)/m.exec(status)?.[1]
    if (uid === undefined) return undefined
    return {
      pid,
      parent: Number(fields[1]),
      group: Number(fields[2]),
      session: Number(fields[3]),
      uid: Number(uid),
      zombie: fields[0] === 'Z' || fields[0] === 'X',
    }
  } catch {
    // it ended meanwhile
    return undefined
  }
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
