/** What the operator says of a database that this server did not make. Source: surroundings.md 7. */

/**
 * `instance` and `cluster`: as RDS and DocumentDB show them. `redshift`: a provisioned cluster of Redshift. `serverless`: a
 * namespace of Redshift Serverless with its one workgroup.
 */
export const KINDS = ['instance', 'cluster', 'redshift', 'serverless'] as const
export type Kind = (typeof KINDS)[number]

/** Account and region: every row belongs to one pair. */
export interface Cell {
  readonly account: string
  readonly region: string
}

/** Which database: identifiers are unique among those of one kind. */
export interface Key extends Cell {
  readonly kind: Kind
  /** Lower case, as RDS keeps it. */
  readonly id: string
}

/** Where it listens, in all its names. */
export interface Endpoints {
  readonly host: string
  readonly port: number
  /** Of a cluster: the name by which readers come. */
  readonly readerHost: string | undefined
  /** Other names of the same server, as secrets may have them. */
  readonly aliases: readonly string[]
}

/** A database as it is registered. */
export interface Database extends Key, Endpoints {
  /** Ours, upper case: another one for every database ever registered, also under an identifier used before. */
  readonly resourceId: string
  /** As RDS calls it: `postgres`, `aurora-mysql`, `sqlserver-ex`. */
  readonly engine: string
  readonly engineVersion: string | undefined
  readonly instanceClass: string | undefined
  readonly dbname: string | undefined
  /** The master user. */
  readonly username: string
  /** Certificate authority of its server, PEM; public. */
  readonly ca: string | undefined
  /** Identifier of the instance that it is a read replica of. */
  readonly replicaOf: string | undefined
  /** Identifier of the cluster that it is a member of. */
  readonly cluster: string | undefined
  /** The member that writes; of no meaning without a cluster. */
  readonly writer: boolean
  readonly tags: ReadonlyMap<string, string>
  /** ARN of the managed secret of its master user, while there is one. */
  readonly secretArn: string | undefined
  /** The key of that secret, as it was asked for; undefined: the default key. */
  readonly kmsKeyId: string | undefined
  /** The master user's password, wrapped, where it is known and no secret holds it. */
  readonly password: Uint8Array | undefined
  /** The password, wrapped, that the master user gets when its management ends. */
  readonly nextPassword: Uint8Array | undefined
  readonly createdAt: number
}

/** All hosts under which a database is known, lower case. */
export function hostsOf({ host, readerHost, aliases }: Endpoints): ReadonlySet<string> {
  const hosts = [host, ...(readerHost === undefined ? [] : [readerHost]), ...aliases]
  return new Set(hosts.map((name) => name.toLowerCase()))
}

const ENGINES = {
  postgres: { port: 5432, family: 'postgres' },
  'aurora-postgresql': { port: 5432, family: 'postgres' },
  mysql: { port: 3306, family: 'mysql' },
  'aurora-mysql': { port: 3306, family: 'mysql' },
  mariadb: { port: 3306, family: 'mariadb' },
  'sqlserver-ee': { port: 1433, family: 'sqlserver' },
  'sqlserver-se': { port: 1433, family: 'sqlserver' },
  'sqlserver-ex': { port: 1433, family: 'sqlserver' },
  'sqlserver-web': { port: 1433, family: 'sqlserver' },
  'oracle-ee': { port: 1521, family: 'oracle' },
  'oracle-ee-cdb': { port: 1521, family: 'oracle' },
  'oracle-se2': { port: 1521, family: 'oracle' },
  'oracle-se2-cdb': { port: 1521, family: 'oracle' },
  docdb: { port: 27_017, family: 'mongo' },
  redshift: { port: 5439, family: 'redshift' },
} as const

/** The engines that a database may have, as RDS, DocumentDB and Redshift call them. */
export const engines: readonly string[] = Object.keys(ENGINES)

/** The port of an engine when none is given; undefined for an engine that is not known. */
export function defaultPort(engine: string): number | undefined {
  return (Object.hasOwn(ENGINES, engine) ? ENGINES[engine as keyof typeof ENGINES] : undefined)?.port
}

/** What the key `engine` of a secret's JSON says for such a database. Source: rotation.md 8.5 step 5. */
export function secretEngine(engine: string): string | undefined {
  return (Object.hasOwn(ENGINES, engine) ? ENGINES[engine as keyof typeof ENGINES] : undefined)?.family
}

/** Engines whose members share one storage: replicas are readers of a cluster. */
export const isAurora = (engine: string): boolean => engine.startsWith('aurora-')
