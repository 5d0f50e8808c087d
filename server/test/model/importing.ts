import { isDeepStrictEqual } from 'node:util'
import { contentOf, type Of } from './call.ts'
import * as refusals from './refusals.ts'
import {
  CURRENT,
  isTooMany,
  keyOf,
  labelled,
  type Moment,
  PENDING,
  PREVIOUS,
  promoted,
  type Secret,
  type State,
  turnedOff,
  underKey,
  without,
  withRoom,
} from './secret.ts'
import { type Expected, head, overtaken, refused, type Result, type Setting } from './writing.ts'

type Import = Of<'import'>

/**
 * ImportSecret: a whole secret at once, all or nothing, made once more it changes nothing; a version id never gets another value, and
 * AWSCURRENT is never taken off. Source: docs/compatibility.md, docs/how-to/move-from-aws.md.
 */
export function importInto(state: State, call: Import, setting: Setting): Result {
  const ids = call.versions.map(({ id }) => id)
  const labels = call.versions.flatMap((version) => version.labels)
  if (new Set(ids).size < ids.length || new Set(labels).size < labels.length) return refused(refusals.saidTwice)
  if (state?.deletedAt !== undefined) return refused(refusals.nameScheduledForDeletion)
  return state === undefined ? made(call, setting) : changed(state, call, setting)
}

function made(call: Import, setting: Setting): Result {
  const { name, dryRun } = call
  const { now, answer } = setting
  const bare: Secret = {
    ...{ name, arn: answer?.ARN ?? '', createdAt: now, changedAt: now },
    ...{ versions: {}, past: {}, had: [], stages: {}, left: [], surplus: false },
  }
  const wanted = { ...configured(metadata(bare, call), call), stages: labelsAfter(bare, call) }
  if (dryRun) return { next: undefined, answer: { ARN: undefined, Name: name, Outcome: 'Created', Changes: undefined } }
  const filled = withVersions(wanted, bare, call, setting)
  if (filled === undefined) return refused(refusals.tooManyVersions)
  return { next: filled, answer: { Name: name, Outcome: 'Created', Changes: undefined } }
}

function changed(secret: Secret, call: Import, setting: Setting): Result {
  const { onConflict = 'Fail', versions, whole = false } = call
  const isOther = ({ id, value }: Import['versions'][number]) =>
    secret.versions[id] !== undefined && secret.versions[id].content !== contentOf(value)
  const other = versions.find(isOther)
  if (other !== undefined && onConflict === 'Overwrite') return refused(refusals.tokenInUse(other.id, secret.arn))
  const labels = { ...secret, stages: labelsAfter(secret, call) }
  const wanted = metadata(labels, call)
  const rotates = call.rotation !== undefined || (whole && secret.rotation?.enabled === true)
  const parts: [string, boolean][] = [
    ['Versions', versions.some(({ id }) => secret.versions[id] === undefined)],
    ['Labels', !isDeepStrictEqual(secret.stages, wanted.stages)],
    ['Description', secret.description !== wanted.description],
    ['KmsKeyId', secret.kmsKeyId !== wanted.kmsKeyId],
    ['Tags', !isDeepStrictEqual(secret.tags, wanted.tags)],
    ['ResourcePolicy', secret.policy !== wanted.policy],
    ['Rotation', rotates && !isSameRotation(secret, call)],
  ]
  const Changes = parts.flatMap(([part, differs]) => (differs ? [part] : [])).sort()
  const answered = (Outcome: string, more: Partial<Expected> = {}): Expected => ({
    ...{ ...head(secret), Outcome, Changes: undefined },
    ...more,
  })
  if (other === undefined && Changes.length === 0) return { next: secret, answer: answered('Unchanged') }
  if (onConflict === 'Skip') return { next: secret, answer: answered('Skipped') }
  if (onConflict === 'Fail') return refused(refusals.nameTaken(secret.name))
  if (isTooMany(secret.stages, wanted.stages)) return refused(refusals.tooManyLabels)
  const answer = answered('Overwritten', { Changes })
  if (call.dryRun) return { next: secret, answer }
  const filled = withVersions(wanted, secret, call, setting)
  if (filled === undefined) return refused(refusals.tooManyVersions)
  const keyed = Changes.includes('KmsKeyId') ? underKey(filled) : filled
  const put = keyed.stages[CURRENT] === secret.stages[CURRENT] ? keyed : overtaken(keyed)
  const next = Changes.includes('Rotation') ? configured(put, call) : put
  return { next: { ...next, changedAt: setting.now }, answer }
}

/** One version after the other, each as a put would find room for it. */
function withVersions(wanted: Secret, before: Secret, call: Import, { most, now }: Setting): Secret | undefined {
  let next: Secret | undefined = before
  for (const { id, value, createdAt } of call.versions) {
    if (before.versions[id] !== undefined) continue
    next = withRoom(next, most, now)
    if (next === undefined) return undefined
    // Under the id of another one that was there before, it comes now.
    const isNew = createdAt === undefined || before.had.includes(id)
    const dated: Moment = isNew ? now : [createdAt, createdAt]
    const version = { content: contentOf(value), createdAt: dated, born: now, key: keyOf(wanted) }
    next = { ...next, versions: { ...next.versions, [id]: version } }
  }
  return { ...wanted, versions: next.versions, surplus: next.surplus }
}

/** The labels that are said, and no others with `whole`; else AWSCURRENT moves as by PutSecretValue, and the rest stays. */
function labelsAfter({ stages }: Secret, { versions, whole }: Import): Secret['stages'] {
  const said = Object.fromEntries(versions.flatMap(({ id, labels }) => labels.map((label) => [label, id])))
  const [current, former] = [said[CURRENT], stages[CURRENT]]
  if (whole) return former === undefined ? said : { [CURRENT]: former, ...said }
  let next = stages
  if (current !== undefined && current !== former) next = labelled(promoted(stages, current), PENDING, undefined)
  // What is put is not the current one and the one before it at once.
  if (current !== undefined && next[PREVIOUS] === current) next = labelled(next, PREVIOUS, undefined)
  return { ...next, ...said }
}

/** What is not said stays, or goes with `whole`. */
function metadata(secret: Secret, call: Import): Secret {
  const { whole = false } = call
  const text = (before: string | undefined, wanted: string | undefined) =>
    wanted === undefined && !whole ? before : wanted || undefined
  const description = text(secret.description, call.description)
  const kmsKeyId = text(secret.kmsKeyId, call.kmsKeyId)
  const policy = text(secret.policy, call.policy)
  const merged = call.tags === undefined ? secret.tags : { ...secret.tags, ...call.tags }
  const tags = whole ? call.tags : merged
  return {
    ...without(secret, 'description', 'kmsKeyId', 'policy', 'tags'),
    ...(description === undefined ? {} : { description }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    ...(policy === undefined ? {} : { policy }),
    ...(tags === undefined ? {} : { tags }),
  }
}

/** The rotation as it is said; none begins now. */
function configured(secret: Secret, { rotation }: Import): Secret {
  if (rotation !== undefined) return { ...secret, rotation: { enabled: true, ...rotation } }
  return secret.rotation?.enabled === true ? turnedOff(secret) : secret
}

function isSameRotation({ rotation: before }: Secret, { rotation }: Import): boolean {
  if (rotation === undefined || before === undefined) return rotation === undefined && before?.enabled !== true
  return before.enabled && before.functionArn === rotation.functionArn && before.days === rotation.days
}
