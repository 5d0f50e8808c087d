import { configure } from '@strongroom/server/config'
import type { DatabaseSummary, NewDatabase } from '@strongroom/server/databases'
import { type Command, exit, Failure, type Io } from './command.ts'
import { accepted } from './settings.ts'
import { plain, styles } from './style.ts'

type Verb = 'register' | 'list' | 'show' | 'remove'

/** `strongroom database` */
export const database: Command = {
  name: 'database',
  summary: 'register databases, so that rotations know them and RDS calls show them',
  help: () => `usage: strongroom database register --identifier ID --engine ENGINE --host HOST --username NAME [more below]
       strongroom database list [--account DIGITS] [--json] [--data DIR | --database URL] [--seal-file FILE]
       strongroom database show ID [--account DIGITS] [--region NAME] [--json] [--data DIR | --database URL] ...
       strongroom database remove ID [--account DIGITS] [--region NAME] [--json] [--data DIR | --database URL] ...

Strongroom runs no databases. One that is there can be registered: then aws rds describe-db-instances shows it (or describe-db-clusters,
aws docdb, aws redshift), rotation functions find its host, its replicas and its certificate authority, and the server can keep the
password of its master user by itself. Where the server keeps its state is said as for strongroom serve: by the same flags, variables
and file. All of it works while the server runs.

register   Makes a database known.
  --identifier ID      1 to 63 letters, digits and hyphens: its name in RDS
  --engine ENGINE      postgres, mysql, mariadb, aurora-postgresql, aurora-mysql, oracle-se2, sqlserver-ex, docdb, redshift ...
  --host HOST          where it listens; of a cluster, where its writer does
  --port PORT          default: the engine's own
  --username NAME      its master user
  --dbname NAME        the database that the master user logs in to
  --ca FILE            certificates, in PEM, that its server may be signed by: believed for this host, without a key in any secret
  --alias HOST         another name of the same server, as secrets may have it; may be given several times
  --kind KIND          instance (default), cluster, or with the engine redshift: redshift (default), serverless
  --reader-host HOST   of a cluster: where its readers listen
  --replica-of ID      it is a read replica of this instance
  --cluster ID         it is a member of this cluster; with --writer or --reader (default)
  --tag KEY=VALUE      may be given several times
  --password-file FILE the master user's password as it is now, kept encrypted; - reads standard input
  --manage-master-user-password
                       have the server keep the password: it makes the secret rds!db-..., replaces the password at once and every 7
                       days. Needs the password as it is now: from --password-file, else it is asked for
  --kms-key-id KEY     the key of that secret; default aws/secretsmanager
list       Prints the databases of all accounts, or of one.
show       Prints all of one database, nothing secret.
remove     Forgets a database; its server goes on. The secret of its master user is deleted after 30 days: aws secretsmanager
           restore-secret brings it back as an ordinary one.
--account DIGITS   whose database it is; needed when there are several accounts
--region NAME      where it is to be seen; default: the first of the server's regions
--json             one JSON object for each database, one per line

examples:
  strongroom database register --identifier shop --engine postgres --host db.example.com --username admin --ca ca.pem
  strongroom database register --identifier shop-2 --engine postgres --host db2.example.com --username admin --replica-of shop
  strongroom database register --identifier pay --engine mysql --host pay.example.com --username root \\
    --manage-master-user-password --password-file /run/secrets/pay
  strongroom database list --json | jq -r .arn
`,
  async run(args, io) {
    const [verb, ...rest] = args
    if (verb !== 'register' && verb !== 'list' && verb !== 'show' && verb !== 'remove')
      throw wrong('say what to do: database register, list, show or remove')
    const asked = parse(verb, rest)
    const config = accepted('database', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve')
      throw new Failure('strongroom dev keeps nothing: register databases there by aws rds create-db-instance')
    const databases = await import('@strongroom/server/databases')
    const { account } = asked
    const region = asked.region ?? config.regions[0]
    if (verb === 'list') print(await databases.listDatabases(config, account), asked.json, io)
    else if (verb === 'show')
      printOne(await databases.showDatabase(config, { identifier: asked.name, account, region }), asked.json, io)
    else if (verb === 'remove') {
      const gone = await databases.removeDatabase(config, { identifier: asked.name, account, region })
      if (asked.json) io.out(`${JSON.stringify(shown(gone))}\n`)
      else io.out(`${gone.arn} is not known any more\n`)
    } else {
      const made = await databases.registerDatabase(config, { ...(await wanted(asked, io)), account, region })
      if (asked.json) io.out(`${JSON.stringify(shown(made))}\n`)
      else {
        io.out(`${styles(io).bold(made.arn)} is registered: ${made.engine} at ${made.host}:${made.port}\n`)
        if (made.secret !== undefined)
          io.out(`the password of ${made.username} is kept in ${made.secret.arn} and is replaced within seconds\n`)
      }
    }
    return exit.ok
  },
}

/** Flags of `register` that take one value. */
const ONE = new Set([
  ...['identifier', 'engine', 'host', 'port', 'username', 'dbname', 'ca', 'kind', 'reader-host', 'replica-of'],
  ...['cluster', 'password-file', 'kms-key-id', 'engine-version'],
])
const MANY = new Set(['alias', 'tag'])
const SWITCHES = new Set(['writer', 'reader', 'manage-master-user-password'])

interface Asked {
  readonly json: boolean
  readonly account: string | undefined
  readonly region: string | undefined
  /** The identifier of `show` and `remove`. */
  readonly name: string
  readonly one: ReadonlyMap<string, string>
  readonly many: ReadonlyMap<string, readonly string[]>
  readonly switches: ReadonlySet<string>
  /** What is for the config. */
  readonly rest: readonly string[]
}

/** Takes the command's own words off the line. */
function parse(verb: Verb, words: readonly string[]): Asked {
  const rest: string[] = []
  const one = new Map<string, string>()
  const many = new Map<string, string[]>()
  const switches = new Set<string>()
  let name: string | undefined
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    const [flag = '', inline] = word.startsWith('--') ? split(word.slice(2)) : []
    const registers = verb === 'register'
    const takes = ['account', 'region'].includes(flag) || (registers && (ONE.has(flag) || MANY.has(flag)))
    if (flag === 'json' || (registers && SWITCHES.has(flag))) {
      if (inline !== undefined) throw wrong(`--${flag} takes no value`)
      switches.add(flag)
    } else if (takes) {
      const value = inline ?? words[++at]
      if (value === undefined || value === '') throw wrong(`--${flag} takes a value`)
      if (MANY.has(flag)) many.set(flag, [...(many.get(flag) ?? []), value])
      else if (one.has(flag)) throw wrong(`--${flag} is given twice`)
      else one.set(flag, value)
    } else if (!registers && verb !== 'list' && name === undefined && !word.startsWith('-')) name = word
    else {
      rest.push(word)
      // the value of a flag of the config is not the name of a database
      if (word.startsWith('--') && inline === undefined && words[at + 1] !== undefined) rest.push(words[++at] as string)
    }
  }
  if ((verb === 'show' || verb === 'remove') && name === undefined)
    throw wrong(`say which: database ${verb} IDENTIFIER`)
  const account = one.get('account')
  if (account !== undefined && !/^[0-9]{12}$/.test(account)) throw wrong('--account takes 12 digits')
  const json = switches.has('json')
  return { json, account, region: one.get('region'), name: name ?? '', one, many, switches, rest }
}

function split(flag: string): [string, string | undefined] {
  const equals = flag.indexOf('=')
  return equals < 0 ? [flag, undefined] : [flag.slice(0, equals), flag.slice(equals + 1)]
}

/** What is to be registered, from the flags; asks for the password when it is needed and no file has it. */
async function wanted({ one, many, switches }: Asked, io: Io): Promise<Omit<NewDatabase, 'account' | 'region'>> {
  const { certificatesIn, passwordIn } = await import('@strongroom/server/databases')
  const needed = (flag: string): string => {
    const value = one.get(flag)
    if (value === undefined) throw wrong(`database register needs --${flag}`)
    return value
  }
  const engine = needed('engine')
  const port = one.get('port')
  if (port !== undefined && !/^[0-9]{1,5}$/.test(port)) throw wrong('--port takes a number from 1 to 65535')
  if (switches.has('writer') && switches.has('reader')) throw wrong('a member is --writer or --reader, not both')
  if ((switches.has('writer') || switches.has('reader')) && !one.has('cluster'))
    throw wrong('--writer and --reader are said of a member of a --cluster')
  const manage = switches.has('manage-master-user-password')
  const ca = one.get('ca')
  const file = one.get('password-file')
  const registration = {
    kind: kindOf(one.get('kind'), engine),
    id: needed('identifier'),
    engine,
    host: needed('host'),
    port: port === undefined ? undefined : Number(port),
    username: needed('username'),
    engineVersion: one.get('engine-version'),
    dbname: one.get('dbname'),
    readerHost: one.get('reader-host'),
    aliases: many.get('alias'),
    ca: ca === undefined ? undefined : readable('ca', ca, certificatesIn),
    replicaOf: one.get('replica-of'),
    cluster: one.get('cluster'),
    writer: switches.has('writer'),
    tags: new Map((many.get('tag') ?? []).map(tagIn)),
  }
  const password =
    file !== undefined ? readable('password-file', file, passwordIn) : manage ? await asked(io) : undefined
  if (password?.reveal() === '') throw new Failure('the password is empty')
  if (!manage && one.has('kms-key-id'))
    throw wrong('--kms-key-id is the key of a secret: --manage-master-user-password')
  return { ...registration, password, manage: manage ? { kmsKeyId: one.get('kms-key-id') } : undefined }
}

function kindOf(kind: string | undefined, engine: string): NewDatabase['kind'] {
  const meant = kind ?? (engine === 'redshift' ? 'redshift' : 'instance')
  if (meant === 'instance' || meant === 'cluster' || meant === 'redshift' || meant === 'serverless') return meant
  throw wrong('--kind is instance, cluster, redshift or serverless')
}

function tagIn(text: string): [string, string] {
  const equals = text.indexOf('=')
  if (equals < 1) throw wrong('--tag takes KEY=VALUE')
  return [text.slice(0, equals), text.slice(equals + 1)]
}

/** What is in a file; why it can't be had is for a person, and says nothing of what is in it. */
function readable<T>(flag: string, file: string, read: (file: string) => T): T {
  try {
    return read(file)
  } catch (error) {
    const { hint, code, what } = error as { hint?: string; code?: string; what?: string }
    throw new Failure(`--${flag}: ${file} can not be read: ${what ?? code ?? 'unknown'}`, hint)
  }
}

async function asked(io: Io): Promise<NewDatabase['password']> {
  if (io.askSecret === undefined)
    throw new Failure(
      'the password that the master user has now is needed',
      'name a file with --password-file, or - for standard input',
      exit.usage,
    )
  const { secretOf } = await import('@strongroom/server/databases')
  return secretOf(await io.askSecret('password of the master user as it is now: '))
}

const wrong = (what: string) => new Failure(what, 'see strongroom database --help', exit.usage)

const shown = ({ createdAt, ...one }: DatabaseSummary) => ({ ...one, createdAt: new Date(createdAt).toISOString() })

function print(databases: readonly DatabaseSummary[], json: boolean, io: Io): void {
  if (json) {
    for (const one of databases) io.out(`${JSON.stringify(shown(one))}\n`)
    return
  }
  const rows = databases.map(({ account, region, kind, identifier, engine, host, port, secret }) => [
    ...[account, region, kind, identifier, engine, `${host}:${port}`, secret?.status ?? '-'],
  ])
  const head = ['ACCOUNT', 'REGION', 'KIND', 'IDENTIFIER', 'ENGINE', 'ENDPOINT', 'MANAGED']
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] as string).length)) + 2)
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] as number))
      .join('')
      .trimEnd()
  io.out(`${styles(io).bold(line(head))}\n`)
  for (const row of rows) io.out(`${plain(line(row))}\n`)
}

function printOne(one: DatabaseSummary, json: boolean, io: Io): void {
  if (json) {
    io.out(`${JSON.stringify(shown(one))}\n`)
    return
  }
  const { bold } = styles(io)
  const { secret, aliases, ca, writer, cluster, passwordKnown, createdAt, ...rest } = one
  const lines: readonly (readonly [string, string | number | undefined])[] = [
    ...Object.entries(rest),
    ['aliases', aliases.join(', ') || undefined],
    ['cluster', cluster === undefined ? undefined : `${cluster} (${writer ? 'writer' : 'reader'})`],
    ['authority', ca ? 'its own' : undefined],
    [
      'password',
      secret !== undefined ? `kept in ${secret.arn}, ${secret.status ?? 'gone'}` : passwordKnown ? 'known' : undefined,
    ],
    ['last error', secret?.failure],
    ['registered', new Date(createdAt).toISOString()],
  ]
  for (const [name, value] of lines)
    if (value !== undefined) io.out(`${bold(name.padEnd(12))}${plain(String(value))}\n`)
}
