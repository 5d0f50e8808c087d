import { stageMember } from '../model/as-of.ts'
import { historyTooShort, noneCurrentAt, notYetPast, valueNotKept } from '../model/history-refusals.ts'
import { stageNotFound, versionNotFound } from '../model/refusals.ts'
import type { Sealed, Secret } from '../model/secret.ts'
import { CURRENT } from '../model/stages.ts'
import type { Secrets } from '../store.ts'

/** `2026-11-23T10:00:00Z`, `2026-11-23T10:00:00.123+01:00`: ISO 8601 with its zone. Shorter than any version id. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/
/** Lengths that a version id may have. Source: secretsmanager.md 8.0. */
const ID = [32, 64] as const

/** A version that is meant. */
export interface Meant {
  readonly id: string
  /** It is one that was there at this time: an id can be used again when its version was pruned, for another value. */
  readonly at?: number
}

/**
 * The version that a text names: a label that is on one, a time (what was AWSCURRENT at the end of that millisecond), or an id.
 * `now`: no later time is meant. Throws ApiErrors.
 */
export async function meantBy(secrets: Secrets, secret: Secret, text: string, now: number): Promise<Meant> {
  const labelled = (await secrets.stages(secret)).get(text)
  if (labelled !== undefined) return { id: labelled }
  const at = momentIn(text)
  if (at !== undefined) return { id: await currentAt(secrets, secret, at, now), at }
  if (text.length < ID[0] || text.length > ID[1]) throw stageNotFound(text)
  return { id: text }
}

/** Milliseconds; undefined for what is no time, and for a day that no calendar has: `Date.parse` makes 2 March of 30 February. */
function momentIn(text: string): number | undefined {
  if (!TIME.test(text)) return undefined
  const at = Date.parse(text)
  const day = text.slice(0, 10)
  return !Number.isNaN(at) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? at : undefined
}

/** The id of the version that was AWSCURRENT at the end of the millisecond `at`. Throws ApiErrors. */
export async function currentAt(secrets: Secrets, secret: Secret, at: number, now: number): Promise<string> {
  if (at > now) throw notYetPast(at)
  if (at < secret.createdAt) throw noneCurrentAt(at)
  const { entries, whole } = await secrets.history.since(secret, at, secret.changedAt)
  if (!whole) throw historyTooShort(at)
  let current = (await secrets.stages(secret)).get(CURRENT)
  const member = stageMember(CURRENT)
  for (const { changes } of entries)
    for (const change of changes.toReversed()) if (change.member === member) current = change.from
  if (current === undefined) throw noneCurrentAt(at)
  return current
}

/** Whether a version was there at a time; undefined: whenever. A younger one has only the id of one that was. */
export const wasThere = ({ createdAt }: Pick<Sealed, 'createdAt'>, at: number | undefined): boolean =>
  at === undefined || createdAt <= at

/** The version that is meant with its content, of the secret or of its history. Throws ApiErrors. */
export async function keptVersion(secrets: Secrets, secret: Secret, { id, at }: Meant): Promise<Sealed> {
  const here = await secrets.version(secret, id)
  const version = here && wasThere(here, at) ? here : await secrets.history.past(secret, id)
  if (version !== undefined && version.kind !== 'empty' && wasThere(version, at)) return version
  const maker = here === undefined || at !== undefined ? await secrets.history.maker(secret, id) : undefined
  throw maker === undefined ? versionNotFound(id) : valueNotKept(id)
}
