import type { Call, Caller } from '#kernel/call'
import type { ApiError } from '#kernel/error'
import type { Decision, Rule } from '#kernel/authorization/evaluate'
import type { AnyOperation, Target } from '#kernel/operation'
import type { Unit } from '#kernel/storage/storage'

/** How one service words what the kernel says for all of them. */
export interface Wording {
  /** Code of the validation sentence: `ValidationException` (JSON services), `ValidationError` (IAM, STS). */
  readonly validation: string
  /** Member that carries the text of the service's own errors: Secrets Manager says `Message`, KMS `message`. */
  readonly modelled: 'Message' | 'message'
  /** Codes whose text stands in `Message`, where most of the service's errors say `message`: Lambda, Systems Manager. */
  readonly capital?: ReadonlySet<string>
  /** Code of a failure of ours, where the service's model has one of its own; default `InternalFailure`. */
  readonly failure?: string
  /** IAM leaves the value out of the enum sentence. */
  readonly enumHidesValue?: true
}

/** One AWS service: what the kernel must know to take its calls. */
export interface Service<Env = unknown> {
  /** Prefix of its IAM actions and its folder: `secretsmanager`. */
  readonly name: string
  /** Name in the credential scope. */
  readonly signingName: string
  /** `secretsmanager.amazonaws.com` */
  readonly eventSource: string
  /** Minutes that a signature's date may be off. Source: access.md 1.2. */
  readonly clockWindowMinutes: 5 | 15
  /** `headers`: names and values in turn that all of its answers have besides. */
  readonly json?: {
    readonly version: '1.0' | '1.1'
    readonly targetPrefix: string
    /** Other prefixes of X-Amz-Target that clients send. */
    readonly alsoTargetPrefixes?: readonly string[]
    readonly headers?: readonly string[]
  }
  /** Smithy's RPC v2 CBOR, by the target prefix of `json`; `doubles`: members of answers that are floating point numbers. */
  readonly rpc?: { readonly namespace: string; readonly doubles: ReadonlySet<string> }
  /** Of a service whose model is query-compatible: what Query calls the errors of its model. */
  readonly queryCompatible?: Readonly<Record<string, string>>
  /** Takes bodies that are compressed (`Content-Encoding: gzip`). */
  readonly compressed?: true
  /** REST-JSON; its operations say how they are named. `notYet`: how those are that are not here, `POST /path/{Label}`. */
  readonly rest?: { readonly notYet: Readonly<Record<string, string>> }
  /**
   * REST-XML, as S3 speaks it: all requests that are signed for the service are its own. Paths are signed as they came, and bodies by
   * the hash that a header tells, or not at all.
   */
  readonly xml?: true
  readonly query?: {
    readonly version: string
    readonly namespace: string
    /** How the items of lists are called on the wire, by the name of the list: `DBInstances` holds `DBInstance`. Default `member`. */
    readonly items?: Readonly<Record<string, string>>
  }
  readonly wording: Wording
  /** The Region where its events are told, when it has none of its own: IAM's in us-east-1. */
  readonly home?: string | undefined
  /** How its policies are evaluated; default `plain`. */
  readonly rule?: Rule
  readonly operations: Readonly<Record<string, AnyOperation>>
  /** Operations that AWS has and we do not have yet: answered with a clean error, listed in docs/compatibility.md. */
  readonly notYet: readonly string[]
  /** The refusal of one of these that AWS has an error of its own for. */
  unsupported?(operation: string): ApiError | undefined
  /** What `target` and `run` work with, bound to one unit of work and one call. */
  env(unit: Unit, call: Call): Env
  /** The refusal of callers that the service takes no calls from, whatever policies say: federated users in IAM. */
  excluded?(caller: Caller, operation: string): ApiError | undefined
  /** The refusal of a call that comes too fast, whoever makes it and whatever it is about; it is counted by being asked. */
  throttled?(call: Call, operation: string): ApiError | undefined | Promise<ApiError | undefined>
  /** The refusal; default: AccessDenied(Exception) with the sentence of access.md 5.6. */
  denied?(decision: Decision, call: Call, action: string, target: Target): ApiError
}
