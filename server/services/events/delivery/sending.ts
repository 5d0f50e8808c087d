import type { Follower } from '#kernel/audit/follower'
import type { AuditEvent } from '#kernel/audit/event'
import type { Caller } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { Reach } from '#kernel/outbound/call'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Measures } from '../../cloudwatch/port.ts'
import type { IdentitiesFor } from '../../iam/port.ts'
import type { LeaveForFunction } from '../../lambda/port.ts'
import type { LogWriter } from '../../logs/port.ts'
import type { ManagedSecretsFor, ReadableSecretsFor } from '../../secretsmanager/port.ts'
import { type Buses, policyOf } from '../buses.ts'
import { Authorizing } from '../destinations/authorizing.ts'
import { Calling } from '../destinations/calling.ts'
import { ConnectionSecrets } from '../destinations/secrets.ts'
import { Destinations } from '../destinations/store.ts'
import type { Engine } from '../engine.ts'
import { scheduleOf } from '../model/schedule/schedule.ts'
import { inputOf, TooMuch } from '../model/transformer/transformer.ts'
import type { SendTo } from '../port.ts'
import type { RuleBook } from '../rules.ts'
import type { Rules } from '../store.ts'
import { Deliverer } from './deliverer.ts'
import { BusEngine } from './engine.ts'
import { Matching } from './matching.ts'
import { Room } from './room.ts'
import { Deliveries } from './store.ts'
import { buses, functions, logGroups } from './ways.ts'

/** What brings events to rules, and what goes to targets, put together. */
export interface SendingParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly vault: Vault
  readonly jobs: Jobs
  readonly identities: IdentitiesFor
  readonly book: RuleBook
  readonly shelf: (unit: Unit) => { readonly rules: Rules; readonly buses: Buses }
  readonly actAs: (unit: Unit) => (roleArn: string, session: string) => Promise<Caller | undefined>
  readonly leave: LeaveForFunction
  readonly managed: ManagedSecretsFor
  readonly readable: ReadableSecretsFor
  /** Where webhooks may be. */
  readonly reach: Reach
  readonly logs?: LogWriter | undefined
  readonly measures?: Measures | undefined
  /** Leaves records in the trail. */
  readonly record: (unit: Unit, events: AuditEvent[]) => Promise<void>
  /** Told what was given up or cut: of which rule, to which target, why. Nothing of events. */
  readonly told: (what: {
    readonly rule: string
    readonly target: string
    readonly code: string
    readonly reason: string
  }) => void
  readonly onProblem: (text: string, error: unknown) => void
}

export interface Sending {
  readonly engine: Engine
  readonly handlers: readonly JobHandler[]
  readonly follower: Follower
  readonly sendTo: SendTo
  readonly destinations: (unit: Unit) => Destinations
  readonly secrets: ConnectionSecrets
  readonly authorizing: Authorizing
  readonly deliveries: (unit: Unit) => Deliveries
  /** Looks for what services announce, from now on: in the process that runs jobs. */
  start(): void
  /** Settles when what was announced by now is matched and nothing is being sent: for whoever travels in time. */
  settle(): Promise<void>
  /** Ends; what is being sent is left to the next start. */
  drain(): Promise<void>
  /** What health says besides. */
  notes(): Promise<string[]>
}

/** Health tells of deliveries that failed for so long; milliseconds. */
const TOLD_MS = 3_600_000
/** Once for each rule and target in this time is told in the log that something failed; milliseconds. */
const QUIET_MS = 600_000
const MOST_TOLD = 1000

export function sending(parts: SendingParts): Sending {
  const { storage, clock, random, vault, jobs, book, shelf, actAs, identities, measures } = parts
  const deliveries = (unit: Unit) => new Deliveries(unit, { vault, random, jobs })
  const rowKey = vault.macKey('events/destinations')
  const destinations = (unit: Unit) => new Destinations(unit, rowKey)
  const told = seldom(parts)
  const measure = async (unit: Unit, rule: string, name: string, count: number, now: number) => {
    const [, , , region = '', account = '', ...rest] = rule.split(':')
    const RuleName = rest.join(':').split('/').at(-1) ?? ''
    const dimensions = [['RuleName', RuleName]] as const
    const data = [{ name, dimensions, value: count, unit: 'Count', time: now }]
    await measures?.put(unit, { account, region, namespace: 'AWS/Events', data })
  }
  const matching: Matching = new Matching({
    book,
    inputOf(target, { text, parsed }, { arn, name }, now) {
      try {
        return inputOf(target, { event: parsed, text, ruleArn: arn, ruleName: name, ingestedAt: now })
      } catch (error) {
        if (!(error instanceof TooMuch)) throw error
        told({
          rule: arn,
          target: target.Arn,
          code: 'INVALID_PARAMETER',
          reason: 'what was made of an event is too large',
        })
        return undefined
      }
    },
    deliveries,
    looped: (rule, target) =>
      told({ rule, target, code: 'LOOP_DETECTED', reason: 'its target causes the events that it matches' }),
    room: new Room(deliveries),
    async throttled(unit, rule, target, now) {
      const reason = 'the account has too much on its way to targets already: the event does not go there'
      unit.afterCommit(() => told({ rule, target, code: 'BACKLOG_FULL', reason }))
      await measure(unit, rule, 'ThrottledRules', 1, now)
    },
    tooCostly: (rule) =>
      told({
        rule,
        target: '',
        code: 'PATTERN_TOO_COSTLY',
        reason: 'it takes too much to find out whether an event is like its pattern: the event was passed over',
      }),
    matched: async (unit, _, arn, now) => {
      await measure(unit, arn, 'MatchedEvents', 1, now)
    },
  })
  const secrets = new ConnectionSecrets(parts)
  const roles = { identities, actAs }
  const calling = new Calling({ ...roles, storage, clock, reach: parts.reach, secrets, destinations, deliveries })
  const authorizing = new Authorizing({ ...parts, calling, secrets, destinations })
  const deliverer = new Deliverer({
    storage,
    clock,
    random,
    deliveries,
    ways: [
      functions(parts.leave),
      buses({
        ...roles,
        matching: () => matching,
        async busIn(unit, place) {
          const bus = await shelf(unit).buses.find(place)
          return bus && { policy: policyOf(bus) }
        },
      }),
      calling,
      ...(parts.logs === undefined ? [] : [logGroups(parts.logs)]),
    ],
    measured: async (unit, { content: { source } }, arrived, now) => {
      if (!source.startsWith('arn:aws:events:')) return
      await measure(unit, source, arrived ? 'Invocations' : 'FailedInvocations', 1, now)
    },
    gaveUp: ({ content: { source, target } }, { code, reason }) =>
      told({ rule: source, target: target.Arn, code, reason }),
    onProblem: parts.onProblem,
  })
  const engine = new BusEngine({
    storage,
    clock,
    random,
    jobs,
    book,
    matching,
    ruleIn: (unit, bus, name) => shelf(unit).rules.find(bus, name),
    nextOf: ({ schedule, scheduledAt }, after) =>
      schedule === undefined ? undefined : scheduleOf(schedule)?.next(after, scheduledAt),
    onProblem: parts.onProblem,
  })
  return {
    engine,
    handlers: [engine.handler, ...deliverer.handlers, authorizing.handler],
    follower: engine.follower,
    destinations,
    secrets,
    authorizing,
    deliveries,
    async sendTo(unit, { arn, account, region, payload, source, type }, now) {
      const found = await destinations(unit).destinationByArn(arn)
      if (found === undefined || found.account !== account) return 'missing'
      const event = {
        ...{ id: random.uuid(), source: 'aws', detailType: type, account, region, time: now, resources: [source.arn] },
        detail: '{}',
      }
      const content = { source: source.arn, target: { Id: 'destination', Arn: arn }, event, input: payload, depth: 0 }
      await deliveries(unit).add({ account, region }, content, now)
      return 'queued'
    },
    start: () => engine.start(),
    async settle() {
      await engine.settle()
      await deliverer.idle()
      await authorizing.idle()
    },
    async drain() {
      await engine.stop()
      await deliverer.drain()
      await authorizing.idle()
    },
    async notes() {
      const last = await storage.unit('read', (unit) => deliveries(unit).lastFailure())
      return last !== undefined && clock.now() - last < TOLD_MS
        ? ['events could not be delivered: see strongroom event failed']
        : []
    },
  }
}

/** Tells of each rule and target once in a while. */
function seldom({ told, clock }: Pick<SendingParts, 'told' | 'clock'>): SendingParts['told'] {
  const last = new Map<string, number>()
  return (what) => {
    const key = `${what.rule} ${what.target} ${what.code}`
    const now = clock.now()
    const before = last.get(key)
    if (before !== undefined && now >= before && now - before < QUIET_MS) return
    last.delete(key)
    last.set(key, now)
    for (const oldest of last.keys()) {
      if (last.size <= MOST_TOLD) break
      last.delete(oldest)
    }
    told(what)
  }
}
