import { createHash } from 'node:crypto'
import type { RedisArgument } from '@redis/client'
import type { Secret } from '#kernel/values/bytes'
import { type Finding, FunctionFault, type Session } from './function.ts'
import { type Client, type Connected, DEFAULT_USERNAME, kindOf, untilStopped, wordOf } from './redis-login.ts'
import { type AclUser, isWithin, type Reply, readUser, sameRules, settingsOf } from './redis-rules.ts'

/**
 * What is done with users of Redis and Valkey. Passwords go over as what the server keeps of them (SHA-256), but for the login
 * itself. Nothing that the server says is told but the first word of an error: it repeats arguments that it does not know.
 * Source: rotation.md 8.6; redis.io, ACL.
 */

/** The server kept what was set: in its file of users, in memory only, or as the one password of a server without users. */
export type Kept = 'file' | 'memory' | 'one password'

/** A command that the server refused. */
class Refused extends FunctionFault {
  readonly word: string
  /** The server has no such command, or not for us. */
  readonly isUnknown: boolean

  constructor(what: string, message: string) {
    const word = wordOf(message)
    const hint =
      word === 'NOPERM'
        ? ': the user that is logged in may not do it. A secret with masterarn has a superuser do it'
        : ''
    super(`The server refuses ${what} (${word})${hint}`, 'DatabaseError')
    this.word = word
    this.isUnknown = /^ERR unknown (sub)?command/i.test(message)
  }
}

export class RedisSession implements Session {
  readonly #client: Client
  readonly #blob: number
  readonly #signal: AbortSignal
  readonly #release: () => void
  /** On the other nodes; they have none themselves. */
  readonly others: RedisSession[] = []
  /** How the last change was kept; of several nodes the least of it. */
  kept: Kept = 'memory'

  constructor({ client, blob, release }: Connected, signal: AbortSignal) {
    this.#client = client
    this.#blob = blob
    this.#signal = signal
    this.#release = release
  }

  async probe(): Promise<void> {
    try {
      await this.#ask('PING', ['PING'])
    } catch (error) {
      // the login is through, and that is the question; what the user may do is another one
      if (!(error instanceof Refused) || error.word !== 'NOPERM') throw error
    }
  }

  async setOwnPassword(username: string, password: Secret, current: Secret): Promise<void> {
    await this.setPasswords(username, password, [current])
  }

  /**
   * Gives a user this password, and lets it keep the first of `others` that it has: all else that it may have had is gone, also
   * what an abandoned rotation left behind. Safe to repeat.
   */
  async setPasswords(username: string, password: Secret, others: readonly Secret[]): Promise<void> {
    refuseUnfit(username, password)
    for (const node of this.others) await node.setPasswords(username, password, others)
    await this.#setPasswordsHere(username, password, others)
    this.#noteOthers()
  }

  #noteOthers(): void {
    for (const { kept } of this.others) if (kept !== 'file') this.kept = kept
  }

  async #setPasswordsHere(username: string, password: Secret, others: readonly Secret[]): Promise<void> {
    let user: AclUser | undefined
    try {
      user = await this.#user(username)
    } catch (error) {
      if (!(error instanceof Refused) || !error.isUnknown) throw error
      await this.#setOnly(username, password)
      return
    }
    if (user === undefined) throw new FunctionFault(`The server has no user ${username}`)
    refuseOpen(user, username)
    const other = others.map(hashOf).find((hash) => user.hashes.includes(hash) && hash !== hashOf(password))
    const words = ['resetpass', `#${hashOf(password)}`, ...(other === undefined ? [] : [`#${other}`])]
    await this.#setUser(username, words)
  }

  /** Not found in the access control lists of a server that has none: there is one password for all. */
  async #setOnly(username: string, password: Secret): Promise<void> {
    if (username !== DEFAULT_USERNAME)
      throw new FunctionFault(`The server has no users but ${DEFAULT_USERNAME}: it knows no ACL commands`)
    await this.#ask('CONFIG SET requirepass', ['CONFIG', 'SET', 'requirepass', password.reveal()])
    this.kept = 'one password'
  }

  async setClone(original: string, clone: string, password: Secret): Promise<void> {
    refuseUnfit(original, password)
    refuseUnfit(clone, password)
    for (const node of this.others) await node.setClone(original, clone, password)
    await this.#setCloneHere(original, clone, password)
    this.#noteOthers()
  }

  async #setCloneHere(original: string, clone: string, password: Secret): Promise<void> {
    const model = await this.#user(original)
    if (model === undefined) throw new FunctionFault(`The server has no user ${original}`)
    refuseOpen(model, original)
    const there = await this.#user(clone)
    // who may log in as x_clone must not have the superuser hand him an x that may do more, or take one from somebody
    if (there !== undefined && !isWithin(there, model))
      throw new FunctionFault(`Attempting to modify user ${clone}, which has rights that ${original} lacks`)
    // one command: the user has all of it or nothing
    await this.#setUser(clone, settingsOf(model, hashOf(password)))
    const made = await this.#user(clone)
    if (made === undefined || !sameRules(made, model))
      throw new FunctionFault('not all rules of the current user could be given to its clone')
  }

  /** What setting passwords of a user, or making its clone, would lack; nothing is changed. */
  async examine(original: string, clone?: string): Promise<readonly Finding[]> {
    const found = [...(await this.#examineHere(original, clone))]
    for (const [n, node] of this.others.entries())
      for (const { state, what } of await node.examine(original, clone))
        found.push({ state, what: `node ${n + 2}: ${what}` })
    return found
  }

  async #examineHere(original: string, clone?: string): Promise<readonly Finding[]> {
    const ok = (what: string): Finding => ({ state: 'ok', what })
    let model: AclUser | undefined
    try {
      model = await this.#user(original)
    } catch (error) {
      if (!(error instanceof Refused) || !error.isUnknown || original !== DEFAULT_USERNAME) throw error
      return [{ state: 'warning', what: 'the server has no users (ACL): its one password is refused at once' }]
    }
    if (model === undefined) throw new FunctionFault(`The server has no user ${original}`)
    refuseOpen(model, original)
    const file: Finding = (await this.#hasFile())
      ? ok('the server keeps users in a file')
      : { state: 'warning', what: 'the server keeps users in memory: after a restart it knows its old passwords again' }
    if (clone === undefined)
      return [ok(`the user ${original} would have its new password besides the current one`), file]
    settingsOf(model, '')
    const there = await this.#user(clone)
    if (there === undefined) return [ok(`the user ${clone} would be made with the rules of ${original}`), file]
    if (!isWithin(there, model)) throw new FunctionFault(`The user ${clone} has rights that ${original} lacks`)
    return [ok(`the user ${clone} is there and would get the rules of ${original} and a new password`), file]
  }

  async close(): Promise<void> {
    for (const node of this.others) await node.close()
    this.#release()
  }

  async #user(username: string): Promise<AclUser | undefined> {
    return readUser(await this.#ask('ACL GETUSER', ['ACL', 'GETUSER', username]))
  }

  async #setUser(username: string, words: readonly string[]): Promise<void> {
    const bytes = words.map((word) => Buffer.from(word, 'latin1'))
    await this.#ask('ACL SETUSER', ['ACL', 'SETUSER', username, ...bytes])
    this.kept = await this.#save()
  }

  /** Without a file of users the server says so; then a restart brings back what its configuration says. */
  async #save(): Promise<Kept> {
    try {
      await this.#ask('ACL SAVE', ['ACL', 'SAVE'])
      return 'file'
    } catch (error) {
      if (!(error instanceof Refused) || !NO_FILE.has(error.word)) throw error
      // told apart by asking: a file that cannot be written must not look like one that is not there
      if (await this.#hasFile()) throw error
      return 'memory'
    }
  }

  async #hasFile(): Promise<boolean> {
    try {
      const [, file] = (await this.#ask('CONFIG GET aclfile', ['CONFIG', 'GET', 'aclfile'])) as readonly Reply[]
      return String(file ?? '') !== ''
    } catch (error) {
      // who may not see the configuration (as with services that are run for one) has no file to care for
      if (error instanceof Refused) return false
      throw error
    }
  }

  async #ask(what: string, args: readonly RedisArgument[]): Promise<Reply> {
    const asked = this.#client.sendCommand<Reply>(args, { typeMapping: { [this.#blob]: Buffer } })
    try {
      return await untilStopped(this.#signal, asked)
    } catch (error) {
      if (error instanceof FunctionFault) throw error
      if (this.#signal.aborted) throw new FunctionFault('the function was stopped', 'Stopped')
      if (/^(SimpleError|BlobError|ErrorReply)$/.test(kindOf(error))) throw new Refused(what, (error as Error).message)
      throw new FunctionFault(`The connection to the server broke off at ${what}`, 'OperationalError')
    }
  }
}

/** ERR: no file of users. NOPERM: the user may set itself, but save nothing. */
const NO_FILE = new Set(['ERR', 'NOPERM'])

/** What the server keeps of a password, and takes for it. */
const hashOf = (password: Secret): string => createHash('sha256').update(password.reveal()).digest('hex')

function refuseOpen({ withoutPassword }: AclUser, username: string): void {
  if (withoutPassword)
    throw new FunctionFault(`The server lets the user ${username} in without a password: a login proves nothing`)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a name stands in a line of a file, between blanks
const UNFIT = /[\x00-\x20\x7f\u0085\u00a0\u2028\u2029]/

/** The server's file of users is split at blanks and line ends, so names have none. Passwords are kept as hashes and may. */
export function refuseUnfit(username: string, password: Secret): void {
  if (username === '' || UNFIT.test(username) || !username.isWellFormed())
    throw new FunctionFault('the name of the user has a blank or a control character, which Redis does not allow')
  const text = password.reveal()
  // a host that is no Redis would take the lines of a password for commands of its own
  if (text === '' || /[\0\r\n]/.test(text) || !text.isWellFormed())
    throw new FunctionFault('the password is empty, has a NUL character or a line end or is no valid Unicode')
}
