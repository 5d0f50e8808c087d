import type { DescribeDBInstancesMessage, DBInstanceMessage } from '@aws-sdk/client-rds'
import type { Answer } from '#kernel/wire'
import { listed } from '../listing.ts'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { shownInstance } from '../shown.ts'
import { targetOf } from '../target.ts'

/**
 * The registered instances, of DocumentDB too: one by identifier or ARN, or page by page those that pass the filters.
 * Source: API_DescribeDBInstances; surroundings.md 7.
 */
export const DescribeDBInstances = operation<DescribeDBInstancesMessage, Answer<DBInstanceMessage, 'DBInstances'>>()({
  name: 'DescribeDBInstances',
  effect: 'read',
  input: {
    DBInstanceIdentifier: members.Text,
    Filters: members.Filters,
    MaxRecords: members.Whole,
    Marker: members.Text,
  },
  errors: ['DBInstanceNotFoundFault'],
  target: ({ DBInstanceIdentifier }, env, call) => targetOf(DBInstanceIdentifier, 'instance', env, call),
  async run(input, env, call) {
    const { found, tail } = await listed(input.DBInstanceIdentifier, 'instance', input, env.databases, call)
    const DBInstances = []
    for (const database of found) DBInstances.push(await shownInstance(database, env))
    return { DBInstances, ...tail }
  },
})
