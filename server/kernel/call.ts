import type { Compiled, ContextValue } from '#kernel/authorization/policy'
import type { AuditEvent } from '#kernel/audit/event'

/** Temporary credentials, as far as policies and the trail ask about them. */
export interface Session {
  /** Milliseconds: aws:TokenIssueTime, the trail's creationDate. */
  readonly issuedAt: number
  /** Milliseconds. */
  readonly expiresAt: number
  /** Who got them, as the trail's sessionIssuer: the role, or the user or root behind a federated or GetSessionToken session. */
  readonly issuer: {
    readonly type: 'Role' | 'IAMUser' | 'Root'
    readonly principalId: string
    readonly arn: string
    readonly accountId: string
    readonly userName?: string
  }
  readonly sourceIdentity?: string
  /** ARN of the OIDC provider whose token was exchanged: aws:FederatedProvider. */
  readonly provider?: string
  /** Keys, in lower case, of the session tags that go on along a chain of roles. */
  readonly transitive?: ReadonlySet<string>
}

/**
 * Who makes a request, as IAM knows them. ARNs as in access.md section 2. `web`: the holder of an OIDC token who asks for
 * a role and is nobody in IAM yet.
 */
export interface Caller {
  readonly kind: 'root' | 'user' | 'role' | 'federated' | 'service' | 'web'
  readonly account: string
  /** What `GetCallerIdentity` says: root, user, or assumed-role session ARN. */
  readonly arn: string
  /** `aws:PrincipalArn`: the role's ARN (with its path) for a session, else as `arn`. */
  readonly principalArn: string
  /** The user (or root) that made a federated session; a resource policy that names it names the session too. */
  readonly parentArn?: string
  /** The unique id of that user. */
  readonly parentId?: string
  /** `aws:userid`, also CloudTrail's principalId: account id for root, AIDA… for users. */
  readonly userId: string
  readonly userName?: string
  readonly accessKeyId: string
  /** Tags of the user; of a role session those of the role with the session's own over them. */
  readonly tags: ReadonlyMap<string, string>
  /** Temporary credentials have one, long-term keys none. */
  readonly session?: Session
  /** `web` only: the condition keys that its token gives, in lower case (`token.example.com:sub`). */
  readonly claims?: ReadonlyMap<string, ContextValue>
  /** Identity policies, inline and attached, those of a user's groups too, compiled. Empty for root. */
  readonly policies: readonly Compiled[]
  readonly boundary?: Compiled
  readonly sessionPolicies?: readonly Compiled[]
}

/**
 * A private listener, as AWS's VPC endpoints are: its policy bounds every call that comes in by it, and conditions see its
 * ids instead of aws:SourceIp.
 */
export interface Endpoint {
  /** aws:SourceVpce */
  readonly id: string
  /** aws:SourceVpc */
  readonly vpc?: string
  readonly policy?: Compiled
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
  /** The private listener that the request came in by; see `Endpoint`. */
  readonly endpoint?: Endpoint
  /** AWS's name of the operation that was asked for, whatever the services do for it: `RotateSecret`. */
  readonly operation?: string
  /** Events that calls made on behalf of this one leave (the KMS calls of a secret); written with its own. */
  readonly events: AuditEvent[]
}
