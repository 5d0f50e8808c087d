import type * as Sdk from '@aws-sdk/client-redshift-serverless'
import { operationsOf } from '#kernel/operation'
import type { DatabasesRead } from '../rds/port.ts'

/** What the operations of Redshift Serverless work with. */
export interface Env {
  readonly databases: DatabasesRead
}

/** Declares an operation of Redshift Serverless. */
export const operation = operationsOf<typeof Sdk, Env>()
