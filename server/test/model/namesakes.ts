import type { Call } from './call.ts'
import { namesakesWait } from './refusals.ts'
import { apply, type Expected, type Setting } from './rules.ts'
import type { Refusal } from './refusals.ts'
import { type Moment, type Secret, stirs } from './secret.ts'

/**
 * All secrets of one name, in the order in which they were made. On AWS there is one at the most. With --name-reuse a name can be used
 * again while who had it waits to be deleted (docs/how-to/name-reuse.md): then it means its holder, the others are reached by
 * their full ARN.
 */
export interface Namesakes {
  readonly all: readonly Secret[]
  /** Place of the holder; -1 when there is none. */
  readonly holder: number
}

export const NOBODY: Namesakes = { all: [], holder: -1 }

export const holderOf = ({ all, holder }: Namesakes): Secret | undefined => all[holder]

export interface Rules extends Setting {
  /** Whether names are used again. */
  readonly reuse: boolean
}

/** What may come of a call: one thing, but where chance decides who takes a name. */
export type Results =
  | { readonly nexts: readonly Namesakes[]; readonly answer: Expected }
  | { readonly refusal: Refusal }

/** Whether an id names one secret for good: an ARN with its suffix. */
const isFull = (id: string): boolean => id.startsWith('arn:') && /-[A-Za-z0-9]{6}$/.test(id)

/** Place of the secret that an id means. */
export function meant({ all, holder }: Namesakes, id: string): number {
  return isFull(id) ? all.findIndex(({ arn }) => arn === id) : holder
}

/** What a call does to the secrets of a name. */
export function applied(names: Namesakes, call: Call, rules: Rules): Results {
  const place = call.op === 'create' ? names.holder : meant(names, call.id)
  const secret = names.all[place]
  if (call.op === 'create' && rules.reuse && secret?.deletedAt !== undefined) {
    const made = apply(undefined, call, rules)
    return 'refusal' in made ? made : { nexts: [added(names, made.next)], answer: made.answer }
  }
  if (call.op === 'restore' && secret !== undefined && !isFull(call.id)) {
    const waiting = names.all.filter(({ deletedAt }) => deletedAt !== undefined).length
    if (waiting > (secret.deletedAt === undefined ? 0 : 1)) return { refusal: namesakesWait(secret.name) }
  }
  const result = apply(secret, call, rules)
  if ('refusal' in result) return result
  const { next, answer } = result
  if (next === undefined) return { nexts: secret === undefined ? [names] : removed(names, place), answer }
  if (secret === undefined) return { nexts: [added(names, next)], answer }
  const replaced = withSecret(names, place, next)
  const takes = secret.deletedAt !== undefined && next.deletedAt === undefined && isWaiting(holderOf(replaced))
  return { nexts: [takes ? { ...replaced, holder: place } : replaced], answer }
}

const isWaiting = (secret: Secret | undefined): boolean => secret?.deletedAt !== undefined

const added = ({ all }: Namesakes, secret: Secret | undefined): Namesakes => ({
  all: secret === undefined ? all : [...all, secret],
  holder: all.length,
})

export const withSecret = ({ all, holder }: Namesakes, place: number, secret: Secret): Namesakes => ({
  all: all.with(place, secret),
  holder,
})

/** One is gone for good: when it was the holder, the newest that lives takes the name, or the newest that waits. */
function removed({ all, holder }: Namesakes, place: number): readonly Namesakes[] {
  const rest = all.toSpliced(place, 1)
  if (place !== holder) return [{ all: rest, holder: holder > place ? holder - 1 : holder }]
  if (rest.length === 0) return [NOBODY]
  const live = rest.filter((secret) => !isWaiting(secret))
  const heirs = live.length > 0 ? live : rest
  // What was made in the same millisecond is equally new.
  const newest = Math.max(...heirs.map(({ createdAt }) => createdAt[0]))
  return heirs
    .filter(({ createdAt }) => createdAt[1] >= newest)
    .map((heir) => ({ all: rest, holder: rest.indexOf(heir) }))
}

/** What can happen to them by themselves. */
export function* stirring(names: Namesakes, most: number, now: Moment): Generator<Namesakes> {
  for (const [place, secret] of names.all.entries())
    for (const next of stirs(secret, most, now)) {
      if (next === undefined) yield* removed(names, place)
      else yield withSecret(names, place, next)
    }
}
