import type { Shown } from './differences.ts'

/** Which version a secret is to go back to: a version id, a staging label, or a time in ISO 8601 (what was AWSCURRENT then). */
export interface AskedRollBack {
  readonly SecretId: string
  readonly To: string
  readonly ClientRequestToken?: string | undefined
}

/** What became of it: a new version with the content of an old one. */
export interface RolledBack {
  readonly ARN: string
  readonly Name: string
  readonly VersionId: string
  readonly VersionStages: string[]
  /** The version whose content it has. */
  readonly FromVersionId: string
}

/** Which secrets are to be as they were, and when. */
export interface AskedRestore {
  /** Of their names; empty: all. */
  readonly Prefix: string
  readonly AsOf: Date
  /** Nothing is changed: what would be is listed. */
  readonly DryRun: boolean
  /** Secrets that were made since are deleted, to be gone after 30 days. */
  readonly DeleteCreated?: boolean | undefined
  /** Only these, as a dry run has listed them: one whose plan is another by now is left alone. */
  readonly Secrets?:
    | readonly { readonly SecretId?: string | undefined; readonly PlanToken?: string | undefined }[]
    | undefined
  readonly MaxResults?: number | undefined
  readonly NextToken?: string | undefined
}

/**
 * How it is with a secret. `Differs`: it would be changed, or (without `Changes`) can't be; `CreatedSince`: it was not there then, and
 * stays; `Gone`: it was, and is gone for good with its values; `NotKnown`: the history does not reach back so far. After the change:
 * `Restored`; `RestoredInPart`: but for labels whose versions nobody has kept; `Deleted`: created since, and deletion planned;
 * `ChangedMeanwhile`: it is not as the dry run found it, and left alone; `Refused`: left alone, see `ErrorCode`.
 */
export type RestoreStatus =
  | 'Differs'
  | 'CreatedSince'
  | 'Gone'
  | 'NotKnown'
  | 'Restored'
  | 'RestoredInPart'
  | 'Deleted'
  | 'ChangedMeanwhile'
  | 'Refused'

/** A secret that is not as it was. */
export interface RestoredSecret {
  readonly ARN: string
  readonly Name: string
  readonly Status: RestoreStatus
  readonly Changes: readonly Shown[]
  /** Labels that can't go back: nobody has kept these versions. */
  readonly NotKept?: readonly { readonly VersionStage: string; readonly VersionId: string }[]
  /** Versions that come back from the history. */
  readonly FromHistory?: readonly string[]
  readonly KnownSince?: Date
  readonly GoneDate?: Date
  /** Of a dry run: what the change is asked with. */
  readonly PlanToken?: string
  /** Why it can't be, or was not, changed. */
  readonly ErrorCode?: string
  readonly ErrorMessage?: string
}

/** One page. */
export interface Restored {
  /** Those that are not as they were. */
  readonly Secrets: readonly RestoredSecret[]
  /** How many are. */
  readonly Unchanged: number
  /** How many the caller may not see or not restore at all. */
  readonly NotPermitted: number
  readonly NextToken?: string
}
