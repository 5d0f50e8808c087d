import { decide } from '#kernel/authorization/authorize'
import type { AuditEvent } from '#kernel/audit/event'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { type State, sameState, stagesIn, stateOf } from '../model/as-of.ts'
import { asOfInFuture, namedAndPaged, notUnderPrefix, twiceNamed } from '../model/restore-refusals.ts'
import { changesAnything, planOf, type RestorePlan, withLost } from '../model/restore-plan.ts'
import { placeOf } from '../model/identity.ts'
import type { Sealed } from '../model/secret.ts'
import type { Env } from '../operation.ts'
import type { Found } from '../rows.ts'
import { type SecretTarget, type Subject, targetOf } from '../target.ts'
import type { AskedRestore, Restored, RestoredSecret } from './asked.ts'
import type { Gone } from './entry.ts'
import { carryOut, checkOwner, prepare, rehearse } from './carrying-out.ts'
import { changesOf } from './differences.ts'
import { subjectOf } from './listing.ts'
import { refusalOf } from './permitted.ts'
import { wasThere } from './meant.ts'
import { placeBefore, placed } from './places.ts'
import { stateAt } from './state-at.ts'

/** Secrets looked at in one call, when it does not say how many. */
const PAGE = 20
/** Entries of the history that are read in one call before its page ends; of one secret as many as there are. */
const ENTRIES_OF_PAGE = 5000
const WINDOW_OF_CREATED_MS = 30 * 86_400_000

const RESTORE = 'strongroom:RestoreSecrets'
const DESCRIBE = 'secretsmanager:DescribeSecret'

/** A secret with what is to be done to it. */
interface Looked {
  readonly secret: Found
  readonly now: State
  readonly plan: RestorePlan
  /** Versions that are in the history alone and come back. */
  readonly back: readonly Sealed[]
  readonly status: 'Differs' | 'CreatedSince' | 'NotKnown'
  readonly knownSince?: number
  /** What the plan was made from: it stands for as long as this is so. */
  readonly facts: readonly unknown[]
}

/**
 * Brings secrets back to how they were at a time, or says what that would change. A secret is brought back whole or not at all: whatever
 * may refuse it is asked before anything of it is written. Nobody can have done here what he may not do by AWS's operations.
 */
export class Restoring {
  readonly #env: Env
  readonly #call: Call
  readonly #asked: AskedRestore
  readonly #items: RestoredSecret[] = []
  #unchanged = 0
  #notPermitted = 0
  #entries = 0

  constructor(env: Env, call: Call, asked: AskedRestore) {
    this.#env = env
    this.#call = call
    this.#asked = asked
  }

  async restore(): Promise<Restored> {
    const { AsOf, Secrets, NextToken, MaxResults } = this.#asked
    if (AsOf.getTime() > this.#call.now) throw asOfInFuture()
    if (Secrets === undefined) return this.#page()
    if (NextToken !== undefined || MaxResults !== undefined) throw namedAndPaged()
    const tokens = new Map(Secrets.map(({ SecretId = '', PlanToken }) => [SecretId, PlanToken]))
    if (tokens.size < Secrets.length) throw twiceNamed()
    // always in one order, so that two who lock the same do not wait for each other
    for (const id of [...tokens.keys()].sort()) await this.#one(id, tokens.get(id))
    return this.#answer()
  }

  /** The next secrets under the prefix: those that are there by name, then those that are gone. */
  async #page(): Promise<Restored> {
    const { Prefix, AsOf, MaxResults = PAGE, NextToken } = this.#asked
    const { secrets, paging } = this.#env
    const { account, region } = this.#call
    const bound = ['RestoreSecrets', account, region, Prefix, AsOf.getTime()]
    const [phase, after] = NextToken === undefined ? [0, ''] : paging.open(NextToken, bound)
    const answer = (next?: readonly [number, string]) => this.#answer(next && paging.seal([next[0], next[1]], bound))
    let room = MaxResults
    if (phase === 0) {
      const start = after === '' ? placeBefore(Prefix) : ([0, after] as const)
      const found = await secrets.lists.page({ by: 'name', order: 'asc', after: start, limit: MaxResults + 1 })
      const here = found.filter(({ secret }) => secret.name.startsWith(Prefix))
      for (const [index, { secret, at }] of here.slice(0, MaxResults).entries()) {
        await this.#one(secret.arn)
        const more = index + 1 < here.length
        if (more && (index + 1 === MaxResults || this.#entries >= ENTRIES_OF_PAGE)) return answer([0, at[1]])
      }
      room -= here.length
      if (room <= 0) return answer([1, ''])
    }
    const gone = await secrets.history.goneUnder(this.#call, {
      prefix: Prefix,
      since: AsOf.getTime(),
      after: phase === 0 ? undefined : placed(after),
      limit: room + 1,
    })
    for (const one of gone.slice(0, room)) if (one.createdAt <= AsOf.getTime()) await this.#gone(one)
    const last = gone[room - 1]
    return answer(gone.length > room && last !== undefined ? [1, `${last.name} ${last.suffix}`] : undefined)
  }

  #answer(NextToken?: string): Restored {
    return {
      Secrets: this.#items,
      Unchanged: this.#unchanged,
      NotPermitted: this.#notPermitted,
      ...(NextToken !== undefined && { NextToken }),
    }
  }

  /** One that nothing brings back; its tags and its policy at its end still say who sees it. */
  async #gone(gone: Gone): Promise<void> {
    const { name, goneAt } = gone
    const [last] = await this.#env.secrets.history.entries(gone, { limit: 1 })
    const subject = subjectOf(gone, last)
    const { arn } = subject
    if (!this.#shows(arn, subject)) this.#notPermitted++
    else this.#items.push({ ARN: arn, Name: name, Status: 'Gone', Changes: [], GoneDate: new Date(goneAt) })
  }

  /** One secret: shown, or done where it was asked for. `token`: of the plan that the caller has seen. */
  async #one(id: string, token?: string): Promise<void> {
    const { Prefix, DryRun } = this.#asked
    // by its name alone, whether there is one or not: what lies elsewhere stays untold
    const { name, account = this.#call.account } = placeOf(id) ?? {}
    if (name === undefined || !name.startsWith(Prefix) || account !== this.#call.account) throw notUnderPrefix(id)
    const secret = await this.#env.secrets.find(id)
    // Of a page: it went for good since it was listed, and is told of with those that are gone.
    if (secret === undefined && this.#asked.Secrets === undefined) return
    if (secret === undefined || !this.#shows(secret.arn, secret)) {
      this.#notPermitted++
      return
    }
    const looked = await this.#look(secret)
    if (looked === undefined) {
      this.#unchanged++
      return
    }
    const item = this.#shown(looked)
    if (!DryRun && changesAnything(looked.plan)) {
      const stands = token === undefined || this.#stands(token, looked)
      this.#items.push(stands ? await this.#done(looked, item) : { ...item, Status: 'ChangedMeanwhile' })
      return
    }
    const refusal = (await this.#refusal(looked)) ?? (await refusedBy(() => rehearse(this.#env, looked)))
    const PlanToken = this.#env.paging.seal([0, ''], looked.facts)
    this.#items.push({ ...item, ...(DryRun && { PlanToken }), ...(refusal && worded(refusal)) })
  }

  /** Who may not see a secret by AWS's API does not see it here. */
  #shows(arn: string, secret: Subject): boolean {
    const target = targetOf(arn, secret, this.#call, this.#env.random, { foreign: true })
    return this.#permits('strongroom', target, RESTORE) && this.#permits('secretsmanager', target, DESCRIBE)
  }

  #permits(service: string, target: SecretTarget, action: string): boolean {
    return decide(this.#call, service, action, target).allowed
  }

  /** What differs; undefined: nothing does. */
  async #look(secret: Found): Promise<Looked | undefined> {
    const { secrets } = this.#env
    const { AsOf, DeleteCreated } = this.#asked
    const times = { asOf: AsOf.getTime(), at: this.#call.now }
    const now = stateOf(secret, secret.policy, await secrets.stages(secret))
    const { past: then, entries, made } = await stateAt(secrets, secret, now, times.asOf)
    this.#entries += entries
    const bare = { secret, now, back: [] }
    const facts = ['RestoreSecrets', secret.id, times.asOf, [...now].sort()]
    if (then.is === 'notKnown')
      return { ...bare, plan: { lost: [] }, status: 'NotKnown', knownSince: then.since, facts }
    if (then.is === 'notYet') {
      if (DeleteCreated !== true) return { ...bare, plan: { lost: [] }, status: 'CreatedSince', facts }
      if (secret.deletedAt !== undefined) return undefined
      const plan = { lost: [], purgeAt: times.at + WINDOW_OF_CREATED_MS }
      return { ...bare, plan, status: 'CreatedSince', facts: [...facts, 'deleted'] }
    }
    const others = await this.#others(secret, then.state, made)
    if (others.size === 0 && sameState(now, then.state)) return undefined
    const { kept, past } = await this.#versions(secret, now, then.state, others)
    const plan = withLost(
      planOf(now, then.state, (version) => kept.has(version), times),
      now,
      then.state,
      others,
    )
    if (!changesAnything(plan) && plan.lost.length === 0) return undefined
    const used = new Set(plan.stages?.values())
    const back = past.filter(({ id }) => used.has(id))
    return { secret, now, plan, back, status: 'Differs', facts: [...facts, [...then.state].sort(), plan.lost] }
  }

  /** Versions that carried labels then and whose ids mean younger ones by now: pruned, and put once more with another value. */
  async #others(secret: Found, then: State, made: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const others = new Set<string>()
    for (const id of new Set(stagesIn(then).values())) {
      const version = made.has(id) ? await this.#env.secrets.version(secret, id) : undefined
      if (version !== undefined && !wasThere(version, this.#asked.AsOf.getTime())) others.add(id)
    }
    return others
  }

  /** Which of the versions that carried labels then have a value still; `past`: those that are in the history alone. */
  async #versions(secret: Found, now: State, then: State, others: ReadonlySet<string>) {
    const { secrets } = this.#env
    const here = new Set(stagesIn(now).values())
    const kept = new Set<string>()
    const past: Sealed[] = []
    for (const version of new Set(stagesIn(then).values())) {
      if (others.has(version)) continue
      if (!here.has(version) && !(await secrets.hasVersion(secret, version))) {
        const found = await secrets.history.past(secret, version)
        if (found === undefined || !wasThere(found, this.#asked.AsOf.getTime())) continue
        past.push(found)
      }
      kept.add(version)
    }
    return { kept, past }
  }

  /** Whether the plan that the caller has seen is the one that would be carried out. */
  #stands(token: string, { facts }: Looked): boolean {
    try {
      this.#env.paging.open(token, facts)
      return true
    } catch (error) {
      if (error instanceof ApiError) return false
      throw error
    }
  }

  #shown({ secret, now, plan, status, knownSince, back }: Looked): RestoredSecret {
    const target = targetOf(secret.arn, secret, this.#call, this.#env.random)
    const seesPolicy = this.#permits('secretsmanager', target, 'secretsmanager:GetResourcePolicy')
    const { lost } = plan
    return {
      ARN: secret.arn,
      Name: secret.name,
      Status: status,
      Changes: changesOf(now, plan, seesPolicy),
      ...(lost.length > 0 && {
        NotKept: lost.map(({ stage, version }) => ({ VersionStage: stage, VersionId: version })),
      }),
      ...(back.length > 0 && { FromHistory: back.map(({ id }) => id) }),
      ...(knownSince !== undefined && { KnownSince: new Date(knownSince) }),
    }
  }

  /** Why the caller could not have it done; undefined: he could, as far as that can be seen before. */
  async #refusal({ secret, now, plan, back }: Looked): Promise<ApiError | undefined> {
    if (!changesAnything(plan)) return undefined
    const kept = await refusedBy(() => checkOwner(secret, plan))
    if (kept !== undefined) return kept
    const keyId = plan.kmsKeyId?.to
    const keyArn = keyId === undefined ? undefined : await this.#env.cipher.resolve(keyId, secret.account)
    return refusalOf({ secret, now, plan, keyArn, fromHistory: back.length > 0 }, this.#call, this.#env.random)
  }

  /** Does it, or says why not; with an event of its own. */
  async #done(looked: Looked, item: RestoredSecret): Promise<RestoredSecret> {
    const { secret, plan, status } = looked
    const { events } = this.#call
    try {
      const refusal = await this.#refusal(looked)
      if (refusal !== undefined) throw refusal
      await carryOut(this.#env, this.#call, await prepare(this.#env, this.#call, looked))
      events.push(this.#event(secret, { restored: item.Changes.map(({ Member }) => Member) }))
      const Status = status === 'CreatedSince' ? 'Deleted' : plan.lost.length > 0 ? 'RestoredInPart' : 'Restored'
      return { ...item, Status }
    } catch (error) {
      // A failure of ours fails the whole call, and nothing of it is done.
      if (!(error instanceof ApiError) || error.status >= 500) throw error
      events.push({ ...this.#event(secret, {}), errorCode: error.code, errorMessage: error.message })
      return { ...item, ...worded(error), Status: 'Refused' }
    }
  }

  #event(secret: Found, more: Readonly<Record<string, unknown>>): AuditEvent {
    return {
      call: this.#call,
      eventSource: 'strongroom.local',
      eventName: 'RestoreSecrets',
      readOnly: false,
      requestParameters: { secretId: secret.arn, asOf: this.#asked.AsOf.toISOString() },
      responseElements: null,
      additionalEventData: { SecretId: secret.arn, ...more },
    }
  }
}

const worded = ({ code, message }: ApiError) => ({ ErrorCode: code, ErrorMessage: message })

async function refusedBy(check: () => void | Promise<void>): Promise<ApiError | undefined> {
  try {
    await check()
    return undefined
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return error
    throw error
  }
}
