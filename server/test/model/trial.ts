import assert from 'node:assert/strict'
import { setTimeout as passed } from 'node:timers/promises'
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { arnsIn, arrivalsOf, checkWhole, leavesBare, parts, planOf, rotates } from './afterwards.ts'
import { type Made, OPERATIONS, type Person, type Plan } from './call.ts'
import { explain, type Riddle, told } from './explain.ts'
import { afterEntry, type Entry, type Facts } from './facts.ts'
import { count, type Figures, none } from './figures.ts'
import { Past, type Snapshot } from './history.ts'
import { make } from './making.ts'
import { ALIAS, callOf } from './meaning.ts'
import { ROOT } from './messages.ts'
import { type Namesakes, NOBODY } from './namesakes.ts'
import type { Nodes } from './nodes.ts'
import { type AnyClient, observe, type SeenName } from './observe.ts'
import { people } from './people.ts'
import { KEYS, type Moment } from './secret.ts'
import type { Round, Sequence, Step } from './sequence.ts'
import type { Telling } from './telling.ts'

/** What a lost call must have been, as far as what is seen afterwards tells. */
export type Certainty = 'made' | 'not made' | 'either'

/** What the nodes were told. */
export interface Limits {
  /** Most versions of a secret, in place of AWS's hundred: so that old ones have to go. */
  readonly versions: number
  /** Names of deleted secrets are used again. */
  readonly nameReuse: boolean
}

/** One name, and what is known of it. */
interface Name {
  readonly name: string
  state: Namesakes
  readonly former: string[]
  /** What each secret that ever had it was, by ARN, whenever it was looked at. */
  readonly past: Map<string, Snapshot[]>
  /** The history of each, as far as it was read, and what it comes to. */
  readonly told: Map<string, { readonly entries: readonly Entry[]; readonly facts: Facts | undefined }>
  /** What a dry run of RestoreSecrets has listed last. */
  plan: Plan | undefined
  /** Something was done that can leave a secret with versions without AWSCURRENT. */
  bare: boolean
}

/** Sequences on nodes that are there; each on names of its own. */
export class Trial {
  readonly figures: Figures = none()
  /** All calls that were made, and what is known of those without an answer. */
  readonly made: Made[] = []
  readonly lost = new Map<Made, Certainty>()
  readonly #nodes: Nodes
  readonly #limits: Limits
  #people: readonly Person[] = []
  #turn = 0

  constructor(nodes: Nodes, limits: Limits) {
    this.#nodes = nodes
    this.#limits = limits
  }

  /** Makes the customer key that sequences use, and who uses it. */
  async prepare(): Promise<void> {
    const systemClockOffset = this.#nodes.now - Date.now()
    this.#people = await people(this.#nodes.url(0), systemClockOffset)
    const kms = new KMSClient({
      endpoint: this.#nodes.url(0),
      region: 'us-east-1',
      credentials: ROOT,
      systemClockOffset,
    })
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
    await kms.send(new CreateAliasCommand({ AliasName: ALIAS, TargetKeyId: KeyMetadata?.KeyId }))
    KEYS.set(ALIAS, KeyMetadata?.Arn ?? '')
    kms.destroy()
  }

  /** Does a sequence. Throws AssertionError, with all that happened, at the first thing that the model can't explain. */
  async run(sequence: Sequence): Promise<void> {
    const prefix = `model/${++this.figures.sequences}/`
    const names: Name[] = ['a', 'b'].map((name) => ({
      name: prefix + name,
      state: NOBODY,
      former: [],
      past: new Map(),
      told: new Map(),
      plan: undefined,
      bare: false,
    }))
    const story: string[] = []
    try {
      await this.#nodes.revive()
      const times = [this.#nodes.now]
      for (const round of sequence) {
        await this.#round(round, names, prefix, story, times)
        times.push(this.#nodes.now)
      }
      for (const name of names)
        for (const [arn, snapshots] of name.past) {
          const { entries } = name.told.get(arn) ?? { entries: [] }
          await this.#past.check(arn, entries, snapshots)
          this.figures.histories++
          this.figures.entries += entries.length
        }
    } catch (error) {
      const { message } = error as Error
      throw new assert.AssertionError({ message: `${message}\n\nwhat happened:\n${story.join('\n')}` })
    }
  }

  get #any(): AnyClient {
    return () => this.#nodes.client(this.#turn++)
  }

  /** Asks another node each time. */
  get #past(): Past {
    const [root] = this.#people
    return new Past({ url: this.#nodes.url(this.#turn++), now: this.#nodes.now }, root as Person)
  }

  async #round(round: Round, names: Name[], prefix: string, story: string[], times: readonly number[]): Promise<void> {
    // So that what is changed now is not changed at the time of what was before.
    await this.#nodes.travel(7)
    if (round.kind === 'travel') {
      story.push(`${round.hours} hours pass`)
      const from = this.#nodes.now
      await this.#nodes.travel(round.hours * 3_600_000 + 13)
      await this.#judge(names, new Map(), [from, this.#nodes.now], prefix)
      return
    }
    const overtakes = round.kind === 'together' && round.overtaken && (await this.#beforePurge(names))
    const from = this.#nodes.now
    const calls = new Map<Name, Made[]>(names.map((name) => [name, []]))
    const did = this.#together(round, names, calls, times, prefix)
    if (overtakes) await this.#nodes.travel(2000)
    await did
    if (round.kind === 'crash') await this.#nodes.revive()
    await this.#nodes.settle()
    const all = [...calls.values()].flat()
    const what = round.kind === 'crash' ? 'killed' : overtakes ? 'as a purge falls due' : ''
    for (const each of all) story.push(`  [${each.began}–${each.ended}] ${told(each)}`)
    story.push(`  — ${what}`)
    const made = new Set(all.map(({ agent }) => agent)).size
    if (made > 1) this.figures.concurrent++
    const touched = names.filter((name) => overtakes || (calls.get(name)?.length ?? 0) > 0)
    const before = new Map(touched.map((name) => [name, name.state]))
    await this.#judge(touched, calls, [from, this.#nodes.now], prefix)
    checkWhole(this.lost, all)
    if (made === 1 && round.kind === 'together' && !overtakes)
      for (const [name, state] of before) {
        const [only] = calls.get(name) ?? []
        rotates(state, only, name.state)
        name.plan = planOf(only, name.state) ?? name.plan
      }
  }

  /** The clients do their steps at once, each one after the other; in a crash nodes are killed meanwhile. */
  async #together(
    round: Exclude<Round, { kind: 'travel' }>,
    names: readonly Name[],
    calls: ReadonlyMap<Name, Made[]>,
    times: readonly number[],
    prefix: string,
  ): Promise<void> {
    const isAlone = round.kind === 'together' && !round.overtaken && round.clients.flat().length === 1
    let answers = 0
    let killed: Promise<unknown> | undefined
    const kill = async () => {
      if (round.kind !== 'crash') return
      this.figures.kills++
      await passed(round.pauseMs)
      const victims = round.all ? Array.from({ length: this.#nodes.count }, (_, at) => at) : [round.node]
      await Promise.all(victims.map((at) => this.#nodes.kill(at)))
    }
    const client = async (steps: readonly Step[], at: number) => {
      for (const step of steps) {
        const name = names[step.name] as Name
        const past = new Map(names.flatMap((each) => [...each.past]))
        const call = callOf(step, { ...name, past, times, now: this.#nodes.now, prefix, isAlone })
        const agent = `model/${this.figures.calls++}`
        const by = this.#people[step.who] as Person
        for (const each of names) each.bare ||= leavesBare(call)
        const made = await make(this.#nodes, at, by, call, agent)
        if (call.op === 'goback' && call.prefix !== undefined)
          parts(made, call, names, isAlone).forEach((part, at) => void calls.get(names[at] as Name)?.push(part))
        else calls.get(name)?.push(made)
        this.made.push(made)
        count(this.figures, made)
        if (made.outcome.kind === 'lost') {
          assert.equal(round.kind, 'crash', `${OPERATIONS[call.op]} was not answered`)
          return
        }
        if (round.kind === 'crash' && ++answers >= round.after) killed ??= kill()
      }
    }
    const working = Promise.all(round.clients.map(client))
    if (round.kind === 'crash' && round.after === 0) killed ??= kill()
    await working
    killed ??= kill()
    await killed
  }

  /** Takes the time to just before a purge that is due in the next weeks; false: there is none. */
  async #beforePurge(names: readonly Name[]): Promise<boolean> {
    const purges = names.flatMap(({ state }) =>
      state.all.map(({ purgeAt }) => purgeAt?.[0] ?? Number.POSITIVE_INFINITY),
    )
    const due = Math.min(...purges)
    const left = due - 1000 - this.#nodes.now
    if (left <= 0 || left === Number.POSITIVE_INFINITY) return false
    await this.#nodes.travel(left)
    return true
  }

  /** Looks at what is there now and has the model explain it. */
  async #judge(
    names: readonly Name[],
    calls: ReadonlyMap<Name, readonly Made[]>,
    now: Moment,
    prefix: string,
  ): Promise<void> {
    const { versions: most, nameReuse: reuse } = this.#limits
    for (const each of names) {
      const made = calls.get(each) ?? []
      const seen = await observe(this.#any, each.name, prefix, each.bare)
      const histories = await this.#told(each, made, seen)
      const arrivals = arrivalsOf(each.former, made, seen)
      const common = { now, most, reuse, people: this.#people }
      const riddle: Riddle = { before: each.state, calls: made, seen, told: histories, arrivals, ...common }
      const found = explain(riddle)
      if ('why' in found)
        throw new assert.AssertionError({
          message: `${each.name}: no order of these calls explains it; the nearest ${found.why}\nbefore: ${short(each.state)}\nseen: ${short(seen)}\ncalls:\n${riddle.calls.map((made) => `  [${made.began}–${made.ended}] ${told(made)}`).join('\n')}`,
        })
      this.#settle(riddle, found.made)
      each.state = found.state
      for (const [arn, { before, entries }] of histories) {
        const facts = entries.reduce((facts: Facts | undefined, entry) => afterEntry(arn, facts, entry), before)
        each.told.set(arn, { entries: [...(each.told.get(arn)?.entries ?? []), ...entries], facts })
      }
      for (const { arn } of found.state.all) if (!each.former.includes(arn)) each.former.push(arn)
      for (const arn of each.former) {
        const secret = found.state.all.find((one) => one.arn === arn)
        each.past.set(arn, [...(each.past.get(arn) ?? []), { at: now[1], secret }])
      }
    }
  }

  /** What is new in the histories of all secrets that can have changed. */
  async #told({ state, told }: Name, made: readonly Made[], seen: SeenName): Promise<ReadonlyMap<string, Telling>> {
    const arns = new Set([...state.all.map(({ arn }) => arn), ...arnsIn(made, seen)])
    const found = new Map<string, Telling>()
    for (const arn of arns) {
      const { entries = [], facts } = told.get(arn) ?? {}
      found.set(arn, { before: facts, entries: await this.#past.entries(arn, entries.length) })
    }
    return found
  }

  /** What is certain of calls without an answer. */
  #settle(riddle: Riddle, made: ReadonlySet<Made>): void {
    for (const call of riddle.calls) {
      if (call.outcome.kind !== 'lost') continue
      const was = made.has(call)
      const otherwise = explain(riddle, new Map([[call, !was]]))
      const certainty = 'why' in otherwise ? (was ? 'made' : 'not made') : 'either'
      this.lost.set(call, certainty)
      if (certainty === 'made') this.figures.lostMade++
      else if (certainty === 'not made') this.figures.lostNotMade++
      else this.figures.lostEither++
    }
  }
}

const short = (value: unknown): string =>
  JSON.stringify(value, (_, text) =>
    typeof text === 'string' && text.length > 200 ? `${text.slice(0, 40)}…` : text,
  ) ?? 'nothing'
