import type { Cluster, ClustersMessage, DescribeClustersMessage } from '@aws-sdk/client-redshift'
import { ApiError } from '#kernel/error'
import type { Answer } from '#kernel/wire'
import { arnOf, type Database, pageOf, tailOf } from '../../rds/port.ts'
import { operation } from '../operation.ts'

const TEXT = { kind: 'string' } as const
const TEXTS = { kind: 'list', of: TEXT } as const
/** Rows that are looked at in one statement. */
const AT_ONCE = 200

/**
 * The registered clusters of Redshift: one by its identifier, or page by page those with one of the tags.
 * Source: API_DescribeClusters; surroundings.md 7.
 */
export const DescribeClusters = operation<DescribeClustersMessage, Answer<ClustersMessage, 'Clusters'>>()({
  name: 'DescribeClusters',
  effect: 'read',
  input: {
    ClusterIdentifier: TEXT,
    MaxRecords: { kind: 'integer' },
    Marker: TEXT,
    TagKeys: TEXTS,
    TagValues: TEXTS,
  },
  errors: ['ClusterNotFoundFault', 'InvalidTagFault'],
  target: async ({ ClusterIdentifier }, { databases }, { account, region }) => {
    const id = (ClusterIdentifier || '*').toLowerCase()
    const key = { account, region, kind: 'redshift', id } as const
    const resource = arnOf(key)
    const tags = id === '*' ? undefined : (await databases.find(key))?.tags
    return { resource, shown: resource, ...(tags === undefined ? {} : { tags }) }
  },
  async run(input, { databases }, call) {
    const { account, region } = call
    const page = pageOf(input)
    const passes = tagged(input.TagKeys, input.TagValues)
    if (input.ClusterIdentifier) {
      const id = input.ClusterIdentifier.toLowerCase()
      const found = await databases.find({ account, region, kind: 'redshift', id })
      if (found === undefined) throw new ApiError('ClusterNotFound', `Cluster ${id} not found.`, 404)
      return { Clusters: passes(found) ? [shown(found)] : [] }
    }
    const found: Database[] = []
    for (let after = page.after; ; ) {
      const rows = await databases.page({ account, region }, 'redshift', after, AT_ONCE)
      found.push(...rows.filter(passes))
      const last = rows.at(-1)
      if (found.length > page.limit || rows.length < AT_ONCE || last === undefined) break
      after = last.id
    }
    const Clusters = found.slice(0, page.limit).map(shown)
    return { Clusters, ...tailOf(found.length > page.limit, Clusters.at(-1)?.ClusterIdentifier) }
  },
})

/** With any of the keys and any of the values. Source: API_DescribeClusters. */
function tagged(keys: readonly string[] = [], values: readonly string[] = []): (database: Database) => boolean {
  return ({ tags }) =>
    (keys.length === 0 || keys.some((key) => tags.has(key))) &&
    (values.length === 0 || [...tags.values()].some((value) => values.includes(value)))
}

function shown(database: Database): Cluster {
  const { id, instanceClass, username, dbname, host, port, createdAt, tags, secretArn } = database
  return {
    ClusterIdentifier: id,
    NodeType: instanceClass ?? 'registered',
    ClusterStatus: 'available',
    ClusterAvailabilityStatus: 'Available',
    MasterUsername: username,
    DBName: dbname ?? 'dev',
    Endpoint: { Address: host, Port: port },
    ClusterCreateTime: new Date(createdAt),
    VpcSecurityGroups: [],
    ClusterNodes: [],
    Tags: Array.from(tags, ([Key, Value]) => ({ Key, Value })),
    ...(secretArn === undefined ? {} : { MasterPasswordSecretArn: secretArn }),
  }
}
