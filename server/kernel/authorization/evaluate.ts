import type { Caller } from '#kernel/call'
import type { Compiled, Context } from '#kernel/authorization/policy'

/** One question to the policies. */
export interface Question {
  readonly caller: Caller
  /** `secretsmanager:GetSecretValue` */
  readonly action: string
  /** Full ARN, or `*`. */
  readonly resource: string
  /** Account that owns the resource. */
  readonly owner: string
  readonly context: Context
  readonly resourcePolicy?: Compiled | undefined
  /** `kms`: an identity policy counts only if the key policy delegates to the account; root has no automatic right. */
  readonly rule: 'plain' | 'kms'
}

export type PolicyKind = 'identity' | 'resource' | 'boundary' | 'session'

/** The answer, and which kind of policy made it (for the text of the refusal). */
export type Decision =
  | { readonly allowed: true; readonly by: PolicyKind | 'root' }
  | { readonly allowed: false; readonly explicit: boolean; readonly by: PolicyKind }
