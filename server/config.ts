import path from 'node:path'
import type { LogLevel } from '#kernel/log'
import type { SealSettings } from '#kernel/sealing/settings'
import { Secret } from '#kernel/values/bytes'
import { contentOf, holdsPassword, type ReadFile, readText } from './config/files.ts'
import { defaultLimits, type Limits } from './config/limits.ts'
import type { Mode, OptionName } from './config/options.ts'
import {
  type Address,
  isLoopback,
  readAccount,
  readAddress,
  readBaseUrl,
  readChoice,
  readDatabaseUrl,
  readHosts,
  readNetworks,
  readNumber,
  readPath,
  readRegions,
  readShare,
  readSpan,
  readSwitch,
  readUrl,
  Unreadable,
} from './config/readers.ts'
import { type OutletSettings, readOutlets } from './config/outlets.ts'
import { type RequestRate, readRates } from './config/request-rates.ts'
import { readSeal } from './config/seal.ts'
import {
  type Environment,
  fromArguments,
  fromEnvironment,
  fromFile,
  type Problem,
  type Setting,
} from './config/settings.ts'

export { defaultLimits, type Limits } from './config/limits.ts'
export { nearest } from './config/nearest.ts'
export { optionHelp, variableHelp } from './config/options.ts'
export type { Environment, Problem } from './config/settings.ts'
export type { SealSettings } from '#kernel/sealing/settings'

interface Common {
  readonly listen: Address
  /** The first is the default one. */
  readonly regions: readonly [string, ...string[]]
  readonly logLevel: LogLevel
  readonly shutdownGraceMs: number
  readonly limits: Limits
  /** How the keys of identity providers are had (AssumeRoleWithWebIdentity). Paths are absolute. */
  readonly oidc: {
    readonly jwksPath: string | undefined
    readonly caPath: string | undefined
    readonly privateIssuers: boolean
  }
  /** How built-in rotation functions are set up. The path is absolute. */
  readonly functions: {
    readonly environmentPath: string | undefined
    readonly webhookPrivateHosts: readonly string[]
  }
  /** How users' functions are run. Paths are absolute. */
  readonly sandboxes: {
    /** Undefined: serve runs them where each gets a user of its own, dev does. */
    readonly run: boolean | undefined
    readonly most: number
    /** Python interpreters, in the order in which they are tried. */
    readonly pythons: readonly string[]
    readonly endpoint: string | undefined
    readonly caPath: string | undefined
    readonly directory: string | undefined
  }
  /** Requests a second to Secrets Manager, per account, region and process; empty: no limit. */
  readonly requestRates: readonly RequestRate[]
  /** How the limits of Secrets Manager differ from AWS's. `secrets`: in an account and region. */
  readonly secretLimits: { readonly secrets?: number; readonly nameReuse: boolean }
  /** Of secrets: how long it is kept (0: off), and how many of a secret's newest versions keep their value. */
  readonly history: { readonly keptMs: number; readonly versions: number }
  readonly parameters: {
    /** Transactions a second of Parameter Store, per account, region and process; undefined: no limit. */
    readonly throughput: number | undefined
    /** A deny on a parameter counts where its path is read. */
    readonly strictPaths: boolean
  }
  /** Where the records of the audit trail go besides the journal. */
  readonly outlets: OutletSettings
  /** Where traces go; undefined: nowhere. */
  readonly tracing:
    | { readonly endpoint: string; readonly headers: Secret | undefined; readonly sample: number }
    | undefined
  /** Credentials that the first start takes instead of making its own. */
  readonly rootCredentials?: { readonly accessKeyId: string; readonly secretAccessKey: Secret }
}

/** How `strongroom serve` runs. */
export interface ServeConfig extends Common {
  readonly mode: 'serve'
  /** Undefined: the store's own, made on the first start. */
  readonly account: string | undefined
  /** Holds the seal key, the root credentials and the lock, and the store unless `database` is set. Absolute. */
  readonly directory: string
  /** The PostgreSQL URL, which may contain a password. `databaseShown` is what may be printed of it. */
  readonly database: Secret | undefined
  readonly databaseShown: string | undefined
  readonly seal: SealSettings
  /** A drill older than this is told in health. */
  readonly drillMs: number
  /** Records that are older are taken out of the audit journal. Undefined: everything is kept. */
  readonly auditKeptMs: number | undefined
  readonly tls: { readonly certificatePath: string; readonly keyPath: string } | undefined
  readonly trustedProxies: readonly string[]
  /** JSON file that makes the listener a private endpoint. Absolute. */
  readonly endpointPath: string | undefined
  readonly workers: number
  /** Take the audit journal that is there, although the store knows another one. */
  readonly acceptAuditJournal: boolean
}

/** How `strongroom dev` runs: in memory, on loopback. */
export interface DevConfig extends Common {
  readonly mode: 'dev'
  readonly account: string
  /** Unknown credentials are refused instead of counting as the root of the account. */
  readonly enforce: boolean
  /** JSON file with what the store holds at the start and after a reset. Absolute. */
  readonly seedPath: string | undefined
}

export type Config = ServeConfig | DevConfig

/** A config, or everything that is wrong, at once. `warnings` do not stop a start but belong on the screen. */
export type Configured<C extends Config = Config> =
  | { readonly config: C; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] }

/**
 * Turns command line, environment and file into one frozen config. Flags win over variables, these over the file.
 * `read` gives a file's text (of --config and --seal-passphrase-file) and throws when it can't, or may not because others
 * could read a secret in it.
 */
export function configure(
  mode: 'serve',
  args: readonly string[],
  env: Environment,
  read?: ReadFile,
): Configured<ServeConfig>
export function configure(
  mode: 'dev',
  args: readonly string[],
  env: Environment,
  read?: ReadFile,
): Configured<DevConfig>
export function configure(
  mode: Mode,
  args: readonly string[],
  env: Environment,
  read: ReadFile = readText,
): Configured {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const flags = fromArguments(mode, args, problems)
  const variables = fromEnvironment(mode, env, warnings)
  const file = flags.get('config') ?? variables.get('config')
  const fileText = file === undefined ? undefined : contentOf(file, read, problems, 'settings')
  const filed = file === undefined || fileText === undefined ? undefined : fromFile(mode, file.text, fileText, problems)
  // Looked at once more, as the secret that it turned out to be.
  if (file !== undefined && holdsPassword(filed?.get('database')?.text)) contentOf(file, read, problems, 'secret')
  const find = (name: OptionName): Setting | undefined => flags.get(name) ?? variables.get(name) ?? filed?.get(name)

  const settings: Given = {
    find,
    value(name, reader) {
      const setting = find(name)
      if (setting === undefined) return undefined
      try {
        return reader(setting.text)
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error
        problems.push({ name: setting.from, what: error.message, hint: error.hint })
        return undefined
      }
    },
    read: (setting) => contentOf(setting, read, problems, 'secret'),
    problem: (name, what, hint) => void problems.push({ name, what, hint }),
    warn: (name, what, hint) => void warnings.push({ name, what, hint }),
  }
  const common = commonOf(settings, env)
  const config = mode === 'serve' ? serveConfig(common, settings, env) : devConfig(common, settings)
  return problems.length > 0 ? { problems } : { config: frozen(config), warnings }
}

interface Given {
  find(name: OptionName): Setting | undefined
  /** The setting as its reader understands it; undefined when it is not given or unreadable (then that is a problem). */
  value<T>(name: OptionName, reader: (text: string) => T): T | undefined
  /** The text of the file, which holds a secret. */
  read(setting: Setting): string | undefined
  problem(name: string, what: string, hint?: string): void
  warn(name: string, what: string, hint?: string): void
}

function commonOf(given: Given, env: Environment): Common {
  const { find, value, problem } = given
  const connections = value('max-connections', readNumber(1, 1_000_000))
  const rootCredentials = rootCredentialsOf(env, problem)
  const mostSecrets = value('secrets-per-account', readNumber(1, 1_000_000_000))
  const regions = value('region', readRegions) ?? (['us-east-1'] as const)
  return {
    listen: value('listen', readAddress) ?? { host: '127.0.0.1', port: 4566 },
    regions,
    logLevel: value('log-level', readChoice(['debug', 'info', 'warn', 'error', 'silent'])) ?? 'info',
    shutdownGraceMs: value('shutdown-grace', readSpan) ?? 30_000,
    limits:
      find('max-connections') === undefined || connections === undefined
        ? defaultLimits
        : { ...defaultLimits, connections },
    oidc: {
      jwksPath: absolute(value('oidc-jwks', readPath)),
      caPath: absolute(value('oidc-ca', readPath)),
      privateIssuers: value('oidc-private-issuers', readSwitch) ?? false,
    },
    functions: {
      environmentPath: absolute(value('rotation-environment', readPath)),
      webhookPrivateHosts: value('webhook-private-hosts', readHosts) ?? [],
    },
    sandboxes: {
      run: value('functions', readOnOff),
      // Each has a user of its own, of which there are six hundred: a third more than these run at once.
      most: value('function-sandboxes', readNumber(1, 450)) ?? 10,
      pythons: pythonsOf(absolute(value('function-python', readPath)), env),
      endpoint: value('function-endpoint', readUrl),
      caPath: absolute(value('function-ca', readPath)),
      directory: absolute(value('function-directory', readPath)),
    },
    requestRates: value('request-rates', readRates) ?? [],
    secretLimits: {
      ...(mostSecrets === undefined ? {} : { secrets: mostSecrets }),
      nameReuse: value('name-reuse', readSwitch) ?? false,
    },
    history: {
      keptMs: value('history', readHistory) ?? YEAR_MS,
      versions: value('history-versions', readNumber(0, 100_000)) ?? 100,
    },
    parameters: {
      throughput: value('parameter-throughput', readNumber(1, 1_000_000)),
      strictPaths: value('strict-paths', readSwitch) ?? false,
    },
    ...(rootCredentials === undefined ? {} : { rootCredentials }),
    outlets: readOutlets(given, env, regions[0]),
    tracing: tracingOf(env, value, problem),
  }
}

/** Where traces go; the variable that every program with OpenTelemetry knows counts too. */
function tracingOf(env: Environment, value: Given['value'], problem: Given['problem']): Common['tracing'] {
  const standard = env.OTEL_EXPORTER_OTLP_ENDPOINT ?? ''
  const sample = value('otlp-sample', readShare) ?? 1
  let endpoint = value('otlp-endpoint', readBaseUrl)
  if (endpoint === undefined && standard !== '') {
    try {
      endpoint = readBaseUrl(standard)
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      problem('OTEL_EXPORTER_OTLP_ENDPOINT', error.message, error.hint)
    }
  }
  if (endpoint === undefined) return undefined
  const headers = env.STRONGROOM_OTLP_HEADERS ?? ''
  return { endpoint, sample, headers: headers === '' ? undefined : new Secret(headers) }
}

/** LookupEvents goes back as far as AWS's does. Source: surroundings.md 1.5. */
const LEAST_RETENTION_MS = 90 * 24 * 3_600_000

function readRetention(text: string): number {
  const keptMs = readSpan(text)
  if (keptMs < LEAST_RETENTION_MS)
    throw new Unreadable('the audit journal is kept for 90 days at least', 'write a span like 400d')
  return keptMs
}

const YEAR_MS = 365 * 86_400_000
/** AWS's own pruning leaves what is younger. Source: secretsmanager.md 4.4. */
const LEAST_HISTORY_MS = 86_400_000

function readHistory(text: string): number {
  if (text === 'off') return 0
  const [, years] = /^(\d{1,2})y$/.exec(text) ?? []
  const hint = "write a span like 1y or 90d, or 'off'"
  const keptMs = years === undefined ? readSpan(text, hint) : Number(years) * YEAR_MS
  if (keptMs < LEAST_HISTORY_MS) throw new Unreadable('the history is kept for a day at least', hint)
  return keptMs
}

const readOnOff = (text: string): boolean => readChoice(['on', 'off'])(text) === 'on'

/** The one that is named, or all that a shell would find, and where they usually are. */
function pythonsOf(named: string | undefined, { PATH = '' }: Environment): readonly string[] {
  if (named !== undefined) return [named]
  const folders = PATH.split(path.delimiter).filter((folder) => path.isAbsolute(folder))
  return [...new Set([...folders, '/usr/local/bin', '/usr/bin'])].map((folder) => path.join(folder, 'python3'))
}

function serveConfig(common: Common, given: Given, env: Environment): ServeConfig {
  const { find, value, problem, warn } = given
  const directory = path.resolve(value('data', readPath) ?? '.strongroom')
  const database = value('database', readDatabaseUrl)
  const url = database === undefined ? undefined : new URL(database)
  if (url !== undefined && url.password !== '' && find('database')?.from === '--database')
    warn(
      '--database',
      'its password is seen by every process of the machine',
      'use STRONGROOM_DATABASE, PGPASSWORD or ~/.pgpass',
    )
  const certificatePath = value('tls-cert', readPath)
  const keyPath = value('tls-key', readPath)
  if (find('tls-cert') !== undefined && find('tls-key') === undefined)
    problem('--tls-key', 'is missing', '--tls-cert and --tls-key belong together')
  if (find('tls-key') !== undefined && find('tls-cert') === undefined)
    problem('--tls-cert', 'is missing', '--tls-cert and --tls-key belong together')
  const tls =
    certificatePath === undefined || keyPath === undefined
      ? undefined
      : { certificatePath: path.resolve(certificatePath), keyPath: path.resolve(keyPath) }
  const insecure = value('insecure-listen-without-tls', readSwitch) ?? false
  const wantsTls = find('tls-cert') !== undefined || find('tls-key') !== undefined
  if (!isLoopback(common.listen.host) && !wantsTls && !insecure)
    problem(
      find('listen')?.from ?? '--listen',
      `${shownHost(common.listen.host)} is reached by other machines, and without TLS the network reads every secret`,
      'give --tls-cert and --tls-key, or listen on 127.0.0.1 behind a proxy that speaks TLS; --insecure-listen-without-tls takes the risk',
    )
  if (insecure && tls === undefined && !isLoopback(common.listen.host))
    warn('--insecure-listen-without-tls', 'secrets and credentials cross the network in the clear')
  return {
    mode: 'serve',
    ...common,
    account: value('account', readAccount),
    directory,
    database: database === undefined ? undefined : new Secret(database),
    databaseShown: url === undefined ? undefined : `${url.protocol}//${url.host}${url.pathname}`,
    seal: readSeal(given, env, directory, common.regions[0]),
    drillMs: value('drill-every', readSpan) ?? 90 * 24 * 3_600_000,
    auditKeptMs: value('audit-retention', readRetention),
    tls,
    trustedProxies: value('trusted-proxy', readNetworks) ?? [],
    endpointPath: absolute(value('private-endpoint', readPath)),
    workers: value('workers', readNumber(1, 128)) ?? 1,
    acceptAuditJournal: value('accept-audit-journal', readSwitch) ?? false,
  }
}

function devConfig(common: Common, { find, value, problem }: Given): DevConfig {
  if (!isLoopback(common.listen.host))
    problem(
      find('listen')?.from ?? '--listen',
      `${shownHost(common.listen.host)} is reached by other machines, and dev takes unknown credentials for root`,
      'listen on 127.0.0.1, or run strongroom serve',
    )
  const seedPath = value('seed', readPath)
  return {
    mode: 'dev',
    ...common,
    account: value('account', readAccount) ?? '000000000000',
    enforce: value('enforce', readSwitch) ?? false,
    seedPath: absolute(seedPath),
  }
}

function rootCredentialsOf(env: Environment, problem: Given['problem']): Common['rootCredentials'] {
  const accessKeyId = env.STRONGROOM_ROOT_ACCESS_KEY_ID ?? ''
  const secretAccessKey = env.STRONGROOM_ROOT_SECRET_ACCESS_KEY ?? ''
  if (accessKeyId === '' && secretAccessKey === '') return undefined
  const together = 'STRONGROOM_ROOT_ACCESS_KEY_ID and STRONGROOM_ROOT_SECRET_ACCESS_KEY belong together'
  if (accessKeyId === '') problem('STRONGROOM_ROOT_ACCESS_KEY_ID', 'is missing', together)
  // The shape of AWS's access key ids. Source: API_AccessKey (16 to 128 of \w).
  else if (!/^\w{16,128}$/.test(accessKeyId))
    problem('STRONGROOM_ROOT_ACCESS_KEY_ID', 'is not 16 to 128 letters, digits or underscores')
  if (secretAccessKey === '') problem('STRONGROOM_ROOT_SECRET_ACCESS_KEY', 'is missing', together)
  else if (!/^[\x21-\x7e]{32,128}$/.test(secretAccessKey))
    problem(
      'STRONGROOM_ROOT_SECRET_ACCESS_KEY',
      'is not 32 to 128 printable characters without blanks',
      'openssl rand -base64 30 makes one',
    )
  return { accessKeyId, secretAccessKey: new Secret(secretAccessKey) }
}

const absolute = (file: string | undefined): string | undefined => (file === undefined ? undefined : path.resolve(file))

const shownHost = (host: string): string => (host === '::' || host === '0.0.0.0' ? 'every interface' : host)

/** The same value, with all that is in it, made unchangeable. */
function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) frozen(inner)
  return Object.freeze(value)
}
