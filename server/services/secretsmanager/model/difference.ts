/**
 * What differs between two values of a secret: key by key where both are JSON objects or arrays, else as a whole. Values come from
 * whoever may write secrets: depth, number and size of what is told are bounded.
 */

/** `path`: a JSON pointer (RFC 6901); empty: the whole value. Texts of JSON values; absent where there was none. */
export interface Difference {
  readonly path: string
  readonly change: 'Added' | 'Removed' | 'Changed'
  readonly from: string | undefined
  readonly to: string | undefined
}

export interface Compared {
  readonly format: 'JSON' | 'Text'
  readonly differences: readonly Difference[]
  /** There are more. */
  readonly truncated: boolean
}

/** Levels of nesting; a deeper value is compared as a text. */
const DEEPEST = 64
/** Differences that are told at the most, and characters of their paths. */
const MOST = 1000
const MOST_CHARACTERS = 256 * 1024

/** A number as it was written: digits that a double can't hold count. */
class Digits {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Json = null | boolean | string | Digits | readonly Json[] | { readonly [key: string]: Json }
type Tree = readonly Json[] | { readonly [key: string]: Json }

export function compare(from: string, to: string): Compared {
  const [before, after] = [treeOf(from), treeOf(to)]
  if (before === undefined || after === undefined) {
    const differences: Difference[] = from === to ? [] : [{ path: '', change: 'Changed', from, to }]
    return { format: 'Text', differences, truncated: false }
  }
  const found = new Findings()
  walk(before, after, '', found)
  return { format: 'JSON', differences: found.all, truncated: found.full }
}

/** An object or an array that is not nested too deep; undefined for everything else. */
function treeOf(text: string): Tree | undefined {
  if (!/^\s*[[{]/.test(text) || depthOf(text) > DEEPEST) return undefined
  try {
    return JSON.parse(text, kept) as Tree
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The third argument is of ES2026: `JSON.parse` tells how a primitive was written. */
function kept(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? new Digits(context?.source ?? String(value)) : value
}

function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (quoted) {
      if (character === '\\') i++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth--
  }
  return deepest
}

class Findings {
  readonly all: Difference[] = []
  full = false
  #characters = 0

  add(path: string, change: Difference['change'], from: Json | undefined, to: Json | undefined): void {
    this.#characters += path.length
    if (this.all.length >= MOST || this.#characters > MOST_CHARACTERS) this.full = true
    else this.all.push({ path, change, from: textOf(from), to: textOf(to) })
  }
}

function walk(from: Json, to: Json, path: string, found: Findings): void {
  if (found.full) return
  if (Array.isArray(from) && Array.isArray(to)) {
    for (let i = 0; i < Math.max(from.length, to.length) && !found.full; i++)
      member(from[i], to[i], `${path}/${i}`, found)
  } else if (isObject(from) && isObject(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      if (found.full) return
      member(own(from, key), own(to, key), `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, found)
    }
  } else if (!same(from, to)) found.add(path, 'Changed', from, to)
}

function member(from: Json | undefined, to: Json | undefined, path: string, found: Findings): void {
  if (from !== undefined && to !== undefined) walk(from, to, path, found)
  else found.add(path, to === undefined ? 'Removed' : 'Added', from, to)
}

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Digits)

/** Never one of the prototype. */
const own = (object: { readonly [key: string]: Json }, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** Of two that are no two objects and no two arrays. */
function same(a: Json, b: Json): boolean {
  if (a instanceof Digits && b instanceof Digits)
    return a.text === b.text || (isExact(a) && isExact(b) && Number(a.text) === Number(b.text))
  return a === b
}

/** A double holds all of its digits. */
const isExact = ({ text }: Digits) => text.length <= 15 && !/e/i.test(text)

function textOf(value: Json | undefined): string | undefined {
  if (value === undefined) return undefined
  if (value instanceof Digits) return value.text
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item)).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  return `{${Object.keys(value)
    .map((key) => `${JSON.stringify(key)}:${textOf(value[key])}`)
    .join(',')}}`
}
