import type * as Sdk from '@aws-sdk/client-eventbridge'
import type { Call } from '#kernel/call'
import type { AnyOperation } from '#kernel/operation'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { IdentitiesFor } from '../iam/port.ts'
import { Buses } from './buses.ts'
import type { Engine } from './engine.ts'
import { notYet } from './not-yet.ts'
import type { Env, Limits } from './operation.ts'
import { DescribeEventBus } from './operations/DescribeEventBus.ts'
import { ListEventBuses } from './operations/ListEventBuses.ts'
import { pagingWith } from './paging.ts'
import { Rows } from './rows.ts'
import { Rules } from './store.ts'

/** The operations that are here. */
const operations = {
  DescribeEventBus,
  ListEventBuses,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

const left: Readonly<Record<Exclude<OperationName<typeof Sdk>, keyof typeof operations>, true>> = notYet

/** What EventBridge is built from. */
export interface Parts {
  readonly vault: Vault
  readonly random: Random
  readonly identities: IdentitiesFor
  readonly engine: Engine
  /** Other limits than AWS's. */
  readonly limits?: Partial<Limits>
}

/** Source: EventBridge quotas; surroundings.md 4.2. */
const AWS_LIMITS: Limits = { rules: 300, buses: 100, targets: 5 }

/** EventBridge on the wire, and for the rest of the server. */
export interface EventBridge {
  readonly service: Service<Env>
  /** What stands in the store, in one unit of work. */
  shelf(unit: Unit): { readonly rules: Rules; readonly buses: Buses }
}

/** Builds the service. */
export function events({ vault, random, identities, engine, ...parts }: Parts): EventBridge {
  const limits: Limits = { ...AWS_LIMITS, ...parts.limits }
  const rows = new Rows(vault.macKey('events/rows'))
  const paging = pagingWith(vault.macKey('events/paging'))
  const shelf = (unit: Unit) => ({ rules: new Rules(unit, rows, vault), buses: new Buses(unit, rows) })
  const service: Service<Env> = {
    name: 'events',
    signingName: 'events',
    eventSource: 'events.amazonaws.com',
    clockWindowMinutes: 15,
    json: { version: '1.1', targetPrefix: 'AWSEvents' },
    wording: { validation: 'ValidationException', modelled: 'message', failure: 'InternalException' },
    operations,
    notYet: Object.keys(left),
    env: (unit: Unit, _call: Call): Env => ({
      unit,
      ...shelf(unit),
      engine,
      paging,
      identities: () => identities(unit),
      random,
      limits,
    }),
  }
  return { service, shelf }
}
