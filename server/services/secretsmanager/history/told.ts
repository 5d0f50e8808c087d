/** What is asked of the history of one secret, and what is told: as it stands on the wire. */

export interface AskedHistory {
  readonly SecretId: string
  readonly MaxResults?: number | undefined
  readonly NextToken?: string | undefined
  /** Both inclusive. */
  readonly StartTime?: Date | undefined
  readonly EndTime?: Date | undefined
}

/** One member that changed; without `From` it was not there before, without `To` it is not there any more. */
export interface ToldChange {
  /** `Description`, `Tags/team`, `VersionStages/AWSCURRENT`, … */
  readonly Member: string
  readonly From?: string
  readonly To?: string
}

/** What one request, or the service by itself, changed of a secret. */
export interface ToldEntry {
  readonly EntryId: string
  readonly Time: Date
  /** ARN of the user, the root user or the session; of the service for what it does by itself. */
  readonly PrincipalArn: string
  readonly PrincipalId?: string
  /** Of a session: the role or user behind it. */
  readonly SessionIssuerArn?: string
  readonly SourceIPAddress: string
  /** By it the trail is searched for the whole record. */
  readonly RequestId?: string
  readonly EventName?: string
  /** The service that called in the principal's name. */
  readonly InvokedBy?: string
  readonly Kind: string
  readonly VersionId?: string
  /** Of an entry about a version: whether its value can still be had. */
  readonly ValueKept?: boolean
  readonly Changes: readonly ToldChange[]
}

/** One page, newest first. */
export interface ToldHistory {
  readonly ARN: string
  readonly Name: string
  /** Of a secret that is gone for good: since when. */
  readonly GoneDate?: Date
  readonly Entries: readonly ToldEntry[]
  readonly NextToken?: string
}

export interface AskedComparison {
  readonly SecretId: string
  /** A version id, a label, or a time in ISO 8601; default AWSPREVIOUS. */
  readonly From?: string | undefined
  /** The same; default AWSCURRENT. */
  readonly To?: string | undefined
  /** Whether values are told. */
  readonly Reveal?: boolean | undefined
}

/** `Path`: a JSON pointer (RFC 6901); empty: the whole value. Values, as JSON texts where the format is JSON, are told on demand only. */
export interface ToldDifference {
  readonly Path: string
  readonly Change: 'Added' | 'Removed' | 'Changed'
  readonly From?: string
  readonly To?: string
}

export interface ToldVersion {
  readonly VersionId: string
  readonly CreatedDate: Date
  readonly VersionStages?: string[]
}

export interface ToldComparison {
  readonly ARN: string
  readonly Name: string
  readonly From: ToldVersion
  readonly To: ToldVersion
  readonly Format: 'JSON' | 'Text' | 'Binary'
  /** The bytes are the same; JSON texts may differ in nothing but their spaces, and then have no differences either. */
  readonly Identical: boolean
  readonly Differences: readonly ToldDifference[]
  /** There are more differences than are told. */
  readonly Truncated?: true
}
