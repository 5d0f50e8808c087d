import type * as Sdk from '@aws-sdk/client-ssm'
import { operationsOf } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Cipher } from './cipher.ts'
import type { Pages } from './pages.ts'
import type { Paging } from './paging.ts'
import type { ParameterQuota } from './quota.ts'
import type { Parameters } from './store.ts'

/** How much a deployment allows; AWS's figures by default. Source: parameterstore.md 15. */
export interface Limits {
  /** Parameters of each tier in one account and region. */
  readonly standard: number
  readonly advanced: number
  /** Versions of one parameter that are kept. */
  readonly versions: number
}

/** What the operations of Parameter Store work with: bound to one call and its unit of work. */
export interface Env {
  readonly parameters: Parameters
  readonly pages: Pages
  readonly paging: Paging
  readonly cipher: Cipher
  readonly quota: ParameterQuota
  readonly random: Random
  readonly limits: Limits
}

/** Declares an operation of Systems Manager. */
export const operation = operationsOf<typeof Sdk, Env>()
