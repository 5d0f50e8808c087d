import type * as Sdk from '@aws-sdk/client-eventbridge'
import type { Call } from '#kernel/call'
import type { AnyOperation } from '#kernel/operation'
import type { Random } from '#kernel/random'
import { pagingWith } from '#kernel/sealing/paging'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { Unit } from '#kernel/storage/storage'
import type { OperationName } from '#kernel/wire'
import type { IdentitiesFor } from '../iam/port.ts'
import { Buses } from './buses.ts'
import type { Sending } from './delivery/sending.ts'
import { type Engine, noEngine } from './engine.ts'
import { invalidToken } from './model/refusals.ts'
import { notYet } from './not-yet.ts'
import type { Env, Limits } from './operation.ts'
import { CreateApiDestination } from './operations/CreateApiDestination.ts'
import { CreateConnection } from './operations/CreateConnection.ts'
import { CreateEventBus } from './operations/CreateEventBus.ts'
import { DeauthorizeConnection } from './operations/DeauthorizeConnection.ts'
import { DeleteApiDestination } from './operations/DeleteApiDestination.ts'
import { DeleteConnection } from './operations/DeleteConnection.ts'
import { DeleteEventBus } from './operations/DeleteEventBus.ts'
import { DeleteRule } from './operations/DeleteRule.ts'
import { DescribeApiDestination } from './operations/DescribeApiDestination.ts'
import { DescribeConnection } from './operations/DescribeConnection.ts'
import { DescribeEventBus } from './operations/DescribeEventBus.ts'
import { DescribeRule } from './operations/DescribeRule.ts'
import { DisableRule } from './operations/DisableRule.ts'
import { EnableRule } from './operations/EnableRule.ts'
import { ListApiDestinations } from './operations/ListApiDestinations.ts'
import { ListConnections } from './operations/ListConnections.ts'
import { ListEventBuses } from './operations/ListEventBuses.ts'
import { ListRuleNamesByTarget } from './operations/ListRuleNamesByTarget.ts'
import { ListRules } from './operations/ListRules.ts'
import { ListTagsForResource } from './operations/ListTagsForResource.ts'
import { ListTargetsByRule } from './operations/ListTargetsByRule.ts'
import { PutEvents } from './operations/PutEvents.ts'
import { PutPermission } from './operations/PutPermission.ts'
import { PutRule } from './operations/PutRule.ts'
import { PutTargets } from './operations/PutTargets.ts'
import { RemovePermission } from './operations/RemovePermission.ts'
import { RemoveTargets } from './operations/RemoveTargets.ts'
import { TagResource } from './operations/TagResource.ts'
import { TestEventPattern } from './operations/TestEventPattern.ts'
import { UntagResource } from './operations/UntagResource.ts'
import { UpdateApiDestination } from './operations/UpdateApiDestination.ts'
import { UpdateConnection } from './operations/UpdateConnection.ts'
import { UpdateEventBus } from './operations/UpdateEventBus.ts'
import { Rows } from './rows.ts'
import { RuleBook } from './rules.ts'
import { Rules } from './store.ts'

/** The operations that are here. */
const operations = {
  CreateApiDestination,
  CreateConnection,
  CreateEventBus,
  DeauthorizeConnection,
  DeleteApiDestination,
  DeleteConnection,
  DeleteEventBus,
  DeleteRule,
  DescribeApiDestination,
  DescribeConnection,
  DescribeEventBus,
  DescribeRule,
  DisableRule,
  EnableRule,
  ListApiDestinations,
  ListConnections,
  ListEventBuses,
  ListRuleNamesByTarget,
  ListRules,
  ListTagsForResource,
  ListTargetsByRule,
  PutEvents,
  PutPermission,
  PutRule,
  PutTargets,
  RemovePermission,
  RemoveTargets,
  TagResource,
  TestEventPattern,
  UntagResource,
  UpdateApiDestination,
  UpdateConnection,
  UpdateEventBus,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

const left: Readonly<Record<Exclude<OperationName<typeof Sdk>, keyof typeof operations>, true>> = notYet

/** What EventBridge is built from. */
export interface Parts {
  readonly vault: Vault
  readonly random: Random
  readonly identities: IdentitiesFor
  /** What becomes of events, without `sending`. */
  readonly engine?: Engine
  /** What brings events to rules and sends what comes of it; absent beside a server. */
  readonly sending?: ((from: Pick<EventBridge, 'shelf' | 'book'>) => Sending) | undefined
  /** Told of rules that this server did not write: they are left out. */
  readonly onProblem?: ((text: string, error: unknown) => void) | undefined
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
  /** The rules as they stand. */
  readonly book: RuleBook
  /** What is sent; where a server serves. */
  readonly sending: Sending | undefined
}

/** Builds the service. */
export function events({ vault, random, identities, ...parts }: Parts): EventBridge {
  const limits: Limits = { ...AWS_LIMITS, ...parts.limits }
  const rows = new Rows(vault.macKey('events/rows'))
  const paging = pagingWith(vault.macKey('events/paging'), invalidToken)
  const shelf = (unit: Unit) => ({ rules: new Rules(unit, rows, vault), buses: new Buses(unit, rows) })
  const book = new RuleBook(
    (unit) => shelf(unit).rules,
    (error) => parts.onProblem?.('a rule or a target of one is left out', error),
  )
  const sending = parts.sending?.({ shelf, book })
  const engine = parts.engine ?? sending?.engine ?? noEngine
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
      sending,
      paging,
      identities: () => identities(unit),
      random,
      limits,
    }),
  }
  return { service, shelf, book, sending }
}
