import { spawn } from 'node:child_process'
import { chmodSync, constants, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { SandboxUnavailable } from '../services/lambda/sandboxes.ts'

/** What runs the code of a function. */
export interface Interpreter {
  readonly kind: 'node' | 'python' | 'provided'
  /** Absolute; empty for `provided`: the zip brings it. */
  readonly file: string
  /** `3.11.7`; empty for `provided`. */
  readonly version: string
}

/** Where interpreters are looked for: the first that can be run is taken. */
export interface Candidates {
  readonly node: readonly string[]
  readonly python: readonly string[]
}

const PROGRAMS = {
  node: { args: ['-p', 'process.versions.node'], names: /^nodejs/ },
  python: { args: ['-I', '-c', 'import platform; print(platform.python_version())'], names: /^python/ },
} as const

/** Longest time that an interpreter may take to say its version. */
const ASKED_MS = 10_000

/** The interpreters of this machine, as the users that functions run as can start them. */
export class Interpreters {
  readonly #candidates: Candidates
  readonly #found = new Map<string, Promise<Interpreter | undefined>>()

  constructor(candidates: Candidates) {
    this.#candidates = candidates
  }

  /**
   * The interpreter for a runtime. A function for another version of Python or Node than the one that is there runs on the one
   * that is there. Throws SandboxUnavailable ('missing').
   *
   * @param uid of the user that it is to run as; undefined: ours
   * @param copies folder that this user can pass through: Node is copied to it when it lies where he can't go
   */
  async for(runtime: string, uid: number | undefined, copies: string): Promise<Interpreter> {
    if (runtime.startsWith('provided')) return { kind: 'provided', file: '', version: '' }
    const kind = PROGRAMS.node.names.test(runtime) ? 'node' : PROGRAMS.python.names.test(runtime) ? 'python' : undefined
    if (kind === undefined) {
      throw new SandboxUnavailable(
        'missing',
        `Functions for ${runtime} can't be run here: nodejs, python and provided are.`,
      )
    }
    let found = this.#found.get(kind)
    if (found === undefined) {
      found = this.#first(kind, uid, copies)
      this.#found.set(kind, found)
      // What is missing may be installed meanwhile.
      found.then((interpreter) => interpreter === undefined && this.#found.delete(kind))
    }
    const interpreter = await found
    if (interpreter !== undefined) return interpreter
    const looked = this.#candidates[kind].join(', ')
    const who = uid === undefined ? 'the user of the server' : 'the unprivileged users that functions run as'
    throw new SandboxUnavailable(
      'missing',
      `There is no ${kind === 'python' ? 'Python 3' : 'Node.js'} on this machine that ${who} can run (looked for: ${looked === '' ? 'nothing' : looked}).`,
    )
  }

  async #first(kind: 'node' | 'python', uid: number | undefined, copies: string): Promise<Interpreter | undefined> {
    for (const file of this.#candidates[kind]) {
      const version = await versionOf(file, PROGRAMS[kind].args, uid)
      if (version !== undefined) return { kind, file, version }
    }
    return kind === 'node' && uid !== undefined ? this.#copied(uid, copies) : undefined
  }

  /** Node is one file, and that of the server is there: below a folder of root's, say. Python is many. */
  async #copied(uid: number, copies: string): Promise<Interpreter | undefined> {
    const { args } = PROGRAMS.node
    for (const candidate of this.#candidates.node) {
      if ((await versionOf(candidate, args, undefined)) === undefined) continue
      const file = join(copies, 'node')
      copyFileSync(candidate, file, constants.COPYFILE_FICLONE)
      chmodSync(file, 0o755)
      const version = await versionOf(file, args, uid)
      if (version !== undefined) return { kind: 'node', file, version }
    }
    return undefined
  }
}

function versionOf(file: string, args: readonly string[], uid: number | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'ignore'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    })
    const late = setTimeout(() => child.kill('SIGKILL'), ASKED_MS)
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      if (said.length < 100) said += chunk.toString('latin1')
    })
    child.once('error', () => {
      clearTimeout(late)
      resolve(undefined)
    })
    child.once('close', (code) => {
      clearTimeout(late)
      const version = said.trim()
      resolve(code === 0 && /^\d+\.\d+\.\d+\S*$/.test(version) ? version : undefined)
    })
  })
}
