import type * as Sdk from '@aws-sdk/client-secrets-manager'
import { operationsOf } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { PolicyPrincipals } from '../iam/port.ts'
import type { Accessed } from './accessed.ts'
import type { Cipher } from './cipher.ts'
import type { Later } from './jobs.ts'
import type { Paging } from './paging.ts'
import type { Functions } from './functions.ts'
import type { Readers } from './readers.ts'
import type { SecretQuota } from './quota.ts'
import type { Rotating } from './rotating.ts'
import type { Secrets } from './store.ts'

/** How much a deployment allows; AWS's figures by default. Source: secretsmanager.md 14. */
export interface Limits {
  /** Secrets in one account and region. */
  readonly secrets: number
  /** Versions of one secret, as far as they may not be taken away (model/history.ts). */
  readonly versions: number
  /** Beyond AWS: a name may be used again while the secret that had it is scheduled for deletion. */
  readonly nameReuse: boolean
}

/** What the operations of Secrets Manager work with: bound to one call and its unit of work. */
export interface Env {
  readonly secrets: Secrets
  readonly cipher: Cipher
  readonly accessed: Accessed
  readonly readers: Readers
  readonly later: Later
  /** Whom policies name, as IAM knows them. */
  readonly principals: () => PolicyPrincipals
  readonly paging: Paging
  readonly quota: SecretQuota
  readonly random: Random
  readonly limits: Limits
  readonly rotating: Rotating
  /** Functions, as they are invoked for rotations. */
  readonly functions: () => Functions
}

/** Declares an operation of Secrets Manager. */
export const operation = operationsOf<typeof Sdk, Env>()
