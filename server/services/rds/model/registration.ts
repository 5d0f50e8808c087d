import { X509Certificate } from 'node:crypto'
import { type Cell, type Database, defaultPort, engines, type Kind, secretEngine } from './database.ts'
import { isIdentifier } from './identity.ts'
import { badIdentifier, combination, invalid } from './refusals.ts'

/** What is said of a database when it is registered. */
export interface Registration extends Cell {
  readonly kind: Kind
  readonly id: string
  readonly engine: string
  readonly host: string
  readonly port?: number | undefined
  readonly username: string
  readonly engineVersion?: string | undefined
  readonly instanceClass?: string | undefined
  readonly dbname?: string | undefined
  readonly readerHost?: string | undefined
  readonly aliases?: readonly string[] | undefined
  readonly ca?: string | undefined
  readonly replicaOf?: string | undefined
  readonly cluster?: string | undefined
  readonly writer?: boolean | undefined
  readonly tags?: ReadonlyMap<string, string> | undefined
}

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,253}[A-Za-z0-9])?$/
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g
const MOST_ALIASES = 50
/** Characters of certificates: a bundle of a hundred and more. */
const MOST_CA = 400_000

/** The database of a registration, without what is made for it. Throws InvalidParameterValue or …Combination for what can't be. */
export function checked(wanted: Registration): Omit<Database, 'resourceId' | 'createdAt'> {
  const { account, region, kind, engine, username, dbname, cluster, replicaOf, readerHost } = wanted
  const id = identifier('DBInstanceIdentifier', wanted.id)
  if (!engines.includes(engine)) throw invalid(`Invalid DB engine: ${engine.slice(0, 60)}`)
  const redshift = kind === 'redshift' || kind === 'serverless'
  if (redshift !== (engine === 'redshift')) throw combination(`The engine ${engine} is not one of such a database.`)
  if (engine.startsWith('aurora-') && kind === 'instance' && cluster === undefined)
    throw combination('An instance of Aurora is a member of a cluster: name the cluster.')
  if (kind === 'cluster' && !['aurora-postgresql', 'aurora-mysql', 'docdb', 'postgres', 'mysql'].includes(engine))
    throw combination(`The engine ${engine} has no clusters.`)
  if (kind !== 'instance' && (cluster !== undefined || replicaOf !== undefined))
    throw combination('Only an instance is a replica or a member of a cluster.')
  if (kind !== 'cluster' && readerHost !== undefined) throw combination('Only a cluster has a reader endpoint.')
  if (cluster !== undefined && replicaOf !== undefined)
    throw combination('A member of a cluster is no read replica besides.')
  const port = wanted.port ?? (defaultPort(engine) as number)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalid('The port must be from 1 to 65535.')
  plain('username', username, 128)
  if (dbname !== undefined) plain('dbname', dbname, 128)
  const aliases = wanted.aliases ?? []
  if (aliases.length > MOST_ALIASES) throw invalid(`A database has at most ${MOST_ALIASES} other names.`)
  return {
    account,
    region,
    kind,
    id,
    engine,
    engineVersion: wanted.engineVersion,
    instanceClass: wanted.instanceClass,
    host: hostIn(wanted.host),
    port,
    readerHost: readerHost === undefined ? undefined : hostIn(readerHost),
    aliases: aliases.map(hostIn),
    dbname,
    username,
    ca: wanted.ca === undefined ? undefined : authority(wanted.ca),
    replicaOf: replicaOf === undefined ? undefined : identifier('SourceDBInstanceIdentifier', replicaOf),
    cluster: cluster === undefined ? undefined : identifier('DBClusterIdentifier', cluster),
    writer: cluster !== undefined && wanted.writer === true,
    tags: wanted.tags ?? new Map(),
    secretArn: undefined,
    kmsKeyId: undefined,
    password: undefined,
    nextPassword: undefined,
  }
}

function identifier(member: string, value: string): string {
  const id = value.toLowerCase()
  if (!isIdentifier(id)) throw badIdentifier(member, value)
  return id
}

function hostIn(host: string): string {
  if (!HOST.test(host) || host.includes('..'))
    throw invalid('A host is a name or an address, without a scheme, a port or a path.')
  return host
}

function plain(what: string, value: string, most: number): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (value === '' || value.length > most || /[\u0000-\u001f\u007f]/.test(value))
    throw invalid(`The ${what} must have 1 to ${most} characters, none of them a control character.`)
}

/** The certificates of a text, and nothing else of it. */
function authority(text: string): string {
  const found = text.length <= MOST_CA ? (text.match(PEM) ?? []) : []
  if (found.length === 0) throw invalid('The certificate authority must be certificates in PEM.')
  for (const pem of found) {
    try {
      new X509Certificate(pem)
    } catch {
      throw invalid('One of the certificates of the certificate authority can not be read.')
    }
  }
  return `${found.join('\n')}\n`
}

/** Whether the server can keep the password of such a database's master user by itself. */
export function checkManageable({ kind, engine, replicaOf, cluster }: Database): void {
  if (replicaOf !== undefined)
    throw combination("The password of a read replica's master user is managed at its source.")
  if (kind === 'instance' && cluster !== undefined)
    throw combination('The password of the master user is managed at the DB cluster.')
  if (secretEngine(engine) === undefined) throw combination(`Passwords of the engine ${engine} are not managed.`)
}
