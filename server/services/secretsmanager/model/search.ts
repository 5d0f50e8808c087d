/** Where a search may look. */
export const PLACES = ['name', 'tag', 'description', 'key'] as const
export type Place = (typeof PLACES)[number]

/** Most words of a search. */
export const MOST_WORDS = 10
/** Most matches that are told of one secret, and most characters of each. */
const MOST_MATCHES = 20
const MOST_PATH = 512
/** Keys of one value that are looked at: a value of 64 KiB cannot have more than a few thousand that are of use. */
const MOST_KEYS = 20_000

/** Where a word was found. */
export type Match =
  | { readonly In: 'name' | 'description' }
  /** The key of the tag whose key or value has it. */
  | { readonly In: 'tag'; readonly Key: string }
  /** The key of the JSON value, as a JSON pointer (RFC 6901): `/db/password`. */
  | { readonly In: 'key'; readonly Path: string }

/** What of a secret is searched without opening it. */
export interface Searchable {
  readonly name: string
  readonly description: string | undefined
  readonly tags: ReadonlyMap<string, string> | undefined
}

/** The words of a search, in lower case, each once; in any order, in any place. */
export const searchWords = (query: string): readonly string[] => [
  ...new Set(
    query
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== ''),
  ),
]

/**
 * One secret under a search: every word must be found somewhere, in whatever case, as a part of a text. Ask `missing` before the
 * value is opened: what its name, tags and description hold already needs no look into it.
 */
export class Searched {
  readonly #words: readonly string[]
  readonly #found = new Set<string>()
  readonly matches: Match[] = []

  constructor(words: readonly string[]) {
    this.#words = words
  }

  /** Whether a word is still to be found. */
  get missing(): boolean {
    return this.#found.size < this.#words.length
  }

  /** Looks into what is shown of the secret anyway. */
  look({ name, description, tags }: Searchable, places: readonly Place[]): void {
    if (places.includes('name') && this.#has(name)) this.#add({ In: 'name' })
    if (places.includes('tag'))
      for (const [Key, value] of tags ?? []) if (this.#has(Key, value)) this.#add({ In: 'tag', Key })
    if (places.includes('description') && description !== undefined && this.#has(description))
      this.#add({ In: 'description' })
  }

  /** Looks at the names of the keys of a JSON value, however deep; a text that is no JSON has none. */
  lookAtKeys(text: string): void {
    for (const { path, key } of keysOf(text))
      if (this.#has(key))
        this.#add({ In: 'key', Path: path.length > MOST_PATH ? `${path.slice(0, MOST_PATH)}…` : path })
  }

  #add(match: Match): void {
    if (this.matches.length < MOST_MATCHES) this.matches.push(match)
  }

  #has(...texts: readonly string[]): boolean {
    let any = false
    for (const text of texts) {
      const lower = text.toLowerCase()
      for (const word of this.#words)
        if (lower.includes(word)) {
          this.#found.add(word)
          any = true
        }
    }
    return any
  }
}

interface Key {
  /** RFC 6901. */
  readonly path: string
  readonly key: string
}

/** The keys of all objects in a JSON text, outer ones first; without recursion, since who writes a value decides how deep it is. */
function* keysOf(text: string): Generator<Key> {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    return
  }
  let left = MOST_KEYS
  const open: { readonly value: unknown; readonly path: string }[] = [{ value: root, path: '' }]
  for (let at = 0; at < open.length; at++) {
    const { value, path } = open[at] as (typeof open)[number]
    if (typeof value !== 'object' || value === null) continue
    const inList = Array.isArray(value)
    for (const [key, inner] of Object.entries(value)) {
      if (left-- <= 0) return
      // a path that is too long to be shown need not be longer
      const way = path.length > MOST_PATH ? path : `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      if (!inList) yield { path: way, key }
      open.push({ value: inner, path: way })
    }
  }
}
