import type { Compiled } from '#kernel/authorization/policy'
import type { AuditEvent } from '#kernel/audit/event'

/** Who makes a request, as IAM knows them. ARNs as in access.md section 2. */
export interface Caller {
  readonly kind: 'root' | 'user' | 'role' | 'federated' | 'service'
  readonly account: string
  /** What `GetCallerIdentity` says: root, user, or assumed-role session ARN. */
  readonly arn: string
  /** `aws:PrincipalArn`: the role's ARN (with its path) for a session, else as `arn`. */
  readonly principalArn: string
  /** The user (or root) that made a federated session; a resource policy that names it names the session too. */
  readonly parentArn?: string
  /** `aws:userid`, also CloudTrail's principalId: account id for root, AIDA… for users. */
  readonly userId: string
  readonly userName?: string
  readonly accessKeyId: string
  readonly tags: ReadonlyMap<string, string>
  /** Identity policies, inline and attached, compiled. Empty for root. */
  readonly policies: readonly Compiled[]
  readonly boundary?: Compiled
  readonly sessionPolicies?: readonly Compiled[]
}

/** One request on its way: what is known about it besides its input. */
export interface Call {
  readonly requestId: string
  readonly caller: Caller
  /** Account whose resources bare names mean: the caller's. */
  readonly account: string
  readonly region: string
  /** Milliseconds since the epoch; asked once per request. */
  readonly now: number
  readonly sourceIp: string
  readonly userAgent: string
  /** Whether the request came over TLS. */
  readonly secure: boolean
  readonly tls?: { readonly version: string; readonly cipher: string }
  /** The Host header, for CloudTrail's tlsDetails. */
  readonly host?: string
  /**
   * Set when a service calls another one in the caller's name: the calling service's principal, for example
   * `secretsmanager.amazonaws.com`. Gives kms:ViaService, aws:ViaAWSService, aws:CalledVia and the audit record's
   * invokedBy. Never taken from a header.
   */
  readonly via?: string
  /** Events that calls made on behalf of this one leave (the KMS calls of a secret); written with its own. */
  readonly events: AuditEvent[]
}
