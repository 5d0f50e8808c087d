import type { Found } from '#kernel/objects/objects'
import type { Env } from './operation.ts'

/** Most keys of one page. Source: API_ListObjects. */
const MOST_KEYS = 1000
const LAST = '\u{10ffff}'

/** What is asked of a bucket's keys. */
export interface Asked {
  readonly prefix: string
  readonly delimiter: string
  /** Only what comes behind it, by bytes. */
  readonly after: string
  readonly most: number
}

/** One page, in the order of the keys. */
export interface Page {
  readonly contents: readonly Found[]
  /** What keys have in common up to the delimiter, once each. */
  readonly prefixes: readonly string[]
  /** The last key or common prefix of the page, when there is more. */
  readonly next: string | undefined
}

/** A page of a bucket's keys. */
export async function pageOf({ objects }: Env, bucket: string, asked: Asked): Promise<Page> {
  const { prefix, delimiter } = asked
  const most = Math.min(asked.most, MOST_KEYS)
  const contents: Found[] = []
  const prefixes: string[] = []
  let after = asked.after
  let last = ''
  if (most === 0) return { contents, prefixes, next: undefined }
  // All that a common prefix stands for was told by the page that ended with it.
  if (delimiter !== '' && after.startsWith(prefix) && after.endsWith(delimiter)) after += LAST
  for (let more = true; more; ) {
    more = false
    for await (const found of objects?.walk(bucket, prefix, after) ?? []) {
      if (contents.length + prefixes.length >= most) return { contents, prefixes, next: last }
      const end = delimiter === '' ? -1 : found.key.indexOf(delimiter, prefix.length)
      if (end < 0) {
        contents.push(found)
        last = found.key
        continue
      }
      last = found.key.slice(0, end + delimiter.length)
      prefixes.push(last)
      // What else has it in common is not looked at one by one.
      after = last + LAST
      more = true
      break
    }
  }
  return { contents, prefixes, next: undefined }
}

/** Keys as a list shows them: percent-encoded where the client asked for it. Source: API_ListObjects (encoding-type). */
export function shownAs(encoding: string | undefined): (text: string) => string {
  if (encoding !== 'url') return (text) => text
  const encoded = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
  return (text) => text.split('/').map(encoded).join('/')
}

/** An entry of `Contents`. */
export const contentOf = (found: Found, shown: (text: string) => string) => ({
  Key: shown(found.key),
  LastModified: new Date(found.modifiedAt),
  ETag: `"${found.etag}"`,
  Size: found.sizeBytes,
  StorageClass: 'STANDARD' as const,
})
