import type { Storage } from '#kernel/storage/storage'
import type { Secret } from '#kernel/values/bytes'
import { type Managing, left } from './managing.ts'
import { type Cell, type Database, hostsOf, isAurora, secretEngine } from './model/database.ts'
import { databaseArn, keyOfArn } from './model/identity.ts'
import type { Ask, Described, LookupsOf, Managed, Place, RegisteredDatabases } from './port.ts'
import type { DatabasesRead } from './port.ts'

/** What lookups are made of. */
export interface LookupParts {
  readonly storage: Pick<Storage, 'unit'>
  readonly databases: (unit: Parameters<Parameters<Storage['unit']>[1]>[0]) => DatabasesRead
  /** In the name of the service itself. */
  readonly managing: (unit: Parameters<Parameters<Storage['unit']>[1]>[0], cell: Cell) => Managing
  readonly open: (database: Database) => Secret | undefined
}

/** See `RegisteredDatabases`. */
export function registeredDatabases(parts: LookupParts): RegisteredDatabases {
  const { storage, databases, managing, open } = parts
  const reading = <T>(work: (read: DatabasesRead) => Promise<T>): Promise<T> =>
    storage.unit('read', (unit) => work(databases(unit)))
  return {
    async managed(cell, secretArn): Promise<Managed | undefined> {
      const found = await reading((read) => read.bySecret(cell, secretArn))
      return found && { database: described(found), chosen: open(found) }
    },
    left: (cell, secretArn) =>
      storage.unit('write', async (unit) => {
        const found = await databases(unit).bySecret(cell, secretArn)
        if (found !== undefined) await left(found, managing(unit, cell))
      }),
    lookups: (cell, ask) => lookupsOf(cell, ask, reading),
  }
}

type Reading = <T>(work: (read: DatabasesRead) => Promise<T>) => Promise<T>

function lookupsOf(cell: Cell, ask: Ask, reading: Reading): LookupsOf {
  /** RDS is asked first, as a function anywhere would: who may not know is told so, and it leaves a record. */
  const known = async (database: Database | undefined): Promise<Database | undefined> => {
    if (database === undefined) return undefined
    const { kind, id } = database
    const arn = databaseArn(database)
    if (kind === 'instance') await ask('rds.DescribeDBInstances', { DBInstanceIdentifier: arn })
    else if (kind === 'cluster') await ask('rds.DescribeDBClusters', { DBClusterIdentifier: arn })
    else if (kind === 'redshift') await ask('redshift.DescribeClusters', { ClusterIdentifier: id })
    else {
      await ask('redshift-serverless.ListNamespaces', {})
      await ask('redshift-serverless.ListWorkgroups', {})
    }
    return database
  }
  return {
    async find(arn) {
      const database = await known(await reading((read) => byArn(read, cell, arn)))
      return database && described(database)
    },
    async follows(place, master) {
      const pairs = await reading(async (read) => {
        const sources = await found(read, cell, master, master.host)
        const followers = await found(read, cell, place, master.host)
        const all: [Database, Database][] = []
        for (const follower of followers)
          for (const source of sources)
            if (await follows(read, follower, place.host, source)) all.push([follower, source])
        return all
      })
      const [pair] = pairs
      if (pair === undefined) return false
      for (const database of pair) await known(database)
      return true
    },
    async authority(host, port) {
      const there = await reading((read) => read.byHost(cell, host))
      const here = there.filter((database) => database.ca !== undefined && (port ?? database.port) === database.port)
      return here[0]?.ca
    },
  }
}

/** What a function needs of it. */
function described(database: Database): Described {
  const { engine, host, port, dbname, username, ca } = database
  return { arn: databaseArn(database), engine: secretEngine(engine) ?? engine, host, port, dbname, username, ca }
}

async function byArn(read: DatabasesRead, cell: Cell, arn: string): Promise<Database | undefined> {
  if (!arn.startsWith('arn:aws:redshift-serverless:')) {
    const key = keyOfArn(arn)
    return key?.account === cell.account && key.region === cell.region ? read.find(key) : undefined
  }
  for (let after = ''; ; ) {
    const rows = await read.page(cell, 'serverless', after, 100)
    const found = rows.find((database) => databaseArn(database) === arn)
    const last = rows.at(-1)
    if (found !== undefined || rows.length < 100 || last === undefined) return found
    after = last.id
  }
}

/**
 * By the whole name of the host; else by its first label, as functions of AWS's take it. Source: surroundings.md 7. That the rest
 * must be the domain of the master is ours: whoever may write a secret could name a host of his own that begins alike.
 */
async function found(
  read: DatabasesRead,
  cell: Cell,
  { host, port }: Place,
  master: string,
): Promise<readonly Database[]> {
  const here = (databases: readonly Database[]) => databases.filter((each) => (port ?? each.port) === each.port)
  const known = here(await read.byHost(cell, host))
  if (known.length > 0) return known
  // an address has no such label
  if (!/^[a-z][a-z0-9-]*\./i.test(host) || domainOf(host) !== domainOf(master)) return []
  const [id = '', second = ''] = host.toLowerCase().split('.')
  const kind = second.includes('cluster') ? 'cluster' : 'instance'
  const named = await read.find({ ...cell, kind, id })
  return here(named === undefined ? [] : [named])
}

/** All but the first label; of Aurora's names the same for clusters and instances: `x1.us-east-1.rds.amazonaws.com`. */
const domainOf = (host: string): string =>
  host
    .slice(host.indexOf('.') + 1)
    .toLowerCase()
    .replace(/^cluster-(ro-)?/, '')

/** Source: rotation.md 8.5 step 7; that another name of the same server counts is ours. */
async function follows(read: DatabasesRead, follower: Database, host: string, source: Database): Promise<boolean> {
  const same = follower.kind === source.kind && follower.id === source.id
  if (same && source.kind === 'instance') return true
  if (!isAurora(source.engine)) {
    if (same) return true
    if (follower.kind === 'instance' && source.kind === 'instance') return follower.replicaOf === source.id
    return follower.kind === 'instance' && source.kind === 'cluster' && follower.cluster === source.id
  }
  const cluster = source.kind === 'cluster' ? source : await clusterOf(read, source)
  if (cluster === undefined) return false
  if (follower.kind === 'cluster') return follower.id === cluster.id && hostsOf(cluster).has(host.toLowerCase())
  return follower.kind === 'instance' && follower.cluster === cluster.id
}

async function clusterOf(read: DatabasesRead, { account, region, cluster }: Database): Promise<Database | undefined> {
  return cluster === undefined ? undefined : read.find({ account, region, kind: 'cluster', id: cluster })
}
