import { type Call, contentOf, type Of } from './call.ts'
import { importInto } from './importing.ts'
import * as refusals from './refusals.ts'
import { rollBack } from './rolling-back.ts'
import {
  CURRENT,
  DAY,
  isTooMany,
  keyOf,
  labelled,
  type Moment,
  NOTHING,
  PENDING,
  promoted,
  type Secret,
  type State,
  turnedOff,
  underKey,
  without,
  withRoom,
} from './secret.ts'
import { head, labelsOf, refused, type Result, type Setting, write } from './writing.ts'

const after = (moment: Moment, ms: number): Moment => [moment[0] + ms, moment[1] + ms]

/** Whether a SecretId means the secret of this name and ARN: by its name, its ARN, or the ARN without the suffix. Source: 2.1. */
function means(id: string, name: string, arn: string): boolean {
  if (!id.startsWith('arn:')) return id === name
  return id === arn || id.split(':').slice(6).join(':') === name
}

/** What a call does to the secret of that name. Source: secretsmanager.md, the section of each operation. */
export function apply(state: State, call: Call, setting: Setting): Result {
  if (call.op === 'create') return create(state, call, setting)
  if (call.op === 'import') return importInto(state, call, setting)
  if (call.op === 'goback') throw new Error('RestoreSecrets is about all secrets of a name')
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
      const put = { token: call.token, content: contentOf(call.value) }
      const written = write(secret, put, true, call.stages, setting)
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
    case 'rollback':
      return rollBack(secret, call, setting)
  }
}

function create(state: State, call: Of<'create'>, setting: Setting): Result {
  const { name, token, value, description, kmsKeyId, tags } = call
  const { now, answer } = setting
  if (state?.deletedAt !== undefined) return refused(refusals.nameScheduledForDeletion)
  if (state !== undefined) {
    if (value === undefined || state.versions[token] === undefined) return refused(refusals.nameTaken(name))
    const again = write(state, { token, content: contentOf(value) }, false, undefined, setting)
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
    past: {},
    had: [],
    stages: {},
    left: [],
    surplus: false,
  }
  if (value === undefined) return { next: secret, answer: { Name: name, VersionId: undefined } }
  const made = write(secret, { token, content: contentOf(value) }, false, undefined, setting)
  return 'refusal' in made ? made : { next: made.next, answer: { Name: name, VersionId: token } }
}

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
    const written = write(changed, { token, content: contentOf(value) }, false, undefined, setting)
    if ('refusal' in written) return written
    const answer = { ...head(secret), VersionId: token }
    if (written.repeated) return { next: secret, answer }
    changed = written.next
  }
  if (kmsKeyId !== undefined) changed = underKey(changed)
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
    born: now,
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
