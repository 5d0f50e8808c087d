import type { Decision } from '#kernel/authorization/evaluate'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'

/**
 * An answer that is a refusal: AWS's code, AWS's words. Whoever throws it names the source of the text beside it.
 * Anything else that escapes an operation is our bug and becomes InternalFailure.
 */
export class ApiError extends Error {
  readonly code: string
  /** HTTP status; most JSON services say 400 for everything that is the caller's fault. */
  readonly status: number
  /** For want of which permission: the answer carries it, encoded, for those who may look at it. */
  readonly denial: Denial | undefined
  /** What an answer in JSON carries besides code and text; headers: of a REST-JSON one. */
  readonly more: {
    readonly members?: Readonly<Record<string, string | number | readonly string[]>>
    readonly headers?: readonly string[]
    /** The text as the trail keeps it, where the caller's own has a value in it. */
    readonly recorded?: string
    /** The trail does not say that the call failed, as AWS's does not: some refusals of Parameter Store. */
    readonly unrecorded?: true
  }

  constructor(code: string, message = '', status = 400, denial?: Denial, more: ApiError['more'] = {}) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
    this.denial = denial
    this.more = more
  }
}

/** What a refusal for lack of permission was decided on. */
export interface Denial {
  readonly decision: Decision
  readonly call: Call
  /** Prefix of the condition keys: `secretsmanager`. */
  readonly service: string
  /** `secretsmanager:GetSecretValue` */
  readonly action: string
  readonly target: Target
}
