import type * as Sdk from '@aws-sdk/client-sts'
import { operationsOf } from '#kernel/operation'
import type { Identities } from '../iam/port.ts'
import type { Issue } from './issue.ts'
import type { DecodeDenial } from './port.ts'
import type { WebIdentities } from './web-identities.ts'

/** What the operations of STS work with. */
export interface Env {
  readonly identities: Identities
  readonly issue: Issue
  readonly decodeDenial: DecodeDenial
  /** Tokens that were proven before the unit of work. */
  readonly web: Pick<WebIdentities, 'of'>
}

/** Declares an operation of STS. */
export const operation = operationsOf<typeof Sdk, Env>()
