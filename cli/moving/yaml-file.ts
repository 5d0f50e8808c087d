import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type ParsedNode,
  type Document,
  type YAMLMap,
} from 'yaml'
import { lineAt, type JsonNode, MOST_DEPTH, repeatedKey, TextProblem } from './json-text.ts'

/** Nodes that a document may have, those that aliases repeat counted each time. */
const MOST_NODES = 250_000
/** Characters of a document: parsing takes some hundred bytes for each. */
export const MOST_YAML = 4 * 1024 * 1024

const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/

/** A number that no JSON can say as it was written: a PIN, a telephone number. */
const ZEROS = /^[-+]?0[0-9]/

/**
 * Reads a YAML 1.2 document as JSON would say it. A number stays as it was written where JSON can write it so (1.10), one that begins
 * with zeros is a text (0123: readers of YAML disagree about what it is), and so is `yes`. `<<` merges maps, as most readers have it.
 * Tags but `!!binary` and those of the core schema are refused, as are keys that are no texts or are there twice. Aliases count as
 * what they repeat. Throws TextProblem.
 */
export function readYamlFile(text: string): {
  readonly node: JsonNode
  readonly scalarText: (node: JsonNode) => string
} {
  if (text.length > MOST_YAML) throw new TextProblem(`it has more than ${MOST_YAML} characters`)
  checkDepth(text)
  const document = parsed(text)
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined)
    throw new TextProblem(PROBLEMS[problem.code] ?? `this is no YAML (${problem.code})`, lineAt(text, problem.pos[0]))
  const reader = new YamlReader(text, document)
  const node = document.contents === null ? literal('null') : reader.node(document.contents as ParsedNode, 0)
  return { node, scalarText: (of) => reader.scalarText(of) }
}

/** What is YAML, and is not taken. */
const PROBLEMS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document begins: there may be one',
  TAG_RESOLVE_FAILED: 'there is a tag besides !!binary and those of the core schema',
}

/** Brackets that are nested deeper than anybody nests them, before the library sees them: it goes down as deep as they go. */
function checkDepth(text: string): void {
  let open = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5b || code === 0x7b) open++
    else if (code === 0x5d || code === 0x7d) open = Math.max(0, open - 1)
    if (open > 1000) throw new TextProblem('it is nested too deep', lineAt(text, at))
  }
}

function parsed(text: string): Document.Parsed {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      customTags: ['binary'],
      // looked at below: the library compares each key with each
      uniqueKeys: false,
      strict: true,
      stringKeys: true,
      intAsBigInt: true,
      prettyErrors: false,
      logLevel: 'error',
    })
  } catch (error) {
    // its stack, or a text that the library does not see through: never the library's own words, which quote the text
    throw new TextProblem(error instanceof RangeError ? 'it is nested too deep' : 'this is no YAML')
  }
}

const literal = (text: string): JsonNode => ({ kind: 'literal', text })
const string = (value: string): JsonNode => ({ kind: 'string', value, text: JSON.stringify(value) })

const isMergeKey = (key: unknown): boolean => isScalar(key) && key.value === '<<' && key.type === 'PLAIN'

class YamlReader {
  readonly #text: string
  readonly #document: Document.Parsed
  /** What stood in the file for a plain number, true or null. */
  readonly #sources = new WeakMap<JsonNode, string>()
  #nodes = 0

  constructor(text: string, document: Document.Parsed) {
    this.#text = text
    this.#document = document
  }

  /** The text of a scalar as it was written: `0123` stays so where the value alone is a secret. */
  scalarText(node: JsonNode): string {
    if (node.kind === 'string') return node.value
    return this.#sources.get(node) ?? (node.kind === 'literal' ? node.text : '')
  }

  node(node: ParsedNode | Alias.Parsed, depth: number): JsonNode {
    if (++this.#nodes > MOST_NODES) throw this.#wrong('it has too many parts, its aliases counted', node)
    if (depth > MOST_DEPTH) throw this.#wrong(`it is nested deeper than ${MOST_DEPTH} levels`, node)
    if (isAlias(node)) {
      const meant = node.resolve(this.#document) as ParsedNode | undefined
      if (meant === undefined) throw this.#wrong('an alias names no anchor', node)
      return this.node(meant, depth + 1)
    }
    if (isMap(node)) return this.#map(node, depth)
    if (isSeq(node)) return { kind: 'array', items: node.items.map((item) => this.#member(item, depth)) }
    return this.#scalar(node)
  }

  #map(node: YAMLMap.Parsed, depth: number): JsonNode {
    const own = node.items.filter(({ key }) => !isMergeKey(key))
    const members = own.map(({ key, value }) => [this.#key(key), this.#member(value, depth)] as const)
    const repeated = repeatedKey(members)
    if (repeated !== undefined) throw this.#wrong(`the key ${JSON.stringify(repeated)} is there twice`, node)
    if (own.length === node.items.length) return { kind: 'object', members }
    const all = new Map(members)
    // of several that are merged the first has it. Source: yaml.org/type/merge.html
    for (const { key, value } of node.items)
      if (isMergeKey(key))
        for (const [name, member] of this.#merged(value, depth)) if (!all.has(name)) all.set(name, member)
    return { kind: 'object', members: [...all] }
  }

  /** The members of the map that `<<` names, or of each of a list of maps. */
  #merged(value: unknown, depth: number): (readonly [string, JsonNode])[] {
    const from = this.#member(value, depth)
    return (from.kind === 'array' ? from.items : [from]).flatMap((map) => {
      if (map.kind !== 'object') throw this.#wrong('<< merges maps, and this is none', value as ParsedNode | null)
      return map.members
    })
  }

  #member(node: unknown, depth: number): JsonNode {
    return node === null || node === undefined ? literal('null') : this.node(node as ParsedNode, depth + 1)
  }

  #key(key: unknown): string {
    if (isScalar(key) && typeof key.value === 'string') return key.value
    throw this.#wrong('a key is no text', key as ParsedNode | undefined)
  }

  #scalar(node: ParsedNode): JsonNode {
    const { value, source } = node as { value: unknown; source?: string }
    if (typeof value === 'string') return string(value)
    if (value instanceof Uint8Array) return { kind: 'bytes', value: new Uint8Array(value) }
    const made = this.#literal(value, source, node)
    if (source !== undefined) this.#sources.set(made, source)
    return made
  }

  #literal(value: unknown, source: string | undefined, node: ParsedNode): JsonNode {
    if (value === null || typeof value === 'boolean') return literal(String(value))
    if (source !== undefined && JSON_NUMBER.test(source)) return literal(source)
    if (source !== undefined && ZEROS.test(source)) return string(source)
    if (typeof value === 'bigint') return literal(String(value))
    if (typeof value === 'number' && Number.isFinite(value)) return literal(JSON.stringify(value))
    throw this.#wrong('JSON has no such value', node)
  }

  #wrong(what: string, node: { range?: readonly [number, ...unknown[]] | null } | undefined | null): TextProblem {
    return new TextProblem(what, lineAt(this.#text, node?.range?.[0] ?? 0))
  }
}
