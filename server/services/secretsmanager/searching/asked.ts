import type { Match, Place } from '../model/search.ts'

/** What is searched for. */
export interface AskedSearch {
  readonly Query: string
  readonly In?: readonly Place[] | undefined
  readonly Prefix?: string | undefined
  readonly IncludePlannedDeletion?: boolean | undefined
  readonly MaxResults?: number | undefined
  readonly NextToken?: string | undefined
}

/** A secret that was found. */
export interface FoundSecret {
  readonly ARN: string
  readonly Name: string
  readonly Description?: string
  readonly Tags?: { readonly Key: string; readonly Value: string }[]
  readonly DeletedDate?: Date
  readonly Matches: Match[]
}

/** A page of a search. */
export interface SearchPage {
  readonly Results: FoundSecret[]
  /** Secrets of this page whose names of keys were not looked at, since the caller may not. */
  readonly KeysPassedOver: number
  readonly NextToken?: string
}
