import type * as Sdk from '@aws-sdk/client-rds'
import { operationsOf } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { ManagedSecrets } from '../secretsmanager/port.ts'
import type { Databases } from './databases.ts'
import type { Later } from './jobs.ts'
import type { Passwords } from './passwords.ts'

/** What the operations of RDS work with: bound to one call and its unit of work. */
export interface Env {
  readonly databases: Databases
  readonly secrets: ManagedSecrets
  readonly passwords: Passwords
  readonly later: Later
  readonly random: Random
}

/** Declares an operation of RDS. */
export const operation = operationsOf<typeof Sdk, Env>()
