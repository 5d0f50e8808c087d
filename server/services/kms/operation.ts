import type { KeyObject } from 'node:crypto'
import { operationsOf } from '#kernel/operation'
import type * as Sdk from '@aws-sdk/client-kms'
import type { Events } from '#kernel/events/event'
import type { Jobs } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import type { PolicyPrincipals } from '../iam/port.ts'
import type { KeyPair } from './asymmetric/pair.ts'
import type { DigestThread } from './asymmetric/thread.ts'
import type { Opened } from './cache.ts'
import type { Imports } from './imports.ts'
import type { Decide } from './on-behalf.ts'
import type { LastUse } from './last-use.ts'
import type { Grant } from './model/grants.ts'
import type { RecordEvents } from './service-events.ts'
import type { KeyStore } from './store.ts'
import type { Located } from './locate.ts'

/** What KMS's operations work with, for one unit of work and one call. */
export interface Env {
  readonly unit: Unit
  readonly keys: KeyStore
  readonly vault: Vault
  readonly random: Random
  readonly jobs: Jobs
  readonly events: Events | undefined
  readonly record: RecordEvents | undefined
  readonly decide: Decide
  /** Whom policies name, as IAM knows them. */
  readonly principals: () => PolicyPrincipals
  /** When keys were last used. */
  readonly uses: LastUse
  /** Whether keys can be made in a Region. */
  readonly isRegion: (name: string) => boolean
  /** Imported key material. */
  readonly imports: () => Imports
  /** Signs digests. */
  readonly thread: DigestThread
  /** What `target` found, for `run`. */
  readonly found: Found
}

export interface Found {
  /** The key that KeyId (TargetKeyId) names. */
  located?: Located | undefined
  /** The other key, of operations that act on two. */
  other?: Located | undefined
  /** Both halves of the key, for what is done when the unit is closed. */
  pair?: KeyPair
  /** Somebody else's public key. */
  peer?: KeyObject
  grant?: Grant | undefined
  /** How ReEncrypt encrypts what it opens. */
  encrypt?: (plaintext: Uint8Array) => Buffer
  /** The key and material that a ciphertext names. */
  opened?: Opened | undefined
}

export const operation = operationsOf<typeof Sdk, Env>()

/** What `target` kept for `run`; that it did not is our bug. */
export function kept<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('target() found nothing to go on with')
  return value
}
