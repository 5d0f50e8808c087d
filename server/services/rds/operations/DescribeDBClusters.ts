import type { DescribeDBClustersMessage, DBClusterMessage } from '@aws-sdk/client-rds'
import type { Answer } from '#kernel/wire'
import { listed } from '../listing.ts'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { shownCluster } from '../shown.ts'
import { targetOf } from '../target.ts'

/**
 * The registered clusters, of DocumentDB too: one by identifier or ARN, or page by page those that pass the filters.
 * Source: API_DescribeDBClusters; surroundings.md 7.
 */
export const DescribeDBClusters = operation<DescribeDBClustersMessage, Answer<DBClusterMessage, 'DBClusters'>>()({
  name: 'DescribeDBClusters',
  effect: 'read',
  input: {
    DBClusterIdentifier: members.Text,
    Filters: members.Filters,
    MaxRecords: members.Whole,
    Marker: members.Text,
    IncludeShared: members.Flag,
  },
  errors: ['DBClusterNotFoundFault'],
  target: ({ DBClusterIdentifier }, env, call) => targetOf(DBClusterIdentifier, 'cluster', env, call),
  async run(input, env, call) {
    const { found, tail } = await listed(input.DBClusterIdentifier, 'cluster', input, env.databases, call)
    const DBClusters = []
    for (const database of found) DBClusters.push(await shownCluster(database, env))
    return { DBClusters, ...tail }
  },
})
