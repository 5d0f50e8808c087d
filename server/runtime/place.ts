import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startedAt } from './proc.ts'

/** Where the sandboxes of this process lie: a folder of its own, which others can pass through and not list. */
export interface Place {
  readonly directory: string
  /** Removes everything. */
  close(): void
}

/** Whether a server may have left something there. */
export const hasLeftovers = (root = defaultRoot()): boolean => existsSync(root) && readdirSync(root).length > 0

/** What a former server left behind: a sandbox that nobody closed. */
export interface Leftover {
  readonly directory: string
  /** Of its first process, which led a group of its own; and when it started, so that a namesake is left alone. */
  readonly pid: number
  readonly started: string
  /** Its user, when it had one of its own. */
  readonly uid: number | undefined
}

/** By which a sandbox is found again after a crash: written beside its code. */
export const NOTE = 'sandbox.json'
const OWNER = 'server.json'

/** Of servers that run as root: the users of functions can go there, and nobody can put anything beside it. */
const OF_ROOT = '/var/lib/strongroom-functions'

/** The folder of all servers of this user, when none is named. */
export function defaultRoot(): string {
  if (process.geteuid?.() === 0) {
    try {
      mkdirSync(OF_ROOT, { mode: 0o711, recursive: true })
      return OF_ROOT
    } catch (error) {
      // A container may have no such folder that can be written.
      if (!['EROFS', 'EACCES', 'EPERM', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  return join(tmpdir(), `strongroom-functions-${process.geteuid?.() ?? 0}`)
}

/**
 * Makes the folder of this process below `root`, and tells what servers that are gone left there. `clear` has to end what
 * still runs of it before its files are removed.
 */
export function openPlace(root: string): { readonly place: Place; readonly leftovers: readonly Abandoned[] } {
  const parent = ownDirectory(root)
  const abandoned = parent === root ? abandonedIn(parent) : []
  const directory = mkdtempSync(join(parent, 'server-'))
  chmodSync(directory, 0o711)
  writeFileSync(join(directory, OWNER), JSON.stringify({ pid: process.pid, started: startedAt(process.pid) }), {
    mode: 0o600,
  })
  const close = () => {
    rmSync(directory, { recursive: true, force: true })
    try {
      rmdirSync(parent)
    } catch (error) {
      // Another server is in it, or has removed it.
      if (!['ENOTEMPTY', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  return { place: { directory, close }, leftovers: abandoned }
}

/** The folder of a server that ended without closing it. */
export interface Abandoned {
  readonly directory: string
  readonly sandboxes: readonly Leftover[]
}

/** `root` as a folder that only we can write; another user's of that name is not used: then one by chance. */
function ownDirectory(root: string): string {
  try {
    mkdirSync(root, { mode: 0o711, recursive: true })
    const found = lstatSync(root)
    if (found.isDirectory() && found.uid === (process.geteuid?.() ?? found.uid) && (found.mode & 0o022) === 0) {
      chmodSync(root, 0o711)
      return root
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const directory = mkdtempSync(`${root}-`)
  chmodSync(directory, 0o711)
  return directory
}

function abandonedIn(parent: string): Abandoned[] {
  const found: Abandoned[] = []
  for (const name of readdirSync(parent)) {
    const directory = join(parent, name)
    const owner = read(join(directory, OWNER))
    if (!name.startsWith('server-') || (owner !== undefined && lives(owner))) continue
    // Without a note it may be one that starts at this moment; the next start removes it.
    if (owner === undefined && Math.abs(lstatSync(directory).mtimeMs - newest(parent)) < 10_000) continue
    found.push({ directory, sandboxes: sandboxesIn(directory) })
  }
  return found
}

const newest = (parent: string) => Math.max(...readdirSync(parent).map((name) => lstatSync(join(parent, name)).mtimeMs))

function sandboxesIn(directory: string): Leftover[] {
  const sandboxes: Leftover[] = []
  for (const name of readdirSync(directory)) {
    const noted = read(join(directory, name, NOTE))
    if (noted !== undefined) sandboxes.push({ directory: join(directory, name), ...noted })
  }
  return sandboxes
}

interface Noted {
  readonly pid: number
  readonly started: string
  readonly uid: number | undefined
}

/** A note that we wrote; undefined when it is none, or was cut off by a crash. */
function read(file: string): Noted | undefined {
  try {
    const { pid, started, uid } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    if (!Number.isSafeInteger(pid) || typeof started !== 'string') return undefined
    return { pid: pid as number, started, uid: typeof uid === 'number' ? uid : undefined }
  } catch {
    // not there, or not whole
    return undefined
  }
}

/** Whether that process runs, and is no other that got its number. */
export function lives({ pid, started }: Pick<Noted, 'pid' | 'started'>): boolean {
  return pid > 0 && startedAt(pid) === started
}
