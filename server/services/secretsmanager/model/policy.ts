import type { Compiled } from '#kernel/authorization/policy'

/** The resource policy of a secret. Source: secretsmanager.md 12. */
export interface ResourcePolicy {
  /** As it was sent. */
  readonly document: string
  /** The unique ids of its principals, as IAM's port answers them. */
  readonly principals: string
  /** Of these two. */
  readonly compiled: Compiled
}
