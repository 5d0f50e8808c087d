import type * as Sdk from '@aws-sdk/client-sts'
import { operationsOf } from '#kernel/operation'
import type { AccessKeyOwners } from '../iam/port.ts'

/** What the operations of STS work with. */
export interface Env {
  readonly owners: AccessKeyOwners
}

/** Declares an operation of STS. */
export const operation = operationsOf<typeof Sdk, Env>()
