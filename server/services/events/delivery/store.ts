import type { Jobs } from '#kernel/jobs/jobs'
import { scheduleUnlessThere } from '#kernel/jobs/store'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import type { BusEvent } from '../engine.ts'
import type { Cell } from '../model/names.ts'
import type { Target } from '../model/rule.ts'
import * as sql from './store.sql.ts'

/** The jobs of what goes out, and of what is kept of that which could not. */
export const DELIVER = 'events/deliver'
export const FORGET = 'events/forget-failed'

const LABEL = 'events/deliveries'

/** How long what could not be delivered is kept. */
const FAILED_KEPT_MS = 14 * 86_400_000
/** Of one account: how many, and how large all of it, beyond which the oldest go. */
const MOST_FAILED = 10_000
const MOST_FAILED_BYTES = 256 * 1024 * 1024
const TRIMMED_AT_ONCE = 10

/** What goes to one target: all that is known when a rule has matched. Later changes of the rule do not change it. */
export interface Content {
  /** ARN of the rule, or of what else sends it. */
  readonly source: string
  readonly target: Target
  readonly event: BusEvent
  /** What is sent. */
  readonly input: string
  /** How many events, one causing the next, stand behind the event. */
  readonly depth: number
}

/** Something on its way. */
export interface Delivery extends Cell {
  readonly id: string
  /** When the rule matched, milliseconds: its age counts from there. */
  readonly createdAt: number
  readonly attempts: number
  readonly content: Content
}

/** Why something was given up. `code`: in capitals, as the attributes of a dead letter have it. Nothing secret in it. */
export interface Failure {
  readonly code: string
  readonly reason: string
}

/** What could not be delivered. */
export interface Failed extends Cell, Failure {
  readonly id: string
  readonly rule: string
  readonly target: string
  readonly createdAt: number
  readonly failedAt: number
  readonly attempts: number
}

/** How much is on its way. */
export interface Backlog {
  readonly deliveries: number
  readonly bytes: number
}

interface Payload extends Cell {
  readonly id: string
}

export interface DeliveriesParts {
  readonly vault: Vault
  readonly random: Random
  readonly jobs: Jobs
  /** Other than `MOST_FAILED_BYTES`. */
  readonly mostFailedBytes?: number
}

const keyOf = ({ account, region, id }: Payload) => `${account}/${region}/${id}`
const boundTo = ({ account, region, id }: Payload) => ['event_delivery', account, region, id]

/** What goes out and what could not, in one unit of work. */
export class Deliveries {
  readonly #unit: Unit
  readonly #parts: DeliveriesParts
  readonly #mostFailedBytes: number

  constructor(unit: Unit, parts: DeliveriesParts) {
    this.#unit = unit
    this.#parts = parts
    this.#mostFailedBytes = parts.mostFailedBytes ?? MOST_FAILED_BYTES
  }

  /** Puts something down, to go out as soon as this unit is there. */
  async add({ account, region }: Cell, content: Content, now: number): Promise<string> {
    const { vault, random } = this.#parts
    const id = random.uuid()
    const own = { account, region, id }
    const sealed = vault.wrap(LABEL, Buffer.from(JSON.stringify(content), 'utf8'), boundTo(own))
    const names = { rule: content.source, target: content.target.Arn }
    await this.#unit.run(sql.insertDelivery, { ...own, ...names, createdAt: now, sealed, size: sealed.length })
    await this.wait(own, now)
    return id
  }

  async find({ account, region, id }: Payload): Promise<Delivery | undefined> {
    const row = await this.#unit.get<sql.DeliveryRow>(sql.findDelivery, { account, region, id })
    if (row === undefined) return undefined
    const { created_at, attempts } = row
    return { account, region, id, createdAt: Number(created_at), attempts: Number(attempts), content: this.#open(row) }
  }

  /** Says how often it was tried. */
  async count({ account, region, id }: Delivery, attempts: number): Promise<void> {
    await this.#unit.run(sql.countAttempt, { account, region, id, attempts })
  }

  /** It is looked at again at `dueAt`. */
  async wait({ account, region, id }: Payload, dueAt: number): Promise<void> {
    const payload = { account, region, id }
    await this.#parts.jobs.schedule(this.#unit, { kind: DELIVER, key: keyOf(payload), dueAt, payload })
  }

  /** It has arrived. */
  async arrived(delivery: Payload): Promise<void> {
    const { account, region, id } = delivery
    await this.#unit.run(sql.deleteDelivery, { account, region, id })
    await this.#parts.jobs.cancel(this.#unit, DELIVER, keyOf(delivery))
  }

  /** Gives it up: it goes to what could not be delivered. */
  async giveUp(delivery: Payload, { code, reason }: Failure, now: number): Promise<void> {
    const { account, region, id } = delivery
    const row = await this.#unit.get<sql.DeliveryRow>(sql.findDelivery, { account, region, id })
    if (row === undefined) return
    await this.arrived(delivery)
    await this.#keep(row, { code, reason }, now)
  }

  /** Keeps what is not even tried. */
  async refuse({ account, region }: Cell, content: Content, failure: Failure, now: number): Promise<void> {
    const { vault, random } = this.#parts
    const own = { account, region, id: random.uuid() }
    const sealed = vault.wrap(LABEL, Buffer.from(JSON.stringify(content), 'utf8'), boundTo(own))
    const names = { rule: content.source, target: content.target.Arn }
    const row = { ...own, ...names, created_at: now, attempts: 0, sealed, size_bytes: sealed.length }
    await this.#keep(row, failure, now)
  }

  /** What could not be delivered, in order, from behind (`at`, `id`); `rule`: a name or an ARN. */
  async failed(
    asked: {
      readonly account?: string | undefined
      readonly region?: string | undefined
      readonly rule?: string | undefined
    },
    after: { readonly at: number; readonly id: string },
    limit: number,
  ): Promise<Failed[]> {
    const { account = '', region = '', rule = '' } = asked
    // a rule on a bus of one's own has the bus before its name
    const likeRule = rule.startsWith('arn:') ? rule : `%/${rule.replaceAll(/[!%_]/g, (found) => `!${found}`)}`
    const rows = await this.#unit.all<sql.FailedRow>(sql.listFailed, {
      account,
      region,
      rule,
      likeRule,
      ...after,
      limit,
    })
    return rows.map(failedOf)
  }

  async failedById(id: string): Promise<Failed | undefined> {
    const row = await this.#unit.get<sql.FailedRow>(sql.findFailed, { id })
    return row && failedOf(row)
  }

  /** What it was that could not be delivered. */
  async contentOf({ id }: Failed): Promise<Content | undefined> {
    const row = await this.#unit.get<sql.FailedRow>(sql.findFailed, { id })
    return row && this.#open(row)
  }

  /** Sends it once more, with all its tries and its whole time. Answers whether it was there. */
  async redeliver({ id }: Failed, now: number): Promise<boolean> {
    const row = await this.#unit.get<sql.FailedRow>(sql.findFailed, { id })
    if (row === undefined) return false
    const { account, region, rule, target, sealed } = row
    if ((await this.#unit.run(sql.deleteFailed, { account, region, id })) === 0) return false
    const size = sealed.length
    await this.#unit.run(sql.putBack, { account, region, id, rule, target, createdAt: now, sealed, size })
    await this.wait({ account, region, id }, now)
    return true
  }

  /** Takes away what was kept long enough; answers when to look again. */
  async forget(now: number, limit: number): Promise<number | undefined> {
    const removed = await this.#unit.run(sql.removeFailed, { until: now - FAILED_KEPT_MS, limit })
    if (removed === limit) return now
    const oldest = await this.#unit.get<{ at: number }>(sql.oldestFailed, {})
    return oldest && Number(oldest.at) + FAILED_KEPT_MS
  }

  /** What was kept long enough is taken away at `dueAt`. */
  async forgetAt(dueAt: number): Promise<void> {
    await scheduleUnlessThere(this.#unit, { kind: FORGET, key: 'all', dueAt, payload: null })
  }

  /** What an account has on its way. */
  async backlog(account: string): Promise<Backlog> {
    const row = await this.#unit.get<{ n: number; bytes: number }>(sql.backlog, { account })
    return { deliveries: Number(row?.n ?? 0), bytes: Number(row?.bytes ?? 0) }
  }

  /** When something failed the last time. */
  async lastFailure(): Promise<number | undefined> {
    const row = await this.#unit.get<{ at: number }>(sql.newestFailed, {})
    return row && Number(row.at)
  }

  /**
   * Takes the next place in time for a call to a destination, of which there are `perSecond`. At `now` or before: the call may be made;
   * later: nothing was taken, and it is to be asked again then.
   */
  async pace({ account, region }: Cell, id: string, perSecond: number, now: number): Promise<number> {
    const row = await this.#unit.get<{ at: number }>(sql.pace, { account, region, id })
    const next = Number(row?.at ?? 0)
    // whole milliseconds hold as many as there are in one
    if (Math.floor(next / SLOTS) > now) return Math.floor(next / SLOTS)
    const from = Math.max(next, now * SLOTS)
    await this.#unit.run(sql.setPace, { account, region, id, at: from + Math.ceil((1000 * SLOTS) / perSecond) })
    return now
  }

  async #keep(row: sql.DeliveryRow, { code, reason }: Failure, now: number): Promise<void> {
    const { account, region, id, rule, target, sealed } = row
    const size = sealed.length
    const times = { createdAt: Number(row.created_at), attempts: Number(row.attempts), failedAt: now }
    await this.#unit.run(sql.insertFailed, { account, region, id, rule, target, ...times, code, reason, sealed, size })
    await this.#unit.run(sql.trimFailed, { account, most: MOST_FAILED, few: TRIMMED_AT_ONCE })
    const kept = await this.#unit.get<{ bytes: number }>(sql.failedBytes, { account })
    if (Number(kept?.bytes ?? 0) > this.#mostFailedBytes)
      await this.#unit.run(sql.dropFailed, { account, few: TRIMMED_AT_ONCE })
    await this.forgetAt(now + FAILED_KEPT_MS)
  }

  #open({ account, region, id, sealed }: sql.DeliveryRow): Content {
    const clear = this.#parts.vault.unwrap(LABEL, sealed, boundTo({ account, region, id }))
    return JSON.parse(clear.toString('utf8')) as Content
  }
}

/** Parts of a millisecond in which paces are counted. */
const SLOTS = 1000

function failedOf(row: sql.FailedRow): Failed {
  const { account, region, id, rule, target, created_at, failed_at, attempts, code, reason } = row
  const times = { createdAt: Number(created_at), failedAt: Number(failed_at), attempts: Number(attempts) }
  return { account, region, id, rule, target, ...times, code, reason }
}
