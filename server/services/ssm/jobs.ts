import { hash } from 'node:crypto'
import type { AuditEvent } from '#kernel/audit/event'
import type { Caller } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { Events } from '#kernel/events/event'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './later.sql.ts'
import { acted, changed } from './model/change.ts'
import { duesOf } from './model/expiry.ts'
import type { Cell, Found, Parameter, Version } from './model/parameter.ts'
import { keptPolicies, type Policy } from './model/policies.ts'
import type { Readings } from './readings.ts'
import type { Rows } from './rows.ts'
import { Parameters } from './store.ts'

const ENFORCE = 'ssm/policies'

/** AWS's words for where a policy stands. We never say `Failed`: what fails is tried again. */
export type PolicyStatus = 'Pending' | 'InProgress' | 'Finished'

/** By which what is done later is put down, told and recorded. */
export interface LaterParts {
  readonly jobs: Jobs
  readonly events: Events
  readonly random: Random
  /** Leaves records in the trail, in the unit of what they tell. */
  readonly record: (unit: Unit, events: readonly AuditEvent[]) => Promise<void>
}

/** Which parameter a job is about. Another one that has its name by then has another id. */
interface Payload extends Cell {
  readonly key: string
  readonly id: string
}

/** A policy with its place in time. */
interface Due {
  readonly policy: Policy
  /** Milliseconds. */
  readonly at: number
  /** Whether it has had its effect. */
  readonly done: boolean
}

/**
 * What parameters' policies do later, in the unit of the change that asks for it. One job waits for each parameter, for whatever is due
 * next; what was done is in the store, so that no policy has its effect twice: one and the same notification of one and the same
 * expiration is not sent again when the value is overwritten.
 */
export class Later {
  readonly #parts: LaterParts
  readonly #unit: Unit

  constructor(parts: LaterParts, unit: Unit) {
    this.#parts = parts
    this.#unit = unit
  }

  /**
   * A version was written: its policies count from now on, those of the version before no more. `before`: the texts of that one's.
   */
  async policies(parameter: Parameter, version: Version, before: readonly string[] = []): Promise<void> {
    if (version.policies.length === 0 && before.length === 0) return
    const done = before.length === 0 ? NONE : await this.#done(parameter)
    const dues = duesIn(version, done)
    const current = new Set(dues.map(({ policy, at }) => nameOf(policy, at)))
    for (const name of done) {
      if (!current.has(name)) await this.#unit.run(sql.deleteDone, { ...idOf(parameter), ...partsOf(name) })
    }
    await this.#wait(parameter, dues)
  }

  /** The parameter is deleted: nothing is done about it any more. */
  async forget(parameter: Parameter): Promise<void> {
    await this.#parts.jobs.cancel(this.#unit, ENFORCE, jobKeyOf(parameter))
    await this.#unit.run(sql.deleteAllDone, idOf(parameter))
    const { account, region, key } = parameter
    await this.#unit.run(sql.deletePending, { account, region, key })
  }

  /** Where the policies of the newest version stand, in their order. Asks the store when there are any. */
  async statuses({ parameter, version }: Found, now: number): Promise<readonly PolicyStatus[]> {
    if (version.policies.length === 0) return []
    const dues = duesIn(version, await this.#done(parameter))
    return dues.map(({ at, done }) => (done ? 'Finished' : at <= now ? 'InProgress' : 'Pending'))
  }

  /**
   * Does what is due of a parameter: tells of it, and deletes the parameter when it has expired. `parameters` must see it although it
   * has expired.
   */
  async enforce({ parameter, version }: Found, parameters: Parameters, now: number): Promise<void> {
    const done = new Set(await this.#done(parameter))
    const due = duesIn(version, done).filter(({ at, done }) => !done && at <= now)
    for (const { policy, at } of due.sort((one, other) => one.at - other.at)) {
      if (policy.type === 'Expiration') return this.#expire({ parameter, version }, policy, parameters, now)
      const name = nameOf(policy, at)
      if (done.has(name)) continue
      done.add(name)
      await this.#unit.run(sql.insertDone, { ...idOf(parameter), ...partsOf(name) })
      await this.#tell(acted(policy, parameter, version, 'SUCCESS', reasonOf(policy, version)), now)
    }
    await this.#wait(parameter, duesIn(version, done))
  }

  /** Deletes as DeleteParameter does, and says in whose name: the service's own. */
  async #expire({ parameter, version }: Found, policy: Policy, parameters: Parameters, now: number): Promise<void> {
    await parameters.remove(parameter)
    await this.forget(parameter)
    await this.#tell(acted(policy, parameter, version, 'SUCCESS', 'Parameter expired and was deleted'), now)
    await this.#tell(changed('Delete', parameter, version), now)
    await this.#parts.record(this.#unit, [expiration(parameter, this.#parts.random.uuid(), now)])
  }

  #tell(event: ReturnType<typeof changed>, now: number): Promise<void> {
    return this.#parts.events.emit(this.#unit, event, now)
  }

  async #wait(parameter: Parameter, dues: readonly Due[]): Promise<void> {
    const key = jobKeyOf(parameter)
    const left = dues.filter(({ done }) => !done).map(({ at }) => at)
    if (left.length === 0) return this.#parts.jobs.cancel(this.#unit, ENFORCE, key)
    const payload: Payload = payloadOf(parameter)
    await this.#parts.jobs.schedule(this.#unit, { kind: ENFORCE, key, dueAt: Math.min(...left), payload })
  }

  async #done(parameter: Parameter): Promise<ReadonlySet<string>> {
    const rows = await this.#unit.all<sql.DoneRow>(sql.listDone, idOf(parameter))
    return new Set(rows.map(({ policy, due_at }) => `${due_at} ${policy}`))
  }
}

const NONE: ReadonlySet<string> = new Set()

/** Over which store the jobs run. */
export interface HandlerParts extends LaterParts {
  readonly clock: Clock
  readonly rows: Rows
  readonly readings: Readings | undefined
}

/** The handler of these jobs. What it finds decides, not what was known when the job was put down. */
export function policyHandler(parts: HandlerParts): JobHandler {
  return {
    kind: ENFORCE,
    async run(unit, payload, due) {
      const { key, id, account, region } = payload as Payload
      // As before all time, when nothing has expired: the parameter that has is the one that is looked for.
      const here = { account, region, now: Number.NEGATIVE_INFINITY }
      const parameters = new Parameters(unit, here, parts.rows, parts.readings)
      const found = await parameters.find(key)
      if (found === undefined || found.parameter.id !== id) return
      await new Later(parts, unit).enforce(found, parameters, Math.max(due, parts.clock.now()))
    },
  }
}

function duesIn({ policies: texts, modifiedAt }: Version, done: ReadonlySet<string>): Due[] {
  const policies = keptPolicies(texts)
  const dues = duesOf(policies, modifiedAt)
  return policies.map((policy, index) => {
    const at = dues[index] as number
    return { policy, at, done: done.has(nameOf(policy, at)) }
  })
}

/** What a policy that had its effect is known by: a text of up to 4 KB would be too long for an index. */
const nameOf = ({ text }: Policy, at: number): string => `${at} ${hash('sha256', text)}`

function partsOf(name: string) {
  const blank = name.indexOf(' ')
  return { due_at: Number(name.slice(0, blank)), policy: name.slice(blank + 1) }
}

/** Assumed: what `action-reason` says of notifications. */
function reasonOf(policy: Policy, { modifiedAt }: Version): string {
  if (policy.type === 'NoChangeNotification') {
    return `Parameter has not been changed since ${new Date(modifiedAt).toISOString()}`
  }
  return 'Parameter is about to expire'
}

const idOf = ({ account, region, id }: Parameter) => ({ account, region, parameter: id })
const jobKeyOf = ({ account, region, id }: Parameter) => `${account}/${region}/${id}`
const payloadOf = ({ account, region, key, id }: Parameter): Payload => ({ account, region, key, id })

const SERVICE = 'ssm.amazonaws.com'

/** Assumed: the service's own record of an expiration has the name of the operation that it does. */
function expiration({ account, region, name, arn }: Parameter, requestId: string, now: number): AuditEvent {
  const caller: Caller = {
    ...{ kind: 'service', account, arn: SERVICE, principalArn: SERVICE, userId: '', accessKeyId: '' },
    ...{ tags: new Map(), policies: [] },
  }
  return {
    call: {
      ...{ requestId, caller, account, region, now },
      ...{ sourceIp: SERVICE, userAgent: SERVICE, secure: true, events: [] },
    },
    eventSource: SERVICE,
    eventName: 'DeleteParameter',
    readOnly: false,
    requestParameters: { name },
    responseElements: null,
    additionalEventData: { policyType: 'Expiration' },
    resources: [{ accountId: account, ARN: arn }],
  }
}
