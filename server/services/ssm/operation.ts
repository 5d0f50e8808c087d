import type * as Sdk from '@aws-sdk/client-ssm'
import { operationsOf } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Unit } from '#kernel/storage/storage'
import type { Remembered } from './asked.ts'
import type { Cipher } from './cipher.ts'
import type { Images } from './images.ts'
import type { Later } from './jobs.ts'
import type { Announced } from './model/change.ts'
import type { Pages } from './pages.ts'
import type { Paging } from './paging.ts'
import type { Identities } from '../iam/port.ts'
import type { Keys } from '../kms/port.ts'
import type { ParameterQuota } from './quota.ts'
import type { References } from './references.ts'
import type { ServiceSettings } from './settings.ts'
import type { Shares } from './sharing.ts'
import type { Parameters } from './store.ts'

/** How much a deployment allows; AWS's figures by default. Source: parameterstore.md 15. */
export interface Limits {
  /** Parameters of each tier in one account and region. */
  readonly standard: number
  readonly advanced: number
  /** Versions of one parameter that are kept. */
  readonly versions: number
  /** Milliseconds that a writer of a parameter waits for those before him, where the store lets writers go side by side. */
  readonly waitMs: number
}

/** IAM, as far as resource policies ask it. */
export type PrincipalsFor = (unit: Unit) => Pick<Identities, 'principals'>

/** What the operations of Parameter Store work with: bound to one call and its unit of work. */
export interface Env {
  readonly parameters: Parameters
  readonly remembered: Remembered
  readonly pages: Pages
  readonly paging: Paging
  readonly cipher: Cipher
  readonly quota: ParameterQuota
  /** Secrets as parameters. */
  readonly references: References
  /** Versions that are looked at before they are seen. */
  readonly images: Images
  /** What policies do later. */
  readonly later: Later
  /** Announces what the call changed: the events of `model/change.ts`. */
  readonly events: (event: Announced) => Promise<void>
  /** What the account has set; nothing is read before it is asked for. */
  readonly settings: ServiceSettings
  /** The resource policies of parameters, and who shares what. */
  readonly shares: Shares
  readonly identities: PrincipalsFor
  /** KMS as the caller. */
  readonly keys: Keys
  readonly random: Random
  readonly limits: Limits
  /** A deny on a parameter counts where its path is read, which it does not in AWS: `strict-paths.ts`. */
  readonly strictPaths: boolean
}

/** Declares an operation of Systems Manager. */
export const operation = operationsOf<typeof Sdk, Env>()
