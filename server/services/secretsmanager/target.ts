import type { ContextValue } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { type Random, text } from '#kernel/random'
import { parseArn } from '#kernel/values/arn'
import { secretArn } from './model/identity.ts'

/** What authorization must know of the secret that a request is about. */
export interface Subject {
  readonly arn: string
  readonly type: string | undefined
  readonly tags: ReadonlyMap<string, string> | undefined
}

/**
 * What an operation on one secret acts on: its full ARN, however the caller named it, or one with a made-up suffix when
 * there is none, so that an allowed caller alone learns that. Source: secretsmanager.md 7.1, 7.2.
 */
export function targetOf(
  id: string,
  subject: Subject | undefined,
  call: Call,
  random: Random,
  context?: Readonly<Record<string, ContextValue | undefined>>,
): Target {
  const resource = subject?.arn ?? missingArn(id, call, random)
  return {
    resource,
    shown: id,
    ...(subject?.tags && { tags: subject.tags }),
    ...foreign(id, call),
    context: {
      'secretsmanager:SecretId': resource,
      ...(subject?.type !== undefined && { 'secretsmanager:resource/Type': subject.type }),
      ...context,
    },
  }
}

/** A full ARN for a secret of that name which does not exist. */
export function inventedArn(name: string, call: Call, random: Random): string {
  return secretArn(call.region, call.account, name, text(random, 6))
}

/** An ARN stays as it was sent, with a suffix if it has none; a name becomes an ARN of the caller's account. */
export function missingArn(id: string, call: Call, random: Random): string {
  if (!id.startsWith('arn:')) return inventedArn(id, call, random)
  return /-[A-Za-z0-9]{6}$/.test(id) ? id : `${id}-${text(random, 6)}`
}

/** An ARN of another account belongs to that account, whether there is such a secret or not. */
function foreign(id: string, call: Call): { owner?: string } {
  if (!id.startsWith('arn:')) return {}
  const owner = parseArn(id)?.account
  return owner === undefined || owner === call.account ? {} : { owner }
}

/** Targets that stand for the time after a change of tags. */
const guards = new WeakSet<Target>()

/**
 * The target of a change of tags, and it once more with the tags `after` the change: who would lose the very access by
 * which he makes it is refused, with a text of its own. Source: secretsmanager.md 7.2, recorded.
 */
export function guardedTargets(target: Target, after: ReadonlyMap<string, string> | undefined): readonly Target[] {
  if (after === undefined) return [target]
  const guard = { ...target, tags: after }
  guards.add(guard)
  return [target, guard]
}

/** Whether a refusal of this target means that the caller would lock himself out. */
export function isGuard(target: Target): boolean {
  return guards.has(target)
}
