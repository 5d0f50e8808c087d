import type * as Sdk from '@aws-sdk/client-eventbridge'
import { operationsOf } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Paging } from '#kernel/sealing/paging'
import type { Unit } from '#kernel/storage/storage'
import type { Identities } from '../iam/port.ts'
import type { Buses } from './buses.ts'
import type { Sending } from './delivery/sending.ts'
import type { Engine } from './engine.ts'
import type { Rules } from './store.ts'

/** How much a deployment allows; AWS's figures by default. Source: EventBridge quotas. */
export interface Limits {
  /** Rules on one bus. */
  readonly rules: number
  /** Buses of an account in a region, the default one included. */
  readonly buses: number
  readonly targets: number
}

/** What the operations of EventBridge work with: bound to one call and its unit of work. */
export interface Env {
  readonly unit: Unit
  readonly rules: Rules
  readonly buses: Buses
  readonly engine: Engine
  /** Connections and API destinations, and what is sent there; undefined beside a server. */
  readonly sending: Sending | undefined
  readonly paging: Paging
  readonly identities: () => Identities
  readonly random: Random
  readonly limits: Limits
}

/** Declares an operation of EventBridge. */
export const operation = operationsOf<typeof Sdk, Env>()
