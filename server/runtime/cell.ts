import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MOST_NAMES, namelessBytes, sizeOf, strewn } from './leavings.ts'
import { NOTE } from './place.ts'
import {
  groupOf,
  holds,
  inheritedFiles,
  memoryOf,
  type Process,
  processes,
  sharedBy,
  startedAt,
  userOf,
} from './proc.ts'
import type { User } from './users.ts'

/** What one sandbox may take of the machine. */
export interface CellLimits {
  readonly memoryMb: number
  /** Processes and threads, where the sandbox has a user of its own. */
  readonly processes: number
  /** Open files of a process. */
  readonly files: number
  /** Files in its scratch folder, all together. */
  readonly scratchMb: number
}

export interface Program {
  /** Absolute. */
  readonly file: string
  readonly args: readonly string[]
  /** All of it: nothing of the server's own environment is added. */
  readonly environment: Readonly<Record<string, string>>
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const SHELL = '/bin/sh'

/**
 * Sets limits that only the process itself can set, and becomes the program. `ulimit` knows the number of processes as `-u`
 * or as `-p`, by shell. The kernel is told to take it first when memory runs out.
 */
const LAUNCH = `
{ echo 800 > /proc/self/oom_score_adj; } 2>/dev/null
case $1 in -) ;; *) (ulimit -u "$1") 2>/dev/null && ulimit -u "$1" || ulimit -p "$1" ;; esac
ulimit -d "$2" 2>/dev/null; ulimit -f "$3"; ulimit -n "$4"; ulimit -c 0
umask 077
shift 4
unset PWD OLDPWD SHLVL
exec "$@"
`

/** Between asking a process to end and ending it, milliseconds. Source: rotation.md 15.1. */
const GRACE_MS = 300

/** Longest time of a command that is run as a user of a sandbox, milliseconds: of one that ends processes, and removes files. */
const ASKED_MS = 1000
const CLEARED_MS = 120_000
/** So often it is tried to end all processes of a user. */
const MOST_TRIES = 50

/** Processes that are ended one by one, and looks until a sandbox counts as one that can't be cleaned. */
const MOST_OTHERS = 32
const MOST_LOOKS = 10

/** After counting memory exactly, that is not done for this many times as long. */
const REST = 10

/** Under other programs of the machine: who floods it with processes must not keep the server from ending them. */
const NICE = 10

/** Memory that a process may ask for beyond its limit: what it really takes is measured; this stops one between two looks. */
const SLACK_MB = 1024

/**
 * One sandbox as the machine has it: a folder with code, interpreter's helper and scratch space, a user where the server is
 * root, and the processes in it. It keeps functions from disturbing each other and the server by accident or plain
 * curiosity; it is no wall against people who attack the kernel of the machine.
 */
export class Cell {
  readonly directory: string
  /** The unzipped code: not writable from inside. */
  readonly code: string
  /** What the server gives besides: bootstrap, certificate authority. Not writable from inside. */
  readonly runtime: string
  readonly scratch: string
  readonly user: User | undefined
  #main: ChildProcess | undefined
  #ended: Promise<Ended> | undefined
  /** Largest sum of memory that was seen, bytes. */
  peakBytes = 0
  /** Processes that were seen at the last look, the first one among them. */
  #known: readonly number[] = []
  #mark = ''
  /** Those that stand still besides the group of the first process. */
  #spared: number[] = []
  /** Processes of its user could not be ended. */
  #stuck = false
  /** Not before this, by the process's own time, memory is counted exactly again. */
  #exactAt = 0

  private constructor(directory: string, user: User | undefined) {
    this.directory = directory
    this.code = join(directory, 'code')
    this.runtime = join(directory, 'runtime')
    this.scratch = join(directory, 'tmp')
    this.user = user
  }

  /** Makes the folders below `place`, with a name by chance. */
  static make(place: string, name: string, user: User | undefined): Cell {
    const cell = new Cell(join(place, name), user)
    mkdirSync(cell.directory, { mode: 0o700 })
    for (const folder of [cell.code, cell.runtime]) mkdirSync(folder, { mode: 0o755 })
    mkdirSync(cell.scratch, { mode: 0o700 })
    // Node asks the folders above for the kind of a module: nobody else's may answer.
    writeFileSync(join(cell.directory, 'package.json'), '{}', { mode: 0o644 })
    if (user !== undefined) {
      chownSync(cell.scratch, user.uid, user.uid)
      chownSync(cell.directory, 0, user.uid)
      chmodSync(cell.directory, 0o750)
    }
    return cell
  }

  get pid(): number | undefined {
    return this.#main?.pid
  }

  /** Settles when the first process has ended. */
  get ended(): Promise<Ended> {
    return this.#ended ?? Promise.resolve({ code: null, signal: null })
  }

  get running(): boolean {
    return this.#main !== undefined && this.#main.exitCode === null && this.#main.signalCode === null
  }

  /**
   * Starts the first process, the leader of a session of its own. `mark`: what stands in the environment of this sandbox's
   * processes and of no others. Rejects when it can't be started.
   */
  async start({ file, args, environment }: Program, limits: CellLimits, mark: string): Promise<ChildProcess> {
    this.#mark = mark
    const { user } = this
    const blocks = String(limits.scratchMb * 2048)
    const data = String((limits.memoryMb + SLACK_MB) * 1024)
    const bounds = [user === undefined ? '-' : String(limits.processes), data, blocks, String(limits.files)]
    const nothing = openSync('/dev/null', 'r')
    try {
      const child = spawn(SHELL, ['-c', LAUNCH, 'sandbox', ...bounds, file, ...args], {
        cwd: this.code,
        env: environment,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', ...covered(nothing)],
        ...(user === undefined ? {} : { uid: user.uid, gid: user.uid }),
      })
      this.#main = child
      this.#ended = new Promise((resolve) => {
        child.once('exit', (code, signal) => resolve({ code, signal }))
        child.once('error', () => resolve({ code: null, signal: null }))
      })
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve)
        child.once('error', reject)
      })
      const pid = child.pid as number
      setPriority(pid, NICE)
      this.#known = [pid]
      const note = { pid, started: startedAt(pid), uid: user?.uid }
      writeFileSync(join(this.directory, NOTE), JSON.stringify(note), { mode: 0o600 })
      return child
    } finally {
      closeSync(nothing)
    }
  }

  /**
   * Bytes of memory of all processes that are known. What is over `limit` is counted once more, exactly; that takes long when
   * there are many, so it is not done all the time.
   */
  memory(limit: number): number {
    let sum = this.#sum(false)
    if (sum > limit) {
      const now = performance.now()
      if (now < this.#exactAt) return 0
      sum = this.#sum(true)
      this.#exactAt = performance.now() + (performance.now() - now) * REST
    }
    if (sum > this.peakBytes) this.peakBytes = sum
    return sum
  }

  #sum(exact: boolean): number {
    let sum = 0
    for (const pid of this.#known) sum += memoryOf(pid, exact)
    if (this.user !== undefined) for (const { bytes } of sharedBy(this.user.uid)) sum += bytes
    return sum
  }

  /** Looks who is in the sandbox now, besides its first process. */
  look(all: readonly Process[]): readonly number[] {
    const { pid } = this
    if (pid === undefined) return []
    const others = (this.user === undefined ? this.#kin(all, pid) : this.#own(all, this.user.uid)).filter(
      (other) => other !== pid,
    )
    this.#known = [pid, ...others]
    return others
  }

  #own(all: readonly Process[], uid: number): number[] {
    return all.filter((one) => one.uid === uid && !one.zombie).map((one) => one.pid)
  }

  /** Without a user of its own: by session, group and descent, and by what stands in their environment. */
  #kin(all: readonly Process[], pid: number): number[] {
    const uid = process.geteuid?.()
    const mine = all.filter((one) => one.uid === uid && one.pid !== process.pid)
    const kin = new Set([pid])
    for (const one of mine) {
      const { group, session } = groupOf(one.pid) ?? {}
      if (session === pid || group === pid || this.#isMarked(one.pid)) kin.add(one.pid)
    }
    for (let grew = true; grew; ) {
      grew = false
      for (const one of mine) {
        if (kin.has(one.pid) || !kin.has(one.parent)) continue
        kin.add(one.pid)
        grew = true
      }
    }
    return mine.filter((one) => kin.has(one.pid) && !one.zombie).map((one) => one.pid)
  }

  #isMarked(pid: number): boolean {
    if (this.#mark === '') return false
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(this.#mark)
    } catch {
      // it ended, or is not ours to look into
      return false
    }
  }

  /**
   * Ends every process but the first, and but the one that has `spared` open, with those that it descends from: a custom runtime
   * may ask for events by a program that it starts. Those stand still then, wherever they have put themselves. False when others
   * are still there after several looks: they come faster than they end.
   */
  async endOthers(spared?: string): Promise<boolean> {
    const still = new Set<number>()
    for (let look = 0; look < MOST_LOOKS; look++) {
      const all = await processes()
      const others = this.look(all)
      if (others.length === 0) return true
      // So many that ending them one by one would go on for long: the whole sandbox ends.
      if (others.length > MOST_OTHERS) return false
      const kept =
        spared === undefined
          ? new Set<number>()
          : lineage(
              all,
              others.find((pid) => holds(pid, spared)),
            )
      const ends = others.filter((pid) => !kept.has(pid))
      const move = others.filter((pid) => kept.has(pid) && !still.has(pid))
      if (ends.length === 0 && move.length === 0) return true
      for (const pid of move) {
        end(pid, 'SIGSTOP')
        still.add(pid)
        this.#spared.push(pid)
      }
      for (const pid of ends) end(pid, 'SIGKILL')
      // Who is killed takes a moment to be gone.
      await delay(5 * look)
    }
    return false
  }

  /** Holds everything in the sandbox still, and lets it go on. */
  freeze(): void {
    this.#signal('SIGSTOP')
  }

  thaw(): void {
    this.#signal('SIGCONT')
    for (const pid of this.#spared) end(pid, 'SIGCONT')
    this.#spared = []
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.running && this.pid !== undefined) end(-this.pid, signal)
  }

  /** Ends everything in the sandbox: asks, waits a moment, and kills. */
  async kill(graceMs = GRACE_MS): Promise<void> {
    if (this.running && graceMs > 0) {
      this.thaw()
      this.#signal('SIGTERM')
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, graceMs)
      await Promise.race([this.ended, late.promise])
      clearTimeout(timer)
    }
    if (this.user === undefined) {
      // Its relations are found while it lives: the orphans of a dead one have another parent. It must not answer meanwhile.
      this.freeze()
      await this.endOthers()
      this.#signal('SIGKILL')
      await this.endOthers()
    } else this.#stuck = !(await endUser(this.user.uid))
    if (!this.#stuck) await this.ended
  }

  /**
   * Ends everything, removes everything, and gives the user back. Throws when processes of the user are still there: then neither
   * is its number given to others nor are its files touched, which they could change meanwhile.
   */
  async close(graceMs = 0): Promise<void> {
    await this.kill(graceMs)
    if (this.#stuck) throw new Error(`processes of the user ${this.user?.uid} of a function do not end`)
    await clear(this.directory, this.scratch, this.user?.uid)
    await this.user?.release()
  }

  /**
   * Bytes in the scratch folder, in what its user left in the common ones, and in files that have no name any more and are still
   * open; it is over when there are too many files to look at.
   */
  async scratchBytes(most: number): Promise<number> {
    const names = { left: MOST_NAMES }
    let sum = await sizeOf(this.scratch, most, names)
    if (this.user !== undefined) {
      for await (const place of strewn(this.user.uid)) {
        if (sum > most) return sum
        sum += await sizeOf(place, most - sum, names)
      }
    }
    for (const pid of this.#known) {
      if (sum > most) return sum
      sum += await namelessBytes(pid)
    }
    return sum
  }
}

/** For each file that this program inherited: nothing, in its stead. */
function covered(nothing: number): (number | 'ignore')[] {
  const files = inheritedFiles().filter((file) => file !== nothing)
  const covers: (number | 'ignore')[] = Array.from(
    { length: Math.max(0, ...files.map((file) => file - 2)) },
    () => 'ignore',
  )
  for (const file of files) covers[file - 3] = nothing
  return covers
}

/** A process and all those that it descends from. */
function lineage(all: readonly Process[], pid: number | undefined): Set<number> {
  const found = new Set<number>()
  for (let at = all.find((one) => one.pid === pid); at !== undefined && !found.has(at.pid); ) {
    found.add(at.pid)
    const { parent } = at
    at = all.find((one) => one.pid === parent)
  }
  return found
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Runs the shell as a user of a sandbox: what it may do is what that user may, whatever lies in its way. */
function asUser(uid: number, args: readonly string[], mostMs = ASKED_MS): Promise<void> {
  return new Promise((resolve) => {
    const options = {
      uid,
      gid: uid,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: 'ignore' as const,
      detached: true,
      // Processes of its user can hold it still.
      timeout: mostMs,
      killSignal: 'SIGKILL' as const,
    }
    const child = spawn(SHELL, args, options)
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
}

/** Removes the folder of a sandbox, and what its user left elsewhere. Its processes have ended. */
export async function clear(directory: string, scratch: string, uid: number | undefined): Promise<void> {
  if (uid !== undefined) {
    // As that user: what it planted can't have us remove what is not its own.
    const remove = (places: readonly string[]) =>
      asUser(uid, ['-c', 'chmod -R u+rwx -- "$@"; rm -rf -- "$@"', 'rm', ...places], CLEARED_MS)
    let places = [scratch]
    for await (const place of strewn(uid)) {
      // So many as one command line holds.
      if (places.length >= 200) {
        await remove(places)
        places = []
      }
      places.push(place)
    }
    await remove(places)
    for (const { kind, id } of sharedBy(uid)) await asUser(uid, ['-c', 'ipcrm "$@"', 'ipcrm', `-${kind}`, id])
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
}

/**
 * Ends every process of a user; false when some are still there after many tries. Each that is found is ended by us, since one of
 * them can end a shell of that user as soon as it is there; and all of them at once by such a shell, since each of them can have
 * gone on in another one when its turn comes.
 */
export async function endUser(uid: number): Promise<boolean> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const left = (await processes()).filter((one) => one.uid === uid && !one.zombie)
    if (left.length === 0) return true
    for (const { pid } of left) if (userOf(pid) === uid) end(pid, 'SIGKILL')
    await asUser(uid, ['-c', 'kill -9 -1'])
  }
  return false
}
