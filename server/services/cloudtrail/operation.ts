import type * as Sdk from '@aws-sdk/client-cloudtrail'
import type { Call } from '#kernel/call'
import { operationsOf } from '#kernel/operation'
import type { PageTokens } from '#kernel/sealing/page-token'
import type { Unit } from '#kernel/storage/storage'
import type { Identities } from '../iam/port.ts'
import type { KeysFor } from '../kms/port.ts'
import type { LookUp } from './lookup.ts'
import type { Trail } from './model/trail.ts'
import type { Trails } from './trails.ts'

/** A key that digest files were signed with. Times in milliseconds; both are inside. */
export interface PublicKey {
  /** DER of PKCS #1, not of SubjectPublicKeyInfo. Source: surroundings.md 1.7, trap 7. */
  readonly value: Uint8Array
  readonly fingerprint: string
  readonly from: number
  readonly to: number
}

/** What trail operations ask of those who deliver log files. */
export interface Delivery {
  /** Whether log files of the account can be put there. */
  bucket(unit: Unit, call: Call, bucket: string, prefix: string | undefined): Promise<'there' | 'missing' | 'refused'>
  /** The keys that were in use in a Region in some time between the two. */
  keys(unit: Unit, account: string, region: string, fromMs: number, toMs: number): Promise<readonly PublicKey[]>
  /** In the unit of the change. */
  changed(unit: Unit, trail: Trail, what: 'started' | 'stopped' | 'updated' | 'deleted', now: number): Promise<void>
}

/** Nobody delivers: any bucket will do, and nothing is written to it. */
export const noDelivery: Delivery = {
  bucket: async () => 'there',
  keys: async () => [],
  changed: async () => undefined,
}

/** How much a deployment allows; AWS's figures by default. */
export interface Limits {
  /** How often a second LookupEvents is answered to an account in a Region. Source: surroundings.md 1.5. */
  readonly lookupsPerSecond: number
  /** Trails of an account in a Region, shadows counted. Source: CloudTrail User Guide, quotas. */
  readonly trails: number
}

/** What the operations of CloudTrail work with: bound to one call and its unit of work. */
export interface Env {
  readonly unit: Unit
  readonly trails: Trails
  readonly delivery: Delivery
  readonly identities: Identities
  readonly keysFor: KeysFor
  readonly tokens: PageTokens
  readonly lookUp: LookUp
  readonly limits: Limits
  /** The Regions that are served. */
  readonly regions: readonly string[]
}

/** Declares an operation of CloudTrail. */
export const operation = operationsOf<typeof Sdk, Env>()
