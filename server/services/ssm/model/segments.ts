import { parentOf } from './name.ts'

/**
 * Where in the order of names a listing looks: pieces of that order which share nothing. A point, a beginning and a whole level of
 * the hierarchy are all pieces, so that looking up one name costs one seek and not a walk over everything.
 */
export interface Segment {
  /** The least key that is in it. */
  readonly from: string
  /** Greater than every key in it. */
  readonly to: string
  /** Only the keys right below this path (the empty text: the root). */
  readonly parent?: string
}

/** Less than every character that a name may have. */
const LEAST = '!'
/** Greater than every key. */
const MOST = '\x7f'
/** What keys are made of; a beginning of anything else begins none. */
const OF_A_KEY = /^[A-Za-z0-9_./-]*$/

/** All keys. */
export const EVERYTHING: Segment = { from: '', to: MOST }

/** This one key. */
export function point(key: string): Segment | undefined {
  return key !== '' && OF_A_KEY.test(key) ? { from: key, to: after(key) } : undefined
}

/** The least that comes after this key. */
export function after(key: string): string {
  return key + LEAST
}

/** Whether a key is in it. */
export function holds({ from, to, parent }: Segment, key: string): boolean {
  return from <= key && key < to && (parent === undefined || parentOf(key) === parent)
}

/** Whether it holds one key at the most. */
export function isPoint({ from, to, parent }: Segment): boolean {
  return parent === undefined && to === after(from)
}

/** The keys that begin with `prefix`. */
export function beginning(prefix: string): Segment | undefined {
  if (prefix === '') return EVERYTHING
  if (!OF_A_KEY.test(prefix)) return undefined
  const last = prefix.length - 1
  return { from: prefix, to: prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1) }
}

/** Everything below a path (without slashes at its ends; the empty text: the root), or only what is right below it. */
export function below(path: string, recursive: boolean): Segment {
  const all = path === '' ? EVERYTHING : (beginning(`${path}/`) ?? EVERYTHING)
  return recursive ? all : { ...all, parent: path }
}

/**
 * The same keys as pieces that share none, in order: level by level where there are levels, else by name. Of segments that are all
 * levels, or all none.
 */
export function apart(segments: readonly Segment[]): Segment[] {
  const sorted = segments.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  const pieces: Segment[] = []
  for (const segment of sorted) {
    const last = pieces.at(-1)
    if (last === undefined) pieces.push(segment)
    else if (segment.parent !== undefined) {
      if (segment.parent !== last.parent) pieces.push(segment)
    } else if (segment.from > last.to) pieces.push(segment)
    else if (segment.to > last.to) pieces[pieces.length - 1] = { from: last.from, to: segment.to }
  }
  return pieces
}

/** The keys that are in a piece of both lists; the second one holds no levels. */
export function shared(some: readonly Segment[], ranges: readonly Segment[]): Segment[] {
  const both: Segment[] = []
  for (const segment of some) {
    for (const range of ranges) {
      const from = segment.from > range.from ? segment.from : range.from
      const to = segment.to < range.to ? segment.to : range.to
      if (from < to) both.push({ ...segment, from, to })
    }
  }
  return both
}
