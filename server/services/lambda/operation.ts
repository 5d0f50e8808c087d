import type * as Sdk from '@aws-sdk/client-lambda'
import type { Caller } from '#kernel/call'
import { operationsOf } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Paging } from '#kernel/sealing/paging'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import type { Identities } from '../iam/port.ts'
import type { Keys } from '../kms/port.ts'
import type { BuiltInFunctions } from './built-in.ts'
import type { Codes } from './codes.ts'
import type { Downloads } from './downloads.ts'
import type { Environments } from './environments.ts'
import type { Queue } from './queue.ts'
import type { Prepared, Running } from './running.ts'
import type { Aliases, Functions, Policies } from './store.ts'

/** How much an account may have; AWS's figures by default. Source: Lambda quotas. */
export interface Limits {
  /** Executions at once in one account and region. */
  readonly concurrency: number
  /** Of these so many must stay for functions without a number of their own. */
  readonly leastUnreserved: number
  /** Bytes of all code in one account and region. */
  readonly codeBytes: number
}

/** The functions that are built into the server. */
export interface BuiltIn {
  readonly names: readonly string[]
  has(name: string): boolean
  /** What is wrong with an environment for one of them, for a person; undefined: nothing. Without it none is taken. */
  refusalOf?(variables: ReadonlyMap<string, string>): string | undefined
}

/** A role as it runs a function; undefined when it is not there. */
export type ActAs = (roleArn: string, session: string) => Promise<Caller | undefined>

/** What the operations of Lambda work with, for one unit of work and one call. */
export interface Env {
  readonly unit: Unit
  readonly functions: Functions
  readonly aliases: Aliases
  readonly policies: Policies
  readonly codes: Codes
  readonly environments: Environments
  /** KMS as the caller of the request. */
  readonly keys: () => Keys
  readonly identities: () => Identities
  readonly queue: Queue
  readonly running: Running
  readonly downloads: Downloads
  readonly paging: Paging
  readonly builtIn: BuiltIn
  readonly builtInFunctions: BuiltInFunctions
  readonly vault: Vault
  readonly random: Random
  readonly limits: Limits
  /** What `run` made ready, for `after`. */
  readonly found: { prepared?: Prepared | undefined }
}

/** Declares an operation of Lambda. */
export const operation = operationsOf<typeof Sdk, Env>()
