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

/**
 * The id of the version that a text names: a label that is on one, a time (what was AWSCURRENT at the end of that millisecond), or an id.
 * `now`: no later time is meant. Throws ApiErrors.
 */
export async function meantBy(secrets: Secrets, secret: Secret, text: string, now: number): Promise<string> {
  const labelled = (await secrets.stages(secret)).get(text)
  if (labelled !== undefined) return labelled
  if (TIME.test(text)) {
    const at = Date.parse(text)
    if (!Number.isNaN(at)) return currentAt(secrets, secret, at, now)
  }
  if (text.length < ID[0] || text.length > ID[1]) throw stageNotFound(text)
  return text
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

/** The version of that id with its content, of the secret or of its history. Throws ApiErrors. */
export async function keptVersion(secrets: Secrets, secret: Secret, id: string): Promise<Sealed> {
  const version = (await secrets.version(secret, id)) ?? (await secrets.history.past(secret, id))
  if (version !== undefined && version.kind !== 'empty') return version
  const maker = version === undefined ? await secrets.history.maker(secret, id) : undefined
  throw maker === undefined ? versionNotFound(id) : valueNotKept(id)
}
