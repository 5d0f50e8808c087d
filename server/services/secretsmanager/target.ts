import type { ContextValue } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { type Random, text } from '#kernel/random'
import { parseArn } from '#kernel/values/arn'
import { secretArn } from './model/identity.ts'
import type { ResourcePolicy } from './model/policy.ts'
import type { Rotation } from './model/rotation.ts'

/** What authorization must know of the secret that a request is about. */
export interface Subject {
  /** The account that owns it. */
  readonly account: string
  readonly arn: string
  readonly type: string | undefined
  readonly tags: ReadonlyMap<string, string> | undefined
  readonly policy: ResourcePolicy | undefined
  readonly rotation: Pick<Rotation, 'functionArn'> | undefined
}

type Conditions = Readonly<Record<string, ContextValue | undefined>>

/** What the request itself says to the policies. */
export interface Said {
  /** Condition keys of its parameters. */
  readonly context?: Conditions
  readonly requestTags?: ReadonlyMap<string, string>
  readonly tagKeys?: readonly string[]
  /** The tags of a secret that is not there yet. */
  readonly newTags?: ReadonlyMap<string, string>
  /** Another permission than the operation's own. */
  readonly action?: string
  /** The operation is another service's: `secretsmanager:ResourceTag/…` is not among its own keys, and counts all the same. */
  readonly foreign?: true
}

const NOTHING: Said = {}

/**
 * A secret as authorization sees it: its full ARN, however the caller named it, or one with a made-up suffix when there is
 * none, so that an allowed caller alone learns that. Condition keys are put together when a policy asks for one.
 * Source: secretsmanager.md 7.1, 7.2.
 */
export class SecretTarget implements Target {
  readonly resource: string
  readonly shown: string
  readonly owner: string
  readonly tags: ReadonlyMap<string, string> | undefined
  readonly policy: Target['policy']
  readonly requestTags?: ReadonlyMap<string, string>
  readonly tagKeys?: readonly string[]
  readonly action?: string
  /** Stands for the time after a change: who is refused here would lose the very access by which he makes it. */
  readonly guards: boolean
  readonly #subject: Subject | undefined
  readonly #said: Said
  #context: Conditions | undefined

  constructor(id: string, resource: string, owner: string, subject: Subject | undefined, said: Said, guards = false) {
    this.resource = resource
    this.shown = id
    this.owner = owner
    this.tags = subject === undefined ? said.newTags : subject.tags
    this.policy = subject?.policy?.compiled
    if (said.requestTags !== undefined) this.requestTags = said.requestTags
    if (said.tagKeys !== undefined) this.tagKeys = said.tagKeys
    if (said.action !== undefined) this.action = said.action
    this.guards = guards
    this.#subject = subject
    this.#said = said
  }

  /** There is such a secret. */
  get known(): boolean {
    return this.#subject !== undefined
  }

  get context(): Conditions {
    const type = this.#subject?.type
    const rotator = this.#subject?.rotation?.functionArn
    this.#context ??= {
      'secretsmanager:SecretId': this.resource,
      ...(type !== undefined && { 'secretsmanager:resource/Type': type }),
      ...(rotator !== undefined && { 'secretsmanager:resource/AllowRotationLambdaArn': rotator }),
      ...(this.#said.foreign === true && tagKeysOf(this.tags)),
      ...this.#said.context,
    }
    return this.#context
  }

  /** The same secret, for another permission that the call needs. */
  needing(action: string): SecretTarget {
    return new SecretTarget(this.shown, this.resource, this.owner, this.#subject, { ...this.#said, action })
  }

  /** The same secret as it will be after the change. */
  after(change: Partial<Pick<Subject, 'tags' | 'policy'>>): SecretTarget {
    const subject = this.#subject && { ...this.#subject, ...change }
    return new SecretTarget(this.shown, this.resource, this.owner, subject, this.#said, true)
  }

  /** What the target would be if there were no such secret, also when there is none: nothing of the stored in it. */
  hidden(call: Call, random: Random): SecretTarget {
    // Which key an alias stands for is stored too.
    const { 'secretsmanager:KmsKeyArn': _, ...context } = this.#said.context ?? {}
    return new SecretTarget(this.shown, missingArn(this.shown, call, random), this.owner, undefined, {
      ...this.#said,
      context,
    })
  }
}

/** The tags of a secret as condition keys of Secrets Manager. */
function tagKeysOf(tags: ReadonlyMap<string, string> | undefined): Conditions {
  return Object.fromEntries([...(tags ?? [])].map(([key, value]) => [`secretsmanager:ResourceTag/${key}`, value]))
}

/** What an operation on one secret acts on. */
export function targetOf(
  id: string,
  subject: Subject | undefined,
  call: Call,
  random: Random,
  said: Said = NOTHING,
): SecretTarget {
  return subject === undefined
    ? new SecretTarget(id, missingArn(id, call, random), ownerOf(id, call), undefined, said)
    : new SecretTarget(id, subject.arn, subject.account, subject, said)
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
export function ownerOf(id: string, call: Call): string {
  return (id.startsWith('arn:') ? parseArn(id)?.account : undefined) ?? call.account
}

/**
 * The target of a change of tags, and it once more with the tags `after` the change: who would lose the very access by
 * which he makes it is refused, with a text of its own. Source: secretsmanager.md 7.2, recorded.
 */
export function guardedTargets(
  target: SecretTarget,
  tags: ReadonlyMap<string, string> | undefined,
): readonly SecretTarget[] {
  return tags === undefined ? [target] : [target, target.after({ tags })]
}
