import type * as Sdk from '@aws-sdk/client-redshift-serverless'
import type { AnyOperation } from '#kernel/operation'
import type { Service } from '#kernel/service'
import type { OperationName } from '#kernel/wire'
import type { DatabasesFor } from '../rds/port.ts'
import { notYet } from './not-yet.ts'
import type { Env } from './operation.ts'
import { ListNamespaces } from './operations/ListNamespaces.ts'
import { ListWorkgroups } from './operations/ListWorkgroups.ts'

const operations = { ListNamespaces, ListWorkgroups } satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

/** What AWS has and is not offered. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** Redshift Serverless over registered namespaces. */
export function redshiftServerless({ databases }: { readonly databases: DatabasesFor }): Service<Env> {
  return {
    name: 'redshift-serverless',
    signingName: 'redshift-serverless',
    eventSource: 'redshift-serverless.amazonaws.com',
    clockWindowMinutes: 15,
    json: { version: '1.1', targetPrefix: 'RedshiftServerless' },
    wording: { validation: 'ValidationException', modelled: 'message' },
    operations,
    notYet: Object.keys(notYet),
    env: (unit) => ({ databases: databases(unit) }),
  }
}
