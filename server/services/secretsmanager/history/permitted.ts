import { decide } from '#kernel/authorization/authorize'
import type { Call } from '#kernel/call'
import type { ApiError } from '#kernel/error'
import type { Random } from '#kernel/random'
import { type State, stagesIn } from '../model/as-of.ts'
import { lockOut } from '../model/refusals.ts'
import { type RestorePlan, readTags } from '../model/restore-plan.ts'
import { examine } from '../guarding.ts'
import { policyOf } from '../policies.ts'
import { denied } from '../refusal.ts'
import type { Found } from '../rows.ts'
import { guardedTargets, type Said, type SecretTarget, targetOf } from '../target.ts'

const DAY_MS = 86_400_000

/** What AWS's operations would need to know of a plan besides it. */
export interface Planned {
  readonly secret: Found
  readonly now: State
  readonly plan: RestorePlan
  /** ARN of the key that the plan brings back, as far as the caller may know it. */
  readonly keyArn: string | undefined
  /** Versions that the plan brings back from the history. */
  readonly fromHistory: boolean
}

/**
 * What the same would need by AWS's API, permission by permission: whoever may not do it there can't have it done by looking back. A change
 * of tags once more with the tags that will be there, as TagResource does it.
 */
export function targetsOf(
  { secret, now, plan, keyArn, fromHistory }: Planned,
  call: Call,
  random: Random,
): SecretTarget[] {
  const target = (name: string, said: Omit<Said, 'action'> = {}) =>
    targetOf(secret.arn, secret, call, random, { ...said, action: `secretsmanager:${name}` })
  const targets: SecretTarget[] = []
  if (plan.undelete) targets.push(target('RestoreSecret'))
  const { description, kmsKeyId, type, tags, stages } = plan
  if (description !== undefined || kmsKeyId !== undefined || type !== undefined) {
    const context = {
      'secretsmanager:Description': description && (description.to ?? ''),
      'secretsmanager:KmsKeyId': kmsKeyId && (kmsKeyId.to ?? ''),
      'secretsmanager:KmsKeyArn': keyArn,
      'secretsmanager:Type': type && (type.to ?? ''),
    }
    targets.push(target('UpdateSecret', { context }))
  }
  if (tags !== undefined) {
    const [here, there] = [readTags(now) ?? new Map(), tags.to ?? new Map<string, string>()]
    const set = new Map([...there].filter(([key, value]) => here.get(key) !== value))
    const off = [...here.keys()].filter((key) => !there.has(key))
    if (set.size > 0) targets.push(...guardedTargets(target('TagResource', { requestTags: set }), there))
    if (off.length > 0) targets.push(...guardedTargets(target('UntagResource', { tagKeys: off }), there))
  }
  if (stages !== undefined) {
    const before = stagesIn(now)
    for (const stage of new Set([...before.keys(), ...stages.keys()])) {
      if (before.get(stage) === stages.get(stage)) continue
      targets.push(target('UpdateSecretVersionStage', { context: { 'secretsmanager:VersionStage': stage } }))
    }
    if (fromHistory) targets.push(target('PutSecretValue'))
  }
  if (plan.policy !== undefined)
    targets.push(target(plan.policy.to === undefined ? 'DeleteResourcePolicy' : 'PutResourcePolicy'))
  if (plan.purgeAt !== undefined) {
    const days = String(Math.round((plan.purgeAt - call.now) / DAY_MS))
    targets.push(target('DeleteSecret', { context: { 'secretsmanager:RecoveryWindowInDays': days } }))
  }
  return targets
}

/** Whether the caller may do `action` to the target. */
export const permits = (call: Call, service: string, target: SecretTarget, action: string): boolean =>
  decide(call, service, action, target).allowed

/** The refusal of the first permission that the caller lacks for a plan, or of a policy that would lock him out. */
export function refusalOf(planned: Planned, call: Call, random: Random): ApiError | undefined {
  for (const target of targetsOf(planned, call, random)) {
    const action = target.action as string
    const decision = decide(call, 'secretsmanager', action, target)
    if (!decision.allowed) return denied(decision, call, action, target, random)
  }
  const { secret, plan } = planned
  const policy = plan.policy?.to
  if (policy === undefined) return undefined
  const after = targetOf(secret.arn, secret, call, random)
  const findings = examine(policyOf(secret.arn, policy.document, policy.principals), after, call)
  return findings.lockOut && lockOut(findings.lockOut)
}
