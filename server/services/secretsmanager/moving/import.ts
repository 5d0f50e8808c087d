import { decide } from '#kernel/authorization/authorize'
import type { Call } from '#kernel/call'
import { text } from '#kernel/random'
import { boundPolicy, examine } from '../guarding.ts'
import { principalOf } from '../model/configured.ts'
import type { ResourcePolicy } from '../model/policy.ts'
import { lockOut, nameScheduledForDeletion, nameTaken, tokenInUse } from '../model/refusals.ts'
import { ownable, type Secret } from '../model/secret.ts'
import { checkLabels, CURRENT, type Stages } from '../model/stages.ts'
import { wipe } from '../model/value.ts'
import type { Env } from '../operation.ts'
import { changeKey } from '../operations/UpdateSecret.ts'
import { checkFunction } from '../operations/RotateSecret.ts'
import { checkNamedBy } from '../rotation-check.ts'
import type { Found } from '../store.ts'
import { inventedArn, targetOf } from '../target.ts'
import { makeRoom } from '../writing.ts'
import { type AskedImport, type Wanted, wantedOf, type WantedVersion } from './asked.ts'
import { differences, labelsAfter, type Part, type PlacedVersion, tagsAfter, textsAfter } from './differences.ts'

/** What became of an import, or in a dry run would have. */
export interface Imported {
  /** Absent of one that a dry run would make. */
  readonly ARN?: string
  readonly Name: string
  readonly Outcome: 'Created' | 'Unchanged' | 'Overwritten' | 'Skipped'
  /** What was overwritten. */
  readonly Changes?: Part[]
}

/** A put with the id of a version that is there is refused unless it has the same value. */
const COMPARING = ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue']

/** So often others may make and delete a secret of the same name while one is made. */
const MOST_TRIES = 20

/**
 * Brings a whole secret in: versions with their ids, dates and labels, description, key, tags, policy and rotation, all or nothing.
 * What is there and equal stays untouched, so that an import that broke off is simply made again. Versions that are there and not in
 * the request stay; a version id never gets another value. Throws ApiErrors of Secrets Manager.
 */
export async function importSecret(env: Env, call: Call, asked: AskedImport): Promise<Imported> {
  const wanted = wantedOf(asked, call.now)
  try {
    for (let tries = 1; ; tries++) {
      const found = await env.secrets.findByName(wanted.name)
      const reused = found?.deletedAt !== undefined && env.limits.nameReuse
      if (found?.deletedAt !== undefined && !reused) throw nameScheduledForDeletion()
      if (found !== undefined && !reused) return await change(env, call, found, wanted)
      const made = await create(env, call, wanted, found)
      // On PostgreSQL somebody may have made one since it was looked for.
      if (made !== undefined) return made
      if (tries === MOST_TRIES) throw nameTaken(wanted.name)
    }
  } finally {
    for (const { payload } of wanted.versions) wipe(payload)
  }
}

/** Makes it; undefined when the name was taken meanwhile. `over`: one that waits to be deleted and gives its name up. */
async function create(env: Env, call: Call, wanted: Wanted, over: Secret | undefined): Promise<Imported | undefined> {
  const { secrets, quota, random } = env
  const secret: Secret = {
    account: call.account,
    region: call.region,
    id: text(random, 16),
    arn: inventedArn(wanted.name, call, random),
    name: wanted.name,
    type: wanted.type || undefined,
    description: wanted.description || undefined,
    kmsKeyId: wanted.kmsKeyId || undefined,
    owningService: undefined,
    tags: wanted.tags,
    createdAt: call.now,
    changedAt: call.now,
    accessedDay: 0,
    deletedAt: undefined,
    purgeAt: undefined,
  }
  if (secret.kmsKeyId !== undefined) await env.cipher.probe(secret, secret.kmsKeyId)
  await checkNamedBy(wanted.tags, env, call)
  const policy = await policyIn(env, secret, wanted)
  if (policy !== undefined) checkPolicy(env, call, { ...secret, policy, rotation: undefined }, policy)
  await checkRotation(env, call, secret, wanted)
  const versions = wanted.versions.map((version) => ({ ...version, id: version.id ?? random.uuid() }))
  const after = labelsAfter(new Map(), versions, wanted.whole)
  checkLabels(new Map(), after)
  await quota.check(call, () => secrets.lists.count())
  if (wanted.dryRun) return { Name: wanted.name, Outcome: 'Created' }
  if (!(await secrets.insert(secret, over))) return undefined
  for (const version of versions) await insertVersion(env, call, secret, version)
  await secrets.saveStages(secret, new Map(), after, call.now)
  if (policy !== undefined) await secrets.savePolicy(secret, policy, call.now)
  await saveRotation(env, call, secret, wanted)
  return { ARN: secret.arn, Name: secret.name, Outcome: 'Created' }
}

/** Brings a secret that is there to what is wanted, if it is another and may be overwritten. */
async function change(env: Env, call: Call, found: Found, wanted: Wanted): Promise<Imported> {
  const { secrets, rotating } = env
  const answer = { ARN: found.arn, Name: found.name }
  const placed = await place(env, call, found, wanted)
  if (placed === undefined) return { ...answer, Outcome: refuse(wanted) }
  const before = await secrets.stages(found)
  const after = labelsAfter(before, placed, wanted.whole)
  const policy = await policyIn(env, found, wanted)
  const missing = placed.filter(({ fresh }) => fresh)
  const parts = differences({
    secret: found,
    wanted,
    versionsMissing: missing.length > 0,
    stages: { before, after },
    policy: {
      before: found.policy?.document,
      boundOtherwise: policy !== undefined && policy.principals !== found.policy?.principals,
    },
    rotation: found.rotation,
  })
  if (parts.length === 0) return { ...answer, Outcome: 'Unchanged' }
  if (wanted.onConflict !== 'Overwrite') return { ...answer, Outcome: refuse(wanted) }

  const secret = ownable(found)
  const tags = tagsAfter(secret.tags, wanted)
  const changed: Secret = { ...secret, ...textsAfter(secret, wanted), tags, changedAt: call.now }
  checkLabels(before, after)
  if (parts.includes('Tags')) await checkNamedBy(wanted.tags, env, call)
  if (parts.includes('ResourcePolicy') && policy !== undefined) checkPolicy(env, call, found, policy)
  if (parts.includes('Rotation')) await checkRotation(env, call, secret, wanted)
  if (parts.includes('KmsKeyId')) await env.cipher.probe(changed, changed.kmsKeyId)
  const done: Imported = { ...answer, Outcome: 'Overwritten', Changes: parts }
  if (wanted.dryRun) return done
  for (const version of missing) await insertVersion(env, call, changed, await dated(env, call, found, version))
  await secrets.saveStages(changed, before, after, call.now)
  if (parts.includes('KmsKeyId')) await changeKey(env, changed)
  await secrets.save(changed)
  if (parts.includes('ResourcePolicy')) await secrets.savePolicy(changed, policy, call.now)
  const current = after.get(CURRENT)
  if (current !== undefined && current !== before.get(CURRENT))
    await rotating.written(changed, secret.rotation, current, call.now)
  else await rotating.labelled(changed, secret.rotation, after, call.now)
  if (parts.includes('Rotation')) await saveRotation(env, call, changed, wanted, secret)
  return done
}

/** What is answered of one that stays as it is; with `Fail` nothing but the refusal of CreateSecret. */
function refuse({ onConflict, name }: Wanted): 'Skipped' {
  if (onConflict === 'Skip') return 'Skipped'
  throw nameTaken(name)
}

type Placed = PlacedVersion & WantedVersion & { readonly id: string; readonly fresh: boolean }

/**
 * The versions with the ids that they have here; `fresh` ones are missing. Undefined when one of them has another value here and
 * nothing is to be overwritten; otherwise that is refused: an id stands for one value for ever, and caches rely on it.
 */
async function place(env: Env, call: Call, secret: Found, wanted: Wanted): Promise<Placed[] | undefined> {
  const { secrets, cipher, random } = env
  // Who may neither read nor put values would learn by "unchanged" that he has guessed one.
  if (wanted.versions.length > 0 && !mayCompare(env, call, secret)) return undefined
  const stages = await secrets.stages(secret)
  const placed: Placed[] = []
  for (const version of wanted.versions) {
    const id = version.id ?? holderOfAll(stages, version.labels)
    const there = id === undefined ? undefined : await secrets.version(secret, id)
    const equal = there !== undefined && there.kind !== 'empty' && (await cipher.holds(secret, there, version.payload))
    if (there !== undefined && !equal && version.id !== undefined) {
      if (wanted.onConflict === 'Overwrite') throw tokenInUse(version.id, secret.arn)
      return undefined
    }
    placed.push({ ...version, id: equal ? there.id : (version.id ?? random.uuid()), fresh: !equal })
  }
  return placed
}

/** Whether by AWS's operations too the caller could see if a value is the one that is there. */
const mayCompare = ({ random }: Env, call: Call, secret: Found): boolean =>
  COMPARING.some((action) => {
    const target = targetOf(secret.name, secret, call, random, { action, foreign: true })
    return decide(call, 'secretsmanager', action, target).allowed
  })

/** The version that has all these labels. */
function holderOfAll(stages: Stages, labels: readonly string[]): string | undefined {
  const holder = stages.get(labels[0] ?? '')
  return labels.every((label) => stages.get(label) === holder) ? holder : undefined
}

/**
 * The version with its date; one whose id another version of the secret has had comes now, whatever is said: by an old date it would be
 * taken for that one by who looks back.
 */
async function dated(
  { secrets: { history } }: Env,
  { now }: Call,
  secret: Found,
  version: Placed,
): Promise<WantedVersion & { readonly id: string }> {
  const { id } = version
  const had = (await history.past(secret, id)) !== undefined || (await history.maker(secret, id)) !== undefined
  return had ? { ...version, createdAt: now } : version
}

async function insertVersion(
  env: Env,
  call: Call,
  secret: Secret,
  { id, createdAt, payload }: WantedVersion & { readonly id: string },
): Promise<void> {
  const content = await env.cipher.seal(secret, id, secret.kmsKeyId, payload)
  await makeRoom(env, call, secret, await env.secrets.countVersions(secret))
  await env.secrets.insertVersion(secret, { id, createdAt, accessedDay: 0, ...content })
}

async function policyIn({ principals }: Env, { arn }: Secret, { policy }: Wanted): Promise<ResourcePolicy | undefined> {
  return policy === undefined ? undefined : boundPolicy(policy, arn, principals())
}

/** Nobody shuts himself out by what he imports. Source: secretsmanager.md 12. */
function checkPolicy({ random }: Env, call: Call, subject: Found, policy: ResourcePolicy): void {
  const { lockOut: denial } = examine(policy, targetOf(subject.name, subject, call, random), call)
  if (denial !== undefined) throw lockOut(denial)
}

/** Who names a function needs the right to invoke it, and it must let the service in: as with RotateSecret. */
async function checkRotation(env: Env, call: Call, secret: Secret, { rotation }: Wanted): Promise<void> {
  if (rotation?.functionArn !== undefined) await checkFunction(env, call, secret, rotation.functionArn, true)
}

/** Writes the rotation down; the next one is planned from the last one, and none begins now. */
async function saveRotation(
  env: Env,
  call: Call,
  secret: Secret,
  { rotation }: Wanted,
  before?: Pick<Found, 'rotation'>,
): Promise<void> {
  if (rotation === undefined) {
    if (before?.rotation?.enabled === true) await env.rotating.turnOff(secret, before.rotation, call.now)
    return
  }
  const { enabled, functionArn, rules, lastAt } = rotation
  const configured = { functionArn, rules, lastAt, planned: undefined, configuredBy: principalOf(call.caller) }
  if (enabled) await env.rotating.schedule(secret, { ...configured, enabled, basedAt: lastAt ?? call.now }, call.now)
  else await env.rotating.turnOff(secret, { ...configured, enabled, basedAt: undefined }, call.now)
}
