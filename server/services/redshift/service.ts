import type * as Sdk from '@aws-sdk/client-redshift'
import type { AnyOperation } from '#kernel/operation'
import type { Service } from '#kernel/service'
import type { OperationName } from '#kernel/wire'
import type { DatabasesFor } from '../rds/port.ts'
import { notYet } from './not-yet.ts'
import type { Env } from './operation.ts'
import { DescribeClusters } from './operations/DescribeClusters.ts'

const operations = { DescribeClusters } satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

/** What AWS has and is not offered. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** How Redshift calls the items of its lists. Source: the SDK's model. */
const ITEMS = {
  Clusters: 'Cluster',
  Tags: 'Tag',
  TagKeys: 'TagKey',
  TagValues: 'TagValue',
  VpcSecurityGroups: 'VpcSecurityGroup',
} as const

/** Redshift over registered clusters. */
export function redshift({ databases }: { readonly databases: DatabasesFor }): Service<Env> {
  return {
    name: 'redshift',
    signingName: 'redshift',
    eventSource: 'redshift.amazonaws.com',
    clockWindowMinutes: 15,
    query: { version: '2012-12-01', namespace: 'http://redshift.amazonaws.com/doc/2012-12-01/', items: ITEMS },
    wording: { validation: 'ValidationError', modelled: 'Message' },
    operations,
    notYet: Object.keys(notYet),
    env: (unit) => ({ databases: databases(unit) }),
  }
}
