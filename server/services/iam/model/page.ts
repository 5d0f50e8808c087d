import { invalid } from './refusals.ts'

/** Entries in a page when the caller does not say. Source: access.md 3.1. */
const DEFAULT_ITEMS = 100

/** Which page of a list: what comes after the key `after` ('' from the start), at most `limit` entries. */
export interface Page {
  readonly after: string
  readonly limit: number
}

/** The page that a request asks for. A marker goes on with any MaxItems (recorded); throws ValidationError for a foreign one. */
export function pageOf(input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined }): Page {
  const limit = input.MaxItems ?? DEFAULT_ITEMS
  if (input.Marker === undefined) return { after: '', limit }
  const after = Buffer.from(input.Marker, 'base64url').toString('latin1')
  if (after === '' || Buffer.from(after, 'latin1').toString('base64url') !== input.Marker) {
    throw invalid('Invalid Marker.')
  }
  return { after, limit }
}

/** The members that close a page. `found` holds one entry more than the page when more follow. */
export function paged<T>(
  found: readonly T[],
  { limit }: Page,
  keyOf: (entry: T) => string,
): { readonly entries: readonly T[]; readonly tail: { IsTruncated: boolean; Marker?: string } } {
  if (found.length <= limit) return { entries: found, tail: { IsTruncated: false } }
  const entries = found.slice(0, limit)
  const Marker = Buffer.from(keyOf(entries.at(-1) as T), 'latin1').toString('base64url')
  return { entries, tail: { IsTruncated: true, Marker } }
}
