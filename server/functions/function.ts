import type { Reach } from '#kernel/outbound/call'
import type { Secret } from '#kernel/values/bytes'

/**
 * The built-in rotation functions: the contract of AWS's published ones (names, secret JSON, environment, error texts), our own
 * code. They run in this process and reach secrets as any function does, by the API's operations in the name of a role.
 * Source: rotation.md 4, 8.
 */

/** Secrets Manager as a function sees it. Throws ApiError as the wire would answer. */
export interface SecretsClient {
  describeSecret(secretId: string): Promise<{
    readonly RotationEnabled?: boolean
    readonly VersionIdsToStages: Readonly<Record<string, readonly string[]>>
    readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[]
  }>
  /** The SecretString; ResourceNotFoundException when there is no such version or it is empty. */
  getSecretValue(
    secretId: string,
    version: { readonly VersionId?: string; readonly VersionStage?: string },
  ): Promise<Secret>
  putSecretValue(secretId: string, token: string, value: Secret, stages: readonly string[]): Promise<void>
  updateSecretVersionStage(
    secretId: string,
    stage: string,
    moveTo: string,
    removeFrom: string | undefined,
  ): Promise<void>
  getRandomPassword(options: PasswordOptions): Promise<Secret>
}

export interface PasswordOptions {
  readonly PasswordLength: number
  readonly ExcludeCharacters: string
  readonly ExcludeNumbers: boolean
  readonly ExcludePunctuation: boolean
  readonly ExcludeUppercase: boolean
  readonly ExcludeLowercase: boolean
  readonly RequireEachIncludedType: boolean
}

/** The way out to URLs that users name. */
export interface Outside {
  readonly reach: Reach
  /** Milliseconds since the epoch. */
  now(): number
}

export interface FunctionEvent {
  readonly Step: string
  readonly SecretId: string
  readonly ClientRequestToken: string
}

/** A database as it is registered with the server. */
export interface RegisteredDatabase {
  /** As a secret's JSON names it: `postgres`, also for Aurora. */
  readonly engine: string
  readonly host: string
  readonly port: number
  readonly dbname?: string | undefined
  /** In PEM. */
  readonly ca?: string | undefined
}

/** Where a login goes; a port that is not said is any. */
export interface Place {
  readonly host: string
  readonly port?: number | undefined
}

/** Databases that the server knows, as RDS and Redshift tell functions of them. Source: rotation.md 8.5. */
export interface DatabasesClient {
  /**
   * The database of that ARN, asked for with the rights of who set the rotation up; undefined when there is none. Throws ApiError
   * when he may not know.
   */
  find(arn: string): Promise<RegisteredDatabase | undefined>
  /** Whether at `place` is a read replica of the database at `master`, it itself by another name, or a reader of its cluster. The same rights. */
  follows(place: Place, master: Place): Promise<boolean>
  /** The certificate authority that is registered for a host, in PEM. It is no secret. */
  authority(host: string, port: number | undefined): Promise<string | undefined>
}

/** What a function runs with. */
export interface FunctionContext {
  readonly secrets: SecretsClient
  /** Environment variables as they are set for the function: EXCLUDE_CHARACTERS, PASSWORD_LENGTH … */
  readonly environment: ReadonlyMap<string, string>
  /** Without it none is known. */
  readonly databases?: DatabasesClient | undefined
  /** Certificate authorities, in PEM, that databases may have besides the public ones. */
  readonly authorities?: string | undefined
  /** For functions that call a URL of the user's; without it they call none. */
  readonly outside?: Outside | undefined
  /** A line for the log of the invocation; nothing secret. */
  log(line: string): void
  readonly signal: AbortSignal
  /** The step `dryRun` tells what it finds; for whoever runs the server. */
  readonly found?: ((finding: Finding) => void) | undefined
}

/** Throws FunctionFault for what the published functions raise; its message is theirs. */
export type RotationFunction = (event: FunctionEvent, context: FunctionContext) => Promise<void>

/** A failure of a function, told without anything secret. `type`: `ValueError`, `KeyError` … as the published ones raise it. */
export class FunctionFault extends Error {
  readonly type: string

  constructor(message: string, type = 'ValueError') {
    super(message)
    this.name = 'FunctionFault'
    this.type = type
  }
}

/** The JSON of a database's secret. Other keys stay as they are. Source: rotation.md 8.1. */
export interface DatabaseSecret {
  readonly engine: string
  readonly host: string
  readonly username: string
  readonly password: Secret
  readonly port?: number | undefined
  readonly dbname?: string | undefined
  /** `try`: TLS, and plain only if the server says that it has none; `require`; `never`. Source: rotation.md 8.2. */
  readonly tls: 'try' | 'require' | 'never'
  /** A certificate authority of one's own, in PEM. */
  readonly ca?: string | undefined
  /** For engines whose users belong to a database: the one whose users are meant, if it is not the one logged in to. */
  readonly usersOf?: string | undefined
  /** Oracle: by which name of the database the listener is asked; the service of the name `dbname` when none is given. */
  readonly service?: string | undefined
  readonly sid?: string | undefined
  /** Redis: further servers that have the same users, `redis-2:6379,redis-3`. */
  readonly nodes?: string | undefined
}

/**
 * Why no session came about: only `auth` says that the password is wrong. `not admitted`: the server lets this user in from here
 * with no password at all, as when there is no such user. Source: rotation.md 9.
 */
export type ConnectFailure = 'auth' | 'not admitted' | 'tls' | 'network' | 'missing database' | 'other'

/** Thrown by `connect`; the message is for logs and holds nothing secret. */
export class NotConnected extends Error {
  readonly failure: ConnectFailure

  constructor(failure: ConnectFailure, message: string) {
    super(message)
    this.name = 'NotConnected'
    this.failure = failure
  }
}

/** What a dry run has found; `wrong`: a rotation would fail for it. Nothing secret. */
export interface Finding {
  readonly state: 'ok' | 'warning' | 'wrong'
  readonly what: string
}

/** A login on a database. Every name and password is quoted for the engine; NUL bytes are refused. */
export interface Session {
  /** `SELECT NOW()` or the like. Throws when the login is of no use. */
  probe(): Promise<void>
  /** As superuser: what `setClone` would do or lack, without doing it. Not there: nothing is known beforehand. */
  examine?(original: string, clone: string): Promise<readonly Finding[]>
  /** Runs a statement that the secret's owner has given as a check, so that it can change nothing. Not there: no checks. */
  check?(statement: string): Promise<void>
  /** Sets the password of the user that is logged in. `current`: the password that it logged in with. */
  setOwnPassword(username: string, password: Secret, current: Secret): Promise<void>
  /** As superuser: makes `clone` with the rights of `original` if it is missing, and sets its password. */
  setClone(original: string, clone: string, password: Secret): Promise<void>
  close(): Promise<void>
}

/** One kind of database. */
export interface Engine {
  /** What the key `engine` may say: `postgres`, `aurora-postgresql`. The first one is in the error text. */
  readonly names: readonly string[]
  readonly excludeCharacters: string
  /** Characters that no password of this engine may have, also when the environment names others to leave out. */
  readonly neverInPasswords?: string
  /** Variables of the environment that the published function for this engine does not look at. Source: rotation.md 8.3. */
  readonly ignoredVariables?: readonly string[]
  readonly passwordLength: number
  /** Longest password that the database takes, in characters. */
  readonly longestPassword?: number
  /** Whom a secret without `username` means; the key is required when it is not given. */
  readonly defaultUsername?: string
  /** Keys that a secret to rotate must have besides the ones of every database. */
  readonly requiredKeys?: readonly 'dbname'[]
  /** Keys that only this engine reads. */
  readonly ownKeys?: readonly ('service' | 'sid' | 'nodes')[]
  /** Whether the previous version is tried with its own TLS settings, not with the current ones. Source: rotation.md 8.2. */
  readonly previousKeepsTls?: boolean
  /** Longest name of a user; undefined: none is looked at. May come from the environment. */
  usernameLimit(environment: ReadonlyMap<string, string>): number | undefined
  /** How the text about a name that is too long writes the suffix; `_clone` when it is not given. */
  readonly cloneSuffix?: string
  /** How long a name is, in what `usernameLimit` counts; characters (code points) when it is not given. */
  usernameSize?(username: string): number
  /** How the text about a wrong name calls the user of the previous version; `previous valid user` when it is not given. */
  readonly previousUser?: string
  /** How the text about a superuser's other host goes on after `the same host as`; `/rds replica of master` by default. */
  readonly otherHost?: string
  /** The superuser's login for a rotation of `current`; into the database of `current` by default. Source: rotation.md 8.5. */
  masterLogin?(master: DatabaseSecret, current: DatabaseSecret): DatabaseSecret
  /** The other name of a user: `app` and `app_clone`. */
  clone(username: string): string
  /** Throws NotConnected. */
  connect(secret: DatabaseSecret, signal: AbortSignal): Promise<Session>
}
