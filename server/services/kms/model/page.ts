import { ApiError } from '#kernel/error'

/** A page of a list, and whether there is more behind it. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly NextMarker?: string
  readonly Truncated: boolean
}

/** Cuts rows, of which one more than `limit` was asked for, into a page; `keyOf` says after which one the next begins. */
export function page<T>(rows: readonly T[], limit: number, list: string, keyOf: (row: T) => string): Page<T> {
  if (rows.length <= limit) return { items: rows, Truncated: false }
  const items = rows.slice(0, limit)
  const last = items.at(-1) as T
  return { items, NextMarker: Buffer.from(`${list}\n${keyOf(last)}`).toString('base64url'), Truncated: true }
}

/** The key after which a page begins, from the marker of the page before; '' for the first page. */
export function after(marker: string | undefined, list: string): string {
  if (marker === undefined) return ''
  const text = Buffer.from(marker, 'base64url').toString('utf8')
  const sound = /^[A-Za-z0-9_-]+$/.test(marker) && text.startsWith(`${list}\n`)
  if (!sound) throw new ApiError('InvalidMarkerException')
  return text.slice(list.length + 1)
}

/** Rows that are all at hand, in order of their keys, from where the page begins. */
export function rowsAfter<T>(
  rows: readonly T[],
  marker: string | undefined,
  list: string,
  keyOf: (row: T) => string,
): T[] {
  const start = after(marker, list)
  return rows.filter((row) => keyOf(row) > start).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}
