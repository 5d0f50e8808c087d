import { invalidMarker, recordsOutOfRange } from './refusals.ts'

/** Which part of a list. Source: surroundings.md 7. */
export interface Page {
  /** The last identifier seen; '' from the start. */
  readonly after: string
  readonly limit: number
}

const DEFAULT_RECORDS = 100

/** The page that a request asks for. Throws InvalidParameterValue. */
export function pageOf(input: {
  readonly Marker?: string | undefined
  readonly MaxRecords?: number | undefined
}): Page {
  const limit = input.MaxRecords ?? DEFAULT_RECORDS
  if (limit < 20 || limit > 100) throw recordsOutOfRange(limit)
  // an empty marker is none: clients echo the one of the last page
  if (!input.Marker) return { after: '', limit }
  const after = Buffer.from(input.Marker, 'base64url').toString('latin1')
  if (after === '' || Buffer.from(after, 'latin1').toString('base64url') !== input.Marker) throw invalidMarker()
  return { after, limit }
}

/** What closes a page: nothing on the last one. */
export function tailOf(more: boolean, last: string | undefined): { Marker?: string } {
  return more && last !== undefined ? { Marker: Buffer.from(last, 'latin1').toString('base64url') } : {}
}
