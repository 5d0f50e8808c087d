import { chmodSync, linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startedAt } from './proc.ts'

/** A user of the machine that exists for one sandbox only; it has no name. */
export interface User {
  readonly uid: number
  release(): Promise<void>
}

/** Numbers that no distribution gives to people or services, nor systemd to its own. Source: systemd's UIDS-GIDS. */
export const USERS: readonly [first: number, last: number] = [60_578, 61_183]

/** Whether this server can give each sandbox a user of its own. Without one, functions have the server's, and what it can reach. */
export const givesUsers = (): boolean => process.platform === 'linux' && process.geteuid?.() === 0

/** Where it is noted who has which user: folders that only root writes, so that no function takes users away. */
const FOLDERS = ['/run/strongroom-users', '/var/lib/strongroom-users', join(tmpdir(), 'strongroom-users')]

/**
 * Gives each sandbox a user of its own, where the server runs as root. Several servers of one machine do not get the same: who
 * holds a number has a file of that name, which counts as long as its process runs.
 */
export class Users {
  readonly #range: readonly [number, number]
  readonly #asRoot: boolean
  readonly #folders: readonly string[]
  #folder: string | undefined
  #next: number
  #made = 0

  constructor(range: readonly [number, number] = USERS, asRoot = givesUsers(), folders = FOLDERS) {
    this.#range = range
    this.#asRoot = asRoot
    this.#folders = folders
    this.#next = range[0]
  }

  /** Whether sandboxes have users of their own. */
  get own(): boolean {
    return this.#asRoot
  }

  /** A user that nobody else has; undefined where sandboxes run as the server's own. Throws when all are taken. */
  async claim(): Promise<User | undefined> {
    if (!this.#asRoot) return undefined
    const [first, last] = this.#range
    for (let tried = first; tried <= last; tried++) {
      const uid = this.#next
      this.#next = uid >= last ? first : uid + 1
      const user = await this.take(uid)
      if (user !== undefined) return user
    }
    throw new Error('all users for functions are taken')
  }

  /** This very user; undefined when another one holds it. */
  async take(uid: number): Promise<User | undefined> {
    this.#folder ??= ownFolder(this.#folders)
    const file = join(this.#folder, String(uid))
    const own = join(this.#folder, `.${process.pid}-${startedAt(process.pid)}-${this.#made++}`)
    writeFileSync(own, JSON.stringify({ pid: process.pid, started: startedAt(process.pid) }), { mode: 0o600 })
    try {
      if (!put(own, file) && !(takeAway(file, `${own}-old`) && put(own, file))) return undefined
    } finally {
      rmSync(own, { force: true })
    }
    return { uid, release: async () => rmSync(file, { force: true }) }
  }
}

/** Gives a file one more name; false when there is one of that name. */
function put(own: string, file: string): boolean {
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Takes away the note of a process that ended; false when its process runs. Of several who try only one does. */
function takeAway(file: string, aside: string): boolean {
  if (holds(file)) return false
  try {
    renameSync(file, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
  // Somebody else was faster, and it is already the note of that one: back with it.
  const isHeld = holds(aside)
  if (isHeld) put(aside, file)
  rmSync(aside, { force: true })
  return !isHeld
}

/** Whether the process that a note names runs. */
function holds(file: string): boolean {
  try {
    const { pid, started } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; started: string }
    return Number.isSafeInteger(pid) && pid > 0 && startedAt(pid) === started
  } catch {
    // released meanwhile, or cut off by a crash
    return false
  }
}

/** The first of the folders that can be made, is ours, and that nobody else writes. */
function ownFolder(folders: readonly string[]): string {
  let last: unknown
  for (const folder of folders) {
    try {
      mkdirSync(folder, { mode: 0o700, recursive: true })
      const found = lstatSync(folder)
      if (!found.isDirectory() || found.uid !== process.geteuid?.()) throw new Error(`${folder} is not ours`)
      chmodSync(folder, 0o700)
      return folder
    } catch (error) {
      last = error
    }
  }
  throw new Error('no folder for the users of functions can be made', { cause: last })
}
