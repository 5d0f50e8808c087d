import type { Call } from '#kernel/call'
import { type State, stagesIn } from '../model/as-of.ts'
import type { RestorePlan } from '../model/restore-plan.ts'
import { ownable, type Sealed } from '../model/secret.ts'
import { checkLabels, CURRENT, PENDING, PREVIOUS } from '../model/stages.ts'
import type { Env } from '../operation.ts'
import { versionEvents } from '../recorded.ts'
import type { Found } from '../rows.ts'
import { makeRoom } from '../writing.ts'

/** What is to be written of a plan, once all that may refuse it has been asked. */
export interface Ready {
  readonly secret: Found
  readonly now: State
  readonly plan: RestorePlan
  /** Versions that were in the history alone. */
  readonly back: readonly Sealed[]
  /** Versions under the key that comes back. */
  readonly rewrapped: readonly Sealed[]
}

/** Refuses what is not the caller's to change: values, labels and deletion of a secret that a service keeps. */
export function checkOwner(secret: Found, plan: RestorePlan): void {
  const { stages, description, kmsKeyId, type, purgeAt } = plan
  if ([stages, description, kmsKeyId, type, purgeAt].some((change) => change !== undefined)) ownable(secret)
}

/**
 * Asks all that may refuse a plan, in the order of AWS's operations, before anything is written: the quota of labels, the key and what
 * is to be encrypted under it, and last the room for versions that come back. Throws ApiErrors of Secrets Manager.
 */
export async function prepare(
  env: Env,
  call: Call,
  { secret, now, plan, back }: Omit<Ready, 'rewrapped'>,
): Promise<Ready> {
  const before = stagesIn(now)
  if (plan.stages !== undefined) checkLabels(before, plan.stages)
  const rewrapped = plan.kmsKeyId === undefined ? [] : await underKey(env, secret, plan, back, now)
  if (back.length > 0) {
    const total = await env.secrets.countVersions(secret)
    for (const [at] of back.entries()) await makeRoom(env, call, secret, total + at)
  }
  return { secret, now, plan, back, rewrapped }
}

/** Asks of a plan that is only shown what refuses it whatever its versions are: labels, and the key that comes back. Throws ApiErrors. */
export async function rehearse(
  { cipher }: Env,
  { secret, now, plan }: Pick<Ready, 'secret' | 'now' | 'plan'>,
): Promise<void> {
  if (plan.stages !== undefined) checkLabels(stagesIn(now), plan.stages)
  if (plan.kmsKeyId !== undefined) await cipher.probe(secret, plan.kmsKeyId.to)
}

/** The labelled versions under the key that comes back, as UpdateSecret takes them over. */
async function underKey(
  { cipher, secrets }: Env,
  secret: Found,
  plan: RestorePlan,
  back: readonly Sealed[],
  now: State,
): Promise<Sealed[]> {
  const keyId = plan.kmsKeyId?.to
  const keyArn = await cipher.probe(secret, keyId)
  const stages = plan.stages ?? stagesIn(now)
  const rewrapped: Sealed[] = []
  for (const id of new Set([CURRENT, PENDING, PREVIOUS].map((stage) => stages.get(stage)))) {
    if (id === undefined) continue
    const version = back.find((one) => one.id === id) ?? (await secrets.version(secret, id))
    if (version === undefined || version.kind === 'empty' || version.keyArn === keyArn) continue
    const content = await cipher.rewrap(secret, version, keyId)
    if (content !== undefined) rewrapped.push({ ...version, ...content })
  }
  return rewrapped
}

/** Writes it. Nothing of this may refuse any more: what is written of one secret would stay half done. */
export async function carryOut(env: Env, call: Call, { secret, now, plan, back, rewrapped }: Ready): Promise<void> {
  const { secrets, later, rotating } = env
  if (plan.undelete) {
    await secrets.restore(secret, call.now)
    await later.keep(secret)
    call.events.push(...(await versionEvents(secrets, secret, ['CancelSecretVersionDelete'], call.now)))
  }
  const deletion = plan.purgeAt === undefined ? {} : { deletedAt: call.now, purgeAt: plan.purgeAt }
  if (plan.purgeAt !== undefined && secret.rotation !== undefined)
    await rotating.turnOff(secret, secret.rotation, call.now)
  await secrets.save({
    ...secret,
    ...(plan.undelete && { deletedAt: undefined, purgeAt: undefined }),
    ...(plan.description && { description: plan.description.to }),
    ...(plan.kmsKeyId && { kmsKeyId: plan.kmsKeyId.to }),
    ...(plan.type && { type: plan.type.to }),
    ...(plan.tags && { tags: plan.tags.to }),
    ...deletion,
    changedAt: call.now,
  })
  for (const version of back) await secrets.bringBack(secret, version)
  for (const version of rewrapped) await secrets.replaceContent(secret, version)
  if (plan.stages !== undefined) {
    await secrets.saveStages(secret, stagesIn(now), plan.stages, call.now)
    await rotating.labelled(secret, secret.rotation, plan.stages, call.now)
  }
  if (plan.policy !== undefined) await secrets.savePolicy(secret, plan.policy.to, call.now)
  if (plan.purgeAt !== undefined) {
    await later.purge(secret, plan.purgeAt)
    call.events.push(...(await versionEvents(secrets, secret, ['StartSecretVersionDelete'], call.now)))
  }
}
