import type { Answer, Call } from './call.ts'
import { contentOf, type Value } from './call.ts'
import * as refusals from './refusals.ts'
import {
  ANY,
  CURRENT,
  DAY,
  ended,
  keyOf,
  labelled,
  type Moment,
  MOST_LABELS,
  NOTHING,
  PENDING,
  PREVIOUS,
  promoted,
  type Secret,
  type State,
  without,
  withRoom,
} from './secret.ts'

/** What a call makes of a state and what it is answered: a refusal changes nothing. */
export type Result = { readonly next: State; readonly answer: Expected } | { readonly refusal: refusals.Refusal }

/** Members that the answer must have; moments may be any in their range. */
export interface Expected {
  readonly ARN?: string
  readonly Name?: string
  readonly VersionId?: string | undefined
  readonly VersionStages?: readonly string[]
  readonly content?: string
  readonly CreatedDate?: Moment
  readonly DeletionDate?: Moment
  readonly DeletedDate?: Moment | undefined
}

/** What a call is judged with: the time, the most versions of a secret, and the answer that it got, for what only that tells. */
export interface Setting {
  readonly now: Moment
  readonly most: number
  readonly answer?: Answer | undefined
}

const refused = (refusal: refusals.Refusal): Result => ({ refusal })
const after = (moment: Moment, ms: number): Moment => [moment[0] + ms, moment[1] + ms]
const head = ({ arn, name }: Secret) => ({ ...(arn !== '' && { ARN: arn }), Name: name })

/** Whether a SecretId means the secret of this name and ARN: by its name, its ARN, or the ARN without the suffix. Source: 2.1. */
function means(id: string, name: string, arn: string): boolean {
  if (!id.startsWith('arn:')) return id === name
  return id === arn || id.split(':').slice(6).join(':') === name
}

/** What a call does to the secret of that name. Source: secretsmanager.md, the section of each operation. */
export function apply(state: State, call: Call, setting: Setting): Result {
  if (call.op === 'create') return create(state, call, setting)
  const secret = state !== undefined && means(call.id, state.name, state.arn) ? state : undefined
  if (call.op === 'delete') return remove(state, secret, call, setting)
  if (call.op === 'stage' && call.to === undefined && call.from === undefined) return refused(refusals.noVersionToMove)
  if (secret === undefined) return refused(refusals.secretNotFound)
  if (call.op === 'describe')
    return { next: secret, answer: { ...head(secret), CreatedDate: secret.createdAt, DeletedDate: secret.deletedAt } }
  if (call.op === 'restore') return restore(secret, setting)
  if (secret.deletedAt !== undefined) return refused(refusals.markedForDeletion)
  switch (call.op) {
    case 'put': {
      const written = write(secret, call, true, call.stages, setting)
      if ('refusal' in written) return written
      const { repeated } = written
      const next = repeated && call.stages === undefined ? secret : { ...written.next, changedAt: setting.now }
      const VersionStages = labelsOf(next, call.token)
      return { next, answer: { ...head(secret), VersionId: call.token, VersionStages } }
    }
    case 'update':
      return update(secret, call, setting)
    case 'stage':
      return move(secret, call, setting)
    case 'tag': {
      const tags = { ...secret.tags, ...call.tags }
      if (Object.keys(tags).length > 50) return refused(refusals.tooManyTags)
      return { next: { ...secret, tags, changedAt: setting.now }, answer: {} }
    }
    case 'untag': {
      if (secret.tags === undefined) return { next: secret, answer: {} }
      const tags = Object.fromEntries(Object.entries(secret.tags).filter(([key]) => !call.keys.includes(key)))
      return { next: { ...secret, tags }, answer: {} }
    }
    case 'policy':
      return { next: { ...secret, policy: call.document, changedAt: setting.now }, answer: head(secret) }
    case 'unpolicy': {
      const next = secret.policy === undefined ? secret : { ...without(secret, 'policy'), changedAt: setting.now }
      return { next, answer: head(secret) }
    }
    case 'rotate':
      return rotate(secret, call, setting)
    case 'cancel': {
      const off = { ...turnedOff(secret), changedAt: setting.now }
      return { next: off, answer: { ...head(secret), VersionId: off.stages[PENDING] } }
    }
    case 'get':
      return read(secret, call)
  }
}

const labelsOf = ({ stages }: Secret, version: string): string[] =>
  Object.keys(stages)
    .filter((label) => stages[label] === version)
    .sort()

type Of<Op extends Call['op']> = Extract<Call, { readonly op: Op }>

function create(state: State, call: Of<'create'>, setting: Setting): Result {
  const { name, token, value, description, kmsKeyId, tags } = call
  const { now, answer } = setting
  if (state?.deletedAt !== undefined) return refused(refusals.nameScheduledForDeletion)
  if (state !== undefined) {
    if (value === undefined || state.versions[token] === undefined) return refused(refusals.nameTaken(name))
    const again = write(state, { token, value }, false, undefined, setting)
    return 'refusal' in again ? again : { next: state, answer: { ...head(state), VersionId: token } }
  }
  const secret: Secret = {
    name,
    arn: answer?.ARN ?? '',
    createdAt: now,
    changedAt: now,
    ...(description ? { description } : {}),
    ...(kmsKeyId ? { kmsKeyId } : {}),
    ...(tags === undefined ? {} : { tags }),
    versions: {},
    stages: {},
    left: [],
    surplus: false,
  }
  if (value === undefined) return { next: secret, answer: { Name: name, VersionId: undefined } }
  const made = write(secret, { token, value }, false, undefined, setting)
  return 'refusal' in made ? made : { next: made.next, answer: { Name: name, VersionId: token } }
}

/** A value put under a token. Source: 1.8, 4.3. */
function write(
  secret: Secret,
  { token, value }: { readonly token: string; readonly value: Value },
  fills: boolean,
  wanted: readonly string[] | undefined,
  { most, now }: Setting,
): { readonly next: Secret; readonly repeated: boolean } | { readonly refusal: refusals.Refusal } {
  const known = secret.versions[token]
  const content = contentOf(value)
  const repeated = known !== undefined && !(known.content === NOTHING && fills)
  if (repeated && known.content !== content && known.content !== ANY)
    return { refusal: refusals.tokenInUse(token, secret.arn) }
  if (repeated && wanted === undefined) return { next: secret, repeated }
  const roomy = known === undefined ? withRoom(secret, most, now) : secret
  if (roomy === undefined) return { refusal: refusals.tooManyVersions }
  const version = known ?? { createdAt: now, content, key: '' }
  const versions = repeated
    ? secret.versions
    : { ...secret.versions, [token]: { ...version, content, key: keyOf(secret) } }
  const labels = new Set(wanted ?? [CURRENT])
  if (Object.keys(secret.versions).length === 0) labels.add(CURRENT)
  let { stages } = secret
  for (const label of labels) if (label !== CURRENT) stages = labelled(stages, label, token)
  if (labels.has(CURRENT)) stages = promoted(stages, token)
  const isPending = labels.has(PENDING) || (repeated && secret.stages[PENDING] === token)
  if (labels.has(CURRENT) && !isPending) stages = labelled(stages, PENDING, undefined)
  if (isTooMany(secret.stages, stages)) return { refusal: refusals.tooManyLabels }
  const next = { ...roomy, versions, stages }
  // A new current value that the rotation did not make ends it. Source: 4.3 step 3, rotation.md 3.2.
  const ends = !repeated && stages[CURRENT] === token && secret.run !== undefined && secret.run.token !== token
  return { next: ends ? unpending(ended(next, true), secret.run.token) : next, repeated }
}

function unpending(secret: Secret, token: string): Secret {
  const isIts = secret.stages[PENDING] === token && secret.stages[CURRENT] !== token
  return isIts ? { ...secret, stages: labelled(secret.stages, PENDING, undefined) } : secret
}

const isTooMany = (before: Secret['stages'], now: Secret['stages']): boolean =>
  Object.keys(now).length > MOST_LABELS && Object.keys(now).length > Object.keys(before).length

/** Source: 8.21, 5. */
function update(secret: Secret, call: Of<'update'>, setting: Setting): Result {
  const { token, value, description, kmsKeyId } = call
  const { description: oldDescription, kmsKeyId: oldKey, ...rest } = secret
  const named = description === undefined ? oldDescription : description || undefined
  const key = kmsKeyId === undefined ? oldKey : kmsKeyId || undefined
  let changed: Secret = {
    ...rest,
    ...(named === undefined ? {} : { description: named }),
    ...(key === undefined ? {} : { kmsKeyId: key }),
    changedAt: setting.now,
  }
  if (value !== undefined) {
    const written = write(changed, { token, value }, false, undefined, setting)
    if ('refusal' in written) return written
    const answer = { ...head(secret), VersionId: token }
    if (written.repeated) return { next: secret, answer }
    changed = written.next
  }
  if (kmsKeyId !== undefined) {
    const versions = { ...changed.versions }
    for (const label of [CURRENT, PENDING, PREVIOUS]) {
      const id = changed.stages[label]
      const version = id === undefined ? undefined : versions[id]
      if (id !== undefined && version !== undefined && version.content !== NOTHING)
        versions[id] = { ...version, key: keyOf(changed) }
    }
    changed = { ...changed, versions }
  }
  return { next: changed, answer: { ...head(secret), VersionId: value === undefined ? undefined : token } }
}

/** Source: 8.22. */
function move(secret: Secret, { stage, to, from }: Of<'stage'>, { now }: Setting): Result {
  for (const id of [to, from])
    if (id !== undefined && secret.versions[id] === undefined) return refused(refusals.versionNotFound(id))
  if (stage === CURRENT && to === undefined) return refused(refusals.currentCannotBeRemoved)
  const holder = secret.stages[stage]
  if (from !== undefined && from !== holder) return refused(refusals.removeFromIsNotHolder(stage))
  if (from === undefined && holder !== undefined && holder !== to)
    return refused(refusals.removeFromMissing(stage, holder))
  if (to !== undefined && to === holder) return { next: secret, answer: head(secret) }
  const stages =
    stage === CURRENT && to !== undefined ? promoted(secret.stages, to) : labelled(secret.stages, stage, to)
  if (isTooMany(secret.stages, stages)) return refused(refusals.tooManyLabels)
  return { next: { ...secret, stages, changedAt: now }, answer: head(secret) }
}

/** Rotation is off: what was under way ends, the function and the rules stay. Source: 8.2, 6. */
function turnedOff(secret: Secret): Secret {
  const { lastAt: _, ...rotation } = secret.rotation ?? { enabled: false }
  return { ...ended(secret, true), rotation: { ...rotation, enabled: false } }
}

/** Source: 6, 8.5. */
function remove(state: State, secret: State, { id, days, force }: Of<'delete'>, { now }: Setting): Result {
  if (days !== undefined && (days < 7 || days > 30)) return refused(refusals.windowOutOfRange)
  if (days !== undefined && force === true) return refused(refusals.windowWithForce)
  if (force === true) {
    if (secret === undefined) return { next: state, answer: { Name: id, DeletionDate: now } }
    return { next: undefined, answer: { ...head(secret), DeletionDate: now } }
  }
  if (secret === undefined) return refused(refusals.secretNotFound)
  if (secret.deletedAt !== undefined) return refused(refusals.alreadyScheduled)
  const purgeAt = after(now, (days ?? 30) * DAY)
  const off = secret.rotation === undefined ? secret : turnedOff(secret)
  return {
    next: { ...off, deletedAt: now, purgeAt, changedAt: now },
    answer: { ...head(secret), DeletionDate: purgeAt },
  }
}

function restore(secret: Secret, { now }: Setting): Result {
  const next = secret.deletedAt === undefined ? secret : { ...without(secret, 'deletedAt', 'purgeAt'), changedAt: now }
  return { next, answer: head(secret) }
}

/** Source: 8.17, 10; rotation.md 1 to 3, 5. */
function rotate(secret: Secret, call: Of<'rotate'>, { now, most }: Setting): Result {
  const { token, days, immediately = true } = call
  const functionArn = call.functionArn ?? secret.rotation?.functionArn
  if (functionArn === undefined) return refused(refusals.noRotationFunction)
  const { stages, run, versions } = secret
  const answer = { ...head(secret), VersionId: token }
  const pending = stages[PENDING] === stages[CURRENT] ? undefined : stages[PENDING]
  const again = token === (run?.token ?? pending)
  if (!again && (run !== undefined || pending !== undefined)) return refused(refusals.previousRotation)
  if (!again && stages[CURRENT] === token) return { next: secret, answer }
  if (!again && versions[token] !== undefined) return refused(refusals.rotationTokenInUse(token, secret.arn))
  if (call.functionArn?.endsWith('Missing')) return refused(refusals.cannotInvoke)
  if (run !== undefined) return { next: secret, answer }
  const kept = days ?? secret.rotation?.days
  const rotation = { ...secret.rotation, enabled: true, functionArn, ...(kept === undefined ? {} : { days: kept }) }
  const configured = { ...secret, rotation, changedAt: now }
  const current = versions[stages[CURRENT] ?? '']
  // There is nothing to test without a value, or while another version is pending.
  if (!immediately && (current === undefined || current.content === NOTHING || again))
    return { next: configured, answer }
  const version = {
    createdAt: now,
    content: immediately ? NOTHING : (current?.content ?? NOTHING),
    key: immediately ? '' : keyOf(secret),
  }
  const roomy = versions[token] === undefined ? withRoom(configured, most, now) : configured
  if (roomy === undefined) return refused(refusals.rotationOutOfVersions)
  const next = labelled(stages, PENDING, token)
  if (isTooMany(stages, next)) return refused(refusals.rotationOutOfLabels)
  return {
    next: {
      ...roomy,
      versions: { ...versions, [token]: versions[token] ?? version },
      stages: next,
      run: { token, test: !immediately },
    },
    answer,
  }
}

/** Source: 8.9. */
function read(secret: Secret, { version, stage }: Of<'get'>): Result {
  const id = version ?? secret.stages[stage ?? CURRENT]
  const found = id === undefined ? undefined : secret.versions[id]
  if (id === undefined || found === undefined)
    return refused(version === undefined ? refusals.stageNotFound(stage ?? CURRENT) : refusals.versionNotFound(version))
  const VersionStages = labelsOf(secret, id)
  if (version !== undefined && stage !== undefined && !VersionStages.includes(stage))
    return refused(refusals.stageNotOnVersion)
  if (found.content === NOTHING)
    return refused(
      version !== undefined && stage === undefined
        ? refusals.versionNotFound(version)
        : refusals.stageNotFound(stage ?? CURRENT),
    )
  const { content, createdAt: CreatedDate } = found
  return { next: secret, answer: { ...head(secret), VersionId: id, VersionStages, content, CreatedDate } }
}
