import { type Call, makes } from './call.ts'
import { goBack } from './going-back.ts'
import { namesakesWait, type Refusal } from './refusals.ts'
import { apply } from './rules.ts'
import { CURRENT, ended, type Moment, PENDING, type Secret, stirs } from './secret.ts'
import type { Expected, Setting } from './writing.ts'

/**
 * All secrets of one name, in the order in which they were made. On AWS there is one at the most. With --name-reuse a name can be used
 * again while who had it waits to be deleted (docs/how-to/reuse-a-name.md): then it means its holder, the others are reached by
 * their full ARN.
 */
export interface Namesakes {
  readonly all: readonly Secret[]
  /** Place of the holder; -1 when there is none. */
  readonly holder: number
  /** Those that are gone for good. */
  readonly gone: readonly { readonly arn: string; readonly createdAt: Moment; readonly goneAt: Moment }[]
}

export const NOBODY: Namesakes = { all: [], holder: -1, gone: [] }

export const holderOf = ({ all, holder }: Namesakes): Secret | undefined => all[holder]

export interface Rules extends Setting {
  /** Whether names are used again. */
  readonly reuse: boolean
  /** Whether RestoreSecrets does not see the secrets that have come since its round began. */
  readonly passesOver?: boolean
}

/** What may come of a call: one thing, but where chance decides who takes a name. */
export type Results =
  | { readonly nexts: readonly Namesakes[]; readonly answer: Expected }
  | { readonly refusal: Refusal }
  | { readonly unsure: true }

/** Whether an id names one secret for good: an ARN with its suffix. */
const isFull = (id: string): boolean => id.startsWith('arn:') && /-[A-Za-z0-9]{6}$/.test(id)

/** Place of the secret that an id means. */
export function meant({ all, holder }: Namesakes, id: string): number {
  return isFull(id) ? all.findIndex(({ arn }) => arn === id) : holder
}

/** What a call does to the secrets of a name. A rotation that waits and loses its label by it ends at once; one that works, after its step. */
export function applied(names: Namesakes, call: Call, rules: Rules): Results {
  const results = done(names, call, rules)
  if (!('nexts' in results)) return results
  const nexts = results.nexts.flatMap((next) => {
    const loose = next.all.findIndex(isLoose)
    const secret = next.all[loose]
    return secret === undefined ? [next] : [withSecret(next, loose, ended(secret, false)), next]
  })
  return { ...results, nexts }
}

const isLoose = ({ run, stages, deletedAt }: Secret): boolean =>
  run !== undefined && deletedAt === undefined && stages[PENDING] !== run.token && stages[CURRENT] !== run.token

function done(names: Namesakes, call: Call, rules: Rules): Results {
  if (call.op === 'goback') return goBack(names, call, rules)
  const place = makes(call.op) ? names.holder : meant(names, (call as { readonly id: string }).id)
  const secret = names.all[place]
  if (makes(call.op) && rules.reuse && secret?.deletedAt !== undefined) {
    const made = apply(undefined, call, rules)
    return 'next' in made ? { nexts: [added(names, made.next)], answer: made.answer } : made
  }
  if (call.op === 'restore' && secret !== undefined && !isFull(call.id)) {
    const waiting = names.all.filter(({ deletedAt }) => deletedAt !== undefined).length
    if (waiting > (secret.deletedAt === undefined ? 0 : 1)) return { refusal: namesakesWait(secret.name) }
  }
  const result = apply(secret, call, rules)
  if (!('next' in result)) return result
  const { next, answer } = result
  if (next === undefined) return { nexts: secret === undefined ? [names] : removed(names, place, rules.now), answer }
  if (secret === undefined) return { nexts: [added(names, next)], answer }
  const replaced = withSecret(names, place, next)
  const takes = secret.deletedAt !== undefined && next.deletedAt === undefined && isWaiting(holderOf(replaced))
  return { nexts: [takes ? { ...replaced, holder: place } : replaced], answer }
}

const isWaiting = (secret: Secret | undefined): boolean => secret?.deletedAt !== undefined

const added = (names: Namesakes, secret: Secret | undefined): Namesakes =>
  secret === undefined ? names : { ...names, all: [...names.all, secret], holder: names.all.length }

export const withSecret = (names: Namesakes, place: number, secret: Secret): Namesakes => ({
  ...names,
  all: names.all.with(place, secret),
})

/** One is gone for good: when it was the holder, the newest that lives takes the name, or the newest that waits. */
function removed({ all, holder, gone: before }: Namesakes, place: number, goneAt: Moment): readonly Namesakes[] {
  const { arn, createdAt } = all[place] as Secret
  const gone = [...before, { arn, createdAt, goneAt }]
  const rest = all.toSpliced(place, 1)
  if (place !== holder) return [{ all: rest, gone, holder: holder > place ? holder - 1 : holder }]
  if (rest.length === 0) return [{ ...NOBODY, gone }]
  const live = rest.filter((secret) => !isWaiting(secret))
  const heirs = live.length > 0 ? live : rest
  // What was made in the same millisecond is equally new.
  const newest = Math.max(...heirs.map(({ createdAt }) => createdAt[0]))
  return heirs
    .filter(({ createdAt }) => createdAt[1] >= newest)
    .map((heir) => ({ all: rest, gone, holder: rest.indexOf(heir) }))
}

/** What can happen to them by themselves. */
export function* stirring(names: Namesakes, most: number, now: Moment): Generator<Namesakes> {
  for (const [place, secret] of names.all.entries())
    for (const next of stirs(secret, most, now)) {
      if (next === undefined) yield* removed(names, place, [secret.purgeAt?.[0] ?? now[0], now[1]])
      else yield withSecret(names, place, next)
    }
}
