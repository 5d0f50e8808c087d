import { type Made, OPERATIONS, type Person } from './call.ts'
import { afterEntry, type Entry, type Facts, factsOf, kindOf, versionsBetween } from './facts.ts'
import type { Namesakes } from './namesakes.ts'
import type { Moment, Secret } from './secret.ts'

/** What the history tells of a secret since it was last looked at, oldest first, and what it came to before. */
export interface Telling {
  readonly before: Facts | undefined
  readonly entries: readonly Entry[]
}

/** How many entries of each secret are accounted for, by ARN. */
export type Read = Readonly<Record<string, number>>

/** A state to which what was done leads, with the entries that tell of it, or why the history tells otherwise. */
export type Told = { readonly state: Namesakes; readonly read: Read } | { readonly unlike: string }

interface Step {
  readonly entries: readonly Entry[]
  /** The facts before the first entry, and after each. */
  readonly facts: readonly (Facts | undefined)[]
}

const SERVICE = 'secretsmanager.amazonaws.com'
/** What the service calls what it does by itself. */
const ENDS: Readonly<Record<string, string>> = { Removed: 'EndSecretVersionDelete', Pruned: 'SecretVersionDeletion' }

const textOf = (facts: Facts | undefined): string => (facts === undefined ? 'gone' : JSON.stringify(facts))
const factsIn = ({ all }: Namesakes, arn: string): Facts | undefined => {
  const secret = all.find((one) => one.arn === arn)
  return secret && factsOf(secret)
}

/**
 * The history of the secrets of a name, held against what the model has calls do: each change has one entry, with its author and what it
 * changed, in the order in which they were made; what changes nothing has none.
 */
export class Tellings {
  readonly #steps: ReadonlyMap<string, Step>
  readonly #people: readonly Person[]
  /** Request ids of answers. */
  readonly #answered: ReadonlySet<string>
  readonly #now: Moment

  constructor(told: ReadonlyMap<string, Telling>, calls: readonly Made[], people: readonly Person[], now: Moment) {
    this.#steps = new Map([...told].map(([arn, telling]) => [arn, stepsOf(arn, telling)]))
    this.#people = people
    this.#answered = new Set(calls.flatMap(({ requestId }) => requestId ?? []))
    this.#now = now
  }

  /** A call has led from one state to another. */
  byCall(before: Namesakes, after: Namesakes, made: Made, read: Read): Told {
    let [state, count] = [after, read]
    for (const [arn, step] of this.#steps) {
      const at = count[arn] ?? 0
      const [from, entry] = [textOf(factsIn(before, arn)), step.entries[at]]
      const isChanged = from !== textOf(factsIn(state, arn))
      const isIts =
        entry !== undefined && this.#isOf(entry, made) && (isChanged || made.outcome.kind !== 'lost' || isEmpty(entry))
      if (!isChanged && !isIts) continue
      if (from !== textOf(step.facts[at]))
        return { unlike: `the history of ${arn} tells that something else is under way` }
      if (!isIts) return { unlike: `the history of ${arn} has no entry of it, but ${JSON.stringify(entry)}` }
      const to = step.facts[at + 1]
      state = dated(state, arn, to)
      const expected = factsIn(state, arn)
      if (textOf(to) !== textOf(expected))
        return { unlike: `the history of ${arn} has it come to ${textOf(to)}, not ${textOf(expected)}` }
      const wrong = this.#wrong(entry, made, step.facts[at], to)
      if (wrong !== undefined) return { unlike: `the entry of ${arn}: ${wrong}` }
      count = { ...count, [arn]: at + 1 }
    }
    return { state, read: count }
  }

  /** Something has happened by itself; the history may tell of several such things at once. */
  byItself(after: Namesakes, read: Read): Told {
    let count = read
    for (const [arn, { entries, facts }] of this.#steps) {
      const at = count[arn] ?? 0
      const entry = entries[at]
      if (entry === undefined || this.#people.some((person) => person.arn === entry.PrincipalArn)) continue
      if (textOf(facts[at + 1]) === textOf(facts[at]) || textOf(facts[at + 1]) !== textOf(factsIn(after, arn))) continue
      const kind = kindOf(facts[at], facts[at + 1])
      const isAuthor = entry.PrincipalArn === SERVICE || entry.PrincipalArn.includes(':assumed-role/')
      const ends = entry.Kind === 'Removed' && (entry.PrincipalArn !== SERVICE || entry.EventName !== ENDS.Removed)
      if (entry.Kind !== kind || !isAuthor || ends)
        return { unlike: `the history of ${arn} has ${JSON.stringify(entry)} for what happens by itself` }
      count = { ...count, [arn]: at + 1 }
    }
    return { state: after, read: count }
  }

  /** What is told and was not done, or done and is not told; undefined: nothing. */
  missing(state: Namesakes, read: Read): string | undefined {
    for (const [arn, { entries, facts }] of this.#steps) {
      const entry = entries[read[arn] ?? 0]
      if (entry !== undefined)
        return `the history of ${arn} has an entry of what nobody has done: ${JSON.stringify(entry)}`
      const [told, is] = [textOf(facts.at(-1)), textOf(factsIn(state, arn))]
      if (told !== is) return `the history of ${arn} comes to ${told}, not ${is}`
    }
    return undefined
  }

  /** By the request's id; of a call without an answer by who made it, unless it is another's. */
  #isOf({ RequestId = '', PrincipalArn, EventName }: Entry, { outcome, requestId, by, call }: Made): boolean {
    if (outcome.kind !== 'lost') return RequestId === requestId
    return !this.#answered.has(RequestId) && PrincipalArn === by.arn && EventName === OPERATIONS[call.op]
  }

  #wrong(entry: Entry, { by, call }: Made, before: Facts | undefined, after: Facts | undefined): string | undefined {
    const [version, ...more] = after === undefined ? [] : versionsBetween(before ?? {}, after)
    const at = Math.round(entry.Time * 1000)
    const expected = {
      PrincipalArn: by.arn,
      PrincipalId: by.id,
      EventName: OPERATIONS[call.op],
      SourceIPAddress: '127.0.0.1',
      InvokedBy: undefined,
      Kind: kindOf(before, after) || (entry.Kind === 'Metadata' ? 'Metadata' : 'Rotation'),
      VersionId: more.length === 0 ? version : undefined,
    }
    for (const [member, value] of Object.entries(expected))
      if (entry[member as keyof Entry] !== value) return `${member} is ${entry[member as keyof Entry]}, not ${value}`
    if (at < this.#now[0] || at > this.#now[1]) return `it is of ${at}, not of ${this.#now.join(' to ')}`
    const same = entry.Changes.find(({ From, To }) => From === To && From !== undefined)
    return same && `${same.Member} changes to what it was`
  }
}

const isEmpty = ({ Changes }: Entry): boolean => Changes.length === 0

function stepsOf(arn: string, { before, entries }: Telling): Step {
  const facts: (Facts | undefined)[] = [before]
  for (const entry of entries) facts.push(afterEntry(arn, facts.at(-1), entry))
  return { entries, facts }
}

/** The dates of a deletion as the history tells them, where only their range was known. */
function dated(names: Namesakes, arn: string, told: Facts | undefined): Namesakes {
  const place = names.all.findIndex((secret) => secret.arn === arn)
  const secret = names.all[place]
  if (secret?.deletedAt === undefined || told === undefined) return names
  const deletedAt = within(secret.deletedAt, told.DeletedDate)
  const purgeAt = secret.purgeAt && within(secret.purgeAt, told.DeletionDate)
  const known: Secret = { ...secret, deletedAt, ...(purgeAt && { purgeAt }) }
  return { ...names, all: names.all.with(place, known) }
}

function within(moment: Moment, told: string | undefined): Moment {
  const at = Date.parse(told ?? '')
  return at >= moment[0] && at <= moment[1] ? [at, at] : moment
}
