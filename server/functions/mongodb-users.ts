import type { Document, MongoClient } from 'mongodb'
import type { Secret } from '#kernel/values/bytes'
import { type Finding, FunctionFault, type Session } from './function.ts'
import { told } from './untold.ts'

/** What is done to the users of MongoDB and DocumentDB. Source: rotation.md 8.6; MongoDB, User Management Commands. */

/** How long a server may take to say goodbye. */
const CLOSE_MS = 2_000
/** No such field: how MongoDB (40415, 9 before 4.4) and DocumentDB (303) refuse what they do not know. */
const UNKNOWN_FIELD: ReadonlySet<number> = new Set([9, 303, 40_415])

interface Login {
  readonly client: MongoClient
  /** The database whose user is logged in. */
  readonly ownDatabase: string
  /** The database whose users `setClone` means. */
  readonly usersOf: string
  /** The password that was logged in with. */
  readonly own: Secret
  release(): Promise<void>
}

interface Role {
  readonly role: string
  readonly db: string
}

/** A user as `usersInfo` describes it, as far as it is copied. */
interface User {
  readonly roles: readonly Role[]
  readonly customData?: Document
  readonly mechanisms?: readonly string[]
  readonly authenticationRestrictions?: readonly Document[]
}

/** A login. Commands take names and passwords as values of their own, so that nothing is quoted. */
export class MongoSession implements Session {
  readonly #login: Login

  constructor(login: Login) {
    this.#login = login
  }

  async probe(): Promise<void> {
    const { username } = this.#login.client.options.credentials ?? {}
    await this.#run(this.#login.ownDatabase, { usersInfo: username })
  }

  async setOwnPassword(username: string, password: Secret): Promise<void> {
    const pwd = sendable(password)
    await this.#run(this.#login.ownDatabase, { updateUser: username, pwd }, [password])
  }

  /**
   * A clone is made with all at once, so it is never half a clone. It gets the roles of the original, also those of other
   * databases, and what else the server tells of it; later rotations set its password only, as AWS's function does.
   */
  async setClone(original: string, clone: string, password: Secret): Promise<void> {
    const pwd = sendable(password)
    const model = await this.#find(original)
    if (model === undefined)
      throw new FunctionFault(`the user ${original} is not among the users of the database ${this.#login.usersOf}`)
    const there = await this.#find(clone)
    if (there === undefined) {
      const { roles, customData, mechanisms, authenticationRestrictions } = model
      const made = { createUser: clone, pwd, roles, customData, mechanisms, authenticationRestrictions }
      await this.#run(this.#login.usersOf, present(made), [password])
      return
    }
    // who may log in as x_clone must not have the superuser hand him an x that may do more
    const more = beyond(there, model)
    if (more.length > 0)
      throw new FunctionFault(
        `Attempting to modify user ${clone}, which has rights that ${original} lacks: ${more.join(', ')}`,
      )
    await this.#run(this.#login.usersOf, { updateUser: clone, pwd }, [password])
  }

  async examine(original: string, clone: string): Promise<readonly Finding[]> {
    const model = await this.#find(original)
    const there = await this.#find(clone)
    if (model === undefined)
      return [{ state: 'wrong', what: `there is no user ${original} in the database ${this.#login.usersOf}` }]
    const more = there === undefined ? [] : beyond(there, model)
    if (more.length > 0)
      return [{ state: 'wrong', what: `${clone} has rights that ${original} lacks: ${more.join(', ')}` }]
    const does =
      there === undefined ? `would be made with ${model.roles.length} roles` : 'is there, and would get a password'
    return [{ state: 'ok', what: `the user ${clone} of the database ${this.#login.usersOf} ${does}` }]
  }

  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS)
    })
    try {
      // a driver that waits for a silent server gives up by itself a little later
      await Promise.race([this.#login.release().catch(() => undefined), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #find(user: string): Promise<User | undefined> {
    // in the words of the published function, which DocumentDB is known to understand
    const asked = { usersInfo: user }
    const reply = await this.#run(this.#login.usersOf, { ...asked, showAuthenticationRestrictions: true }).catch(
      async (error: unknown) => {
        // a server that has no such restrictions
        if (!(error instanceof Refused) || !UNKNOWN_FIELD.has(error.code)) throw error
        return await this.#run(this.#login.usersOf, asked)
      },
    )
    const users: unknown = reply.users
    if (!Array.isArray(users) || users.length > 1) throw unreadable()
    return users.length === 0 ? undefined : userOf(users[0], user)
  }

  /** Errors carry the code and what the server said, never the command. */
  async #run(database: string, command: Document, secrets: readonly Secret[] = []): Promise<Document> {
    try {
      // numbers and the like of customData go back as they came
      return await this.#login.client.db(database).command(command, { promoteValues: false, bsonRegExp: true })
    } catch (error) {
      const { message, code, codeName } = error as { message: string; code?: unknown; codeName?: unknown }
      // a number that is not promoted is an object
      throw new Refused(Number(code ?? Number.NaN), codeName, told(message, [this.#login.own, ...secrets]))
    }
  }
}

/** The server refuses a command, or does not answer. */
class Refused extends FunctionFault {
  readonly code: number

  constructor(code: number, codeName: unknown, message: string) {
    const number = Number.isNaN(code) ? '' : ` ${code}`
    const name = typeof codeName === 'string' && /^\w{1,80}$/.test(codeName) ? ` ${codeName}` : ''
    const hint =
      code === NOT_PRIMARY ? ' (the host of the secret must be the primary, or an address that leads to it)' : ''
    super(`MongoDB:${number}${name} ${message}${hint}`, 'DatabaseError')
    this.code = code
  }
}

const NOT_PRIMARY = 10_107

/** Fails closed: a clone without a restriction of the original would be let in from where the original is not. */
const unreadable = () => new FunctionFault('what the database says of the user cannot be copied to a clone')

function userOf(said: unknown, name: string): User {
  const { user, roles, customData, mechanisms, authenticationRestrictions } = (said ?? {}) as Document
  if (user !== name || !Array.isArray(roles)) throw unreadable()
  return {
    roles: roles.map(roleOf),
    ...(isDocument(customData) && Object.keys(customData).length > 0 ? { customData } : {}),
    ...(mechanisms === undefined ? {} : { mechanisms: mechanismsOf(mechanisms) }),
    ...restrictionsOf(authenticationRestrictions),
  }
}

function roleOf(said: unknown): Role {
  const { role, db } = (said ?? {}) as Document
  if (typeof role !== 'string' || typeof db !== 'string') throw unreadable()
  return { role, db }
}

function mechanismsOf(said: unknown): string[] {
  if (!Array.isArray(said) || said.some((name) => name !== 'SCRAM-SHA-1' && name !== 'SCRAM-SHA-256'))
    throw unreadable()
  return said as string[]
}

/** `[{ clientSource: ['10.0.0.0/8'], serverAddress: [...] }]`, or that in brackets of its own, as roles are described. */
function restrictionsOf(said: unknown): Pick<User, 'authenticationRestrictions'> {
  if (said === undefined || (Array.isArray(said) && said.length === 0)) return {}
  if (!Array.isArray(said)) throw unreadable()
  // of several in brackets each one must hold, which a user cannot be given
  const list: unknown[] = said.length === 1 && Array.isArray(said[0]) ? said[0] : said
  const known = (item: unknown): item is Document =>
    isDocument(item) &&
    Object.entries(item).every(
      ([key, texts]) =>
        (key === 'clientSource' || key === 'serverAddress') &&
        Array.isArray(texts) &&
        texts.every((text) => typeof text === 'string'),
    )
  if (!list.every(known)) throw unreadable()
  return { authenticationRestrictions: list }
}

const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const present = (command: Document): Document =>
  Object.fromEntries(Object.entries(command).filter(([, value]) => value !== undefined))

/** Roles of `admin` may reach every database; these two hand out roles. */
const reachesFar = ({ role, db }: Role): boolean => db === 'admin' || role === 'userAdmin' || role === 'dbOwner'
/** What a user may do that another may not, as far as it matters. */
const beyond = (user: User, other: User): string[] =>
  user.roles
    .filter((role) => reachesFar(role) && !other.roles.some((own) => own.role === role.role && own.db === role.db))
    .map(({ role, db }) => `${role} on ${db}`)

function sendable(password: Secret): string {
  const text = password.reveal()
  if (text === '') throw new FunctionFault('the password is empty')
  if (text.includes('\0')) throw new FunctionFault('a name or password has a NUL character')
  if (!text.isWellFormed()) throw new FunctionFault('a name or password is no valid Unicode')
  return text
}
