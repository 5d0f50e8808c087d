import type { Document } from 'mongodb'
import { type Credential, credential, MECHANISMS, type Mechanism } from './scram.ts'

/** The users of a MongoDB and the commands about them, strictly: what MongoDB does not know is an error in its words. */

/** An error as MongoDB answers it. Source: MongoDB, error codes. */
export class MongoFault extends Error {
  readonly code: number
  readonly codeName: string

  constructor(code: number, codeName: string, message: string) {
    super(message)
    this.code = code
    this.codeName = codeName
  }
}

export interface Role {
  readonly role: string
  readonly db: string
}

export interface Account {
  readonly user: string
  readonly db: string
  roles: readonly Role[]
  customData?: Document | undefined
  authenticationRestrictions: readonly Document[]
  mechanisms: readonly Mechanism[]
  credentials: ReadonlyMap<Mechanism, Credential>
}

/** Which of the two; DocumentDB knows SHA-1 and no restrictions. */
export type Kind = 'mongodb' | 'documentdb'

const GENERIC = new Set(['$db', 'lsid', '$readPreference', '$clusterTime', 'comment', 'writeConcern'])
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  createUser: ['pwd', 'roles', 'customData', 'mechanisms', 'authenticationRestrictions', 'digestPassword'],
  updateUser: ['pwd', 'roles', 'customData', 'mechanisms', 'authenticationRestrictions', 'digestPassword'],
  usersInfo: ['showAuthenticationRestrictions', 'showCredentials', 'showPrivileges', 'filter'],
  dropUser: [],
}
/** Roles that are there without being made. */
const BUILT_IN = new Set(['root', 'read', 'readWrite', 'dbOwner', 'userAdmin', 'userAdminAnyDatabase', 'backup'])

export class Users {
  readonly #accounts = new Map<string, Account>()
  readonly #kind: Kind
  /** Roles that somebody has made: `reports@shop`. */
  readonly customRoles = new Set<string>()

  constructor(kind: Kind) {
    this.#kind = kind
  }

  get mechanisms(): readonly Mechanism[] {
    return this.#kind === 'mongodb' ? MECHANISMS : ['SCRAM-SHA-1']
  }

  find(user: string, db: string): Account | undefined {
    // DocumentDB keeps all of them in one place
    return this.#accounts.get(this.#key(user, db))
  }

  /** Makes a user, as somebody who may do so. */
  add(user: string, db: string, pwd: string, roles: readonly Role[], more: Document = {}): void {
    this.#create(db, { createUser: user, pwd, roles, ...more })
  }

  /** Does what a command says, in the name of `who`. */
  run(db: string, command: Document, who: Account | undefined): Document {
    const name = Object.keys(command)[0] as string
    const fields = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
    if (fields === undefined) throw new MongoFault(59, 'CommandNotFound', `no such command: '${name}'`)
    const unknown = Object.keys(command).find(
      (key) => key !== name && !GENERIC.has(key) && !(fields.includes(key) && this.#knows(key)),
    )
    if (unknown !== undefined)
      throw this.#kind === 'mongodb'
        ? new MongoFault(40_415, 'Location40415', `BSON field '${name}.${unknown}' is an unknown field.`)
        : new MongoFault(303, 'Location303', `Feature not supported: ${unknown}`)
    if (who === undefined) throw new MongoFault(13, 'Unauthorized', `Command ${name} requires authentication`)
    this.#authorize(db, name, command, who)
    switch (name) {
      case 'createUser':
        return this.#create(db, command)
      case 'updateUser':
        return this.#update(db, command)
      case 'dropUser':
        this.#accounts.delete(this.#key(String(command.dropUser), db))
        return {}
      default:
        return this.#describe(db, command)
    }
  }

  #knows(field: string): boolean {
    return (
      this.#kind === 'mongodb' ||
      !['showAuthenticationRestrictions', 'authenticationRestrictions', 'mechanisms'].includes(field)
    )
  }

  #key(user: string, db: string): string {
    return JSON.stringify([user, this.#kind === 'mongodb' ? db : 'admin'])
  }

  #authorize(db: string, name: string, command: Document, who: Account): void {
    const manages = who.roles.some(
      ({ role, db: of }) =>
        ((role === 'root' || role === 'userAdminAnyDatabase') && of === 'admin') ||
        ((role === 'userAdmin' || role === 'dbOwner') && of === db),
    )
    if (manages) return
    const target = name === 'usersInfo' ? subjectOf(command.usersInfo, db) : { user: String(command[name]), db }
    const own = this.#key(target.user, target.db) === this.#key(who.user, who.db)
    const onlyPassword = Object.keys(command).every((key) => key === name || key === 'pwd' || GENERIC.has(key))
    const changesOwn = who.roles.some(({ role }) => role === 'changeOwn')
    if (own && (name === 'usersInfo' || (name === 'updateUser' && onlyPassword && changesOwn))) return
    const shown = `{ ${name}: "${target.user}"${'pwd' in command ? ', pwd: "xxx"' : ''} }`
    throw new MongoFault(13, 'Unauthorized', `not authorized on ${db} to execute command ${shown}`)
  }

  #create(db: string, command: Document): Document {
    const user = textOf(command.createUser, 'createUser.createUser')
    if (this.find(user, db) !== undefined)
      throw new MongoFault(51_003, 'Location51003', `User "${user}@${db}" already exists`)
    if (!Array.isArray(command.roles))
      throw new MongoFault(40_414, 'Location40414', "BSON field 'createUser.roles' is missing but a required field")
    const mechanisms: readonly Mechanism[] = command.mechanisms ?? this.mechanisms
    this.#accounts.set(this.#key(user, db), {
      user,
      db,
      roles: command.roles.map((role: unknown) => this.#role(role, db)),
      customData: command.customData,
      authenticationRestrictions: command.authenticationRestrictions ?? [],
      mechanisms,
      credentials: credentialsOf(mechanisms, user, command.pwd),
    })
    return {}
  }

  #update(db: string, command: Document): Document {
    const user = textOf(command.updateUser, 'updateUser.updateUser')
    const account = this.find(user, db)
    if (account === undefined) throw new MongoFault(11, 'UserNotFound', `User '${user}@${db}' not found`)
    if (command.roles !== undefined) account.roles = command.roles.map((role: unknown) => this.#role(role, db))
    if (command.pwd !== undefined) {
      account.mechanisms = command.mechanisms ?? this.mechanisms
      account.credentials = credentialsOf(account.mechanisms, user, command.pwd)
    }
    return {}
  }

  #describe(db: string, command: Document): Document {
    const subject = subjectOf(command.usersInfo, db)
    const account = this.find(subject.user, subject.db)
    if (account === undefined) return { users: [] }
    const { user, db: of, roles, customData, mechanisms, authenticationRestrictions } = account
    const common = { _id: `${of}.${user}`, user, db: of, roles, customData }
    if (this.#kind === 'documentdb') return { users: [common] }
    const restricted =
      command.showAuthenticationRestrictions === true
        ? { authenticationRestrictions, inheritedAuthenticationRestrictions: [], inheritedRoles: roles }
        : {}
    return { users: [{ ...common, mechanisms, ...restricted }] }
  }

  #role(said: unknown, db: string): Role {
    const role: Role = typeof said === 'string' ? { role: said, db } : (said as Role)
    const known = BUILT_IN.has(role.role) || this.customRoles.has(`${role.role}@${role.db}`)
    if (!known) throw new MongoFault(31, 'RoleNotFound', `Could not find role: ${role.role}@${role.db}`)
    return { role: role.role, db: role.db }
  }
}

function subjectOf(said: unknown, db: string): { user: string; db: string } {
  if (typeof said === 'string') return { user: said, db }
  const { user, db: of } = (said ?? {}) as Document
  if (typeof user !== 'string' || typeof of !== 'string')
    throw new MongoFault(2, 'BadValue', 'UserName must contain a string field named: user')
  return { user, db: of }
}

function textOf(said: unknown, field: string): string {
  if (typeof said === 'string' && said !== '') return said
  throw new MongoFault(14, 'TypeMismatch', `BSON field '${field}' is the wrong type, expected type 'string'`)
}

function credentialsOf(mechanisms: readonly Mechanism[], user: string, pwd: unknown): Map<Mechanism, Credential> {
  const password = textOf(pwd, 'pwd')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SASLprep forbids them
  if (mechanisms.includes('SCRAM-SHA-256') && /[\x00-\x1f\x7f]/.test(password))
    throw new MongoFault(50_692, 'Location50692', 'Error preflighting normalization: U_STRINGPREP_PROHIBITED_ERROR')
  return new Map(mechanisms.map((mechanism) => [mechanism, credential(mechanism, user, password)]))
}
