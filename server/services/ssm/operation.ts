import type * as Sdk from '@aws-sdk/client-ssm'
import { operationsOf } from '#kernel/operation'
import type { Random } from '#kernel/random'

/** How much a deployment allows; AWS's figures by default. Source: parameterstore.md 15. */
export interface Limits {
  /** Parameters of each tier in one account and region. */
  readonly standard: number
  readonly advanced: number
}

/** What the operations of Parameter Store work with: bound to one call and its unit of work. */
export interface Env {
  readonly random: Random
  readonly limits: Limits
}

/** Declares an operation of Systems Manager. */
export const operation = operationsOf<typeof Sdk, Env>()
