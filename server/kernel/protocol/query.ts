import { ApiError } from '#kernel/error'
import type { Input } from '#kernel/input'
import type { Shape } from '#kernel/shape'

/** AWS Query: forms in, XML out. Source: access.md 3.1. */

/** Bounds on hostile forms: parameters in one form and dots in one name. */
const MOST_PARAMETERS = 10_000
const MOST_LEVELS = 12

/** A form's parameters as a tree: `Tags.member.1.Key=k` stands at Tags → member → 1 → Key. */
interface Node {
  value?: string
  children?: Map<string, Node>
}

/** The parameters of a form or query string; the last of two equal names wins. Undefined when it is malformed or too large. */
export function parseForm(text: string): Map<string, string> | undefined {
  const parameters = new Map<string, string>()
  if (text === '') return parameters
  let from = 0
  for (let count = 0; from <= text.length; count++) {
    if (count >= MOST_PARAMETERS) return undefined
    let to = text.indexOf('&', from)
    if (to < 0) to = text.length
    if (to > from) {
      const equals = text.indexOf('=', from)
      const split = equals >= 0 && equals < to ? equals : to
      const name = unescapeForm(text.slice(from, split))
      const value = unescapeForm(text.slice(Math.min(split + 1, to), to))
      if (name === undefined || value === undefined) return undefined
      parameters.set(name, value)
    }
    from = to + 1
  }
  return parameters
}

function unescapeForm(text: string): string | undefined {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function malformed(): never {
  throw new ApiError('MalformedInput', '', 400)
}

function treeOf(form: ReadonlyMap<string, string>): Node {
  const root: Node = {}
  for (const [name, value] of form) {
    const levels = name.split('.', MOST_LEVELS + 1)
    if (levels.length > MOST_LEVELS) malformed()
    let node = root
    for (const level of levels) {
      node.children ??= new Map()
      let next = node.children.get(level)
      if (next === undefined) {
        next = {}
        node.children.set(level, next)
      }
      node = next
    }
    node.value = value
  }
  return root
}

/** How a service calls the items of lists, by the name of the list; `member` for those that are not named. */
export type ItemNames = Readonly<Record<string, string>>

/** The input of an operation from the parameters of a form; unknown ones are ignored. */
export function decodeQuery(
  input: Input,
  form: ReadonlyMap<string, string>,
  items: ItemNames = {},
): Record<string, unknown> {
  const tree = treeOf(form)
  const decoded: Record<string, unknown> = {}
  for (const { name, shape } of input.members) {
    const node = tree.children?.get(name)
    if (node !== undefined) {
      const value = decodeNode(shape, node, items, items[name])
      if (value !== undefined) decoded[name] = value
    }
  }
  return decoded
}

/** Children of a list or map node in the order of their numbers, which may start anywhere. Source: access.md 7, trap 8. */
function numbered(node: Node | undefined): Node[] {
  const numbers = [...(node?.children ?? [])]
  for (const [number] of numbers) if (!/^\d{1,9}$/.test(number)) malformed()
  return numbers.sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child)
}

/** A number with or without a fraction, as Java writes them. */
function fractionOf(text: string, special: boolean): number {
  if (special && /^(?:NaN|[+-]?(?:Infinity|inf))$/i.test(text))
    return text.toLowerCase() === 'nan' ? Number.NaN : text.startsWith('-') ? -Infinity : Infinity
  if (!/^[+-]?(?:\d{1,310}(?:\.\d{0,340})?|\.\d{1,340})(?:[eE][+-]?\d{1,3})?$/.test(text)) malformed()
  const value = Number(text)
  return Number.isFinite(value) || special ? value : malformed()
}

/** `item`: what the items of this node are called, if it is a list and the service names them. */
function decodeNode(shape: Shape, node: Node, names: ItemNames, item: string | undefined): unknown {
  switch (shape.kind) {
    case 'string':
      if (node.value?.includes('\0') && !shape.sensitive) malformed()
      return node.value
    case 'integer':
      if (node.value === undefined) return undefined
      if (shape.fraction === true) return fractionOf(node.value, shape.special === true)
      if (!/^[+-]?\d{1,16}$/.test(node.value)) malformed()
      if (Math.abs(Number(node.value)) > (shape.long ? Number.MAX_SAFE_INTEGER : 2_147_483_647)) malformed()
      return Number(node.value)
    case 'boolean':
      if (node.value === 'true' || node.value === '1') return true
      if (node.value === 'false' || node.value === '0') return false
      return node.value === undefined ? undefined : malformed()
    case 'timestamp': {
      const time = Date.parse(node.value ?? '')
      return Number.isNaN(time) ? malformed() : new Date(time)
    }
    case 'blob':
      return node.value === undefined ? undefined : Buffer.from(node.value, 'base64')
    case 'list': {
      // An empty list arrives as `X=`. Source: access.md 3.1.
      const named = item === undefined ? undefined : node.children?.get(item)
      const items = numbered(named ?? node.children?.get('member'))
      return items.map((each) => decodeNode(shape.of, each, names, undefined) ?? malformed())
    }
    case 'map': {
      const entries: Record<string, unknown> = Object.create(null)
      for (const entry of numbered(node.children?.get('entry'))) {
        const key = entry.children?.get('key')?.value
        const value = entry.children?.get('value')
        if (key === undefined || value === undefined) malformed()
        entries[key] = decodeNode(shape.value, value, names, undefined)
      }
      return entries
    }
    case 'structure': {
      const members: Record<string, unknown> = {}
      for (const [name, member] of Object.entries(shape.members)) {
        const child = node.children?.get(name)
        if (child === undefined) continue
        const value = decodeNode(member, child, names, names[name])
        if (value !== undefined) members[name] = value
      }
      return members
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text for XML: markup escaped; characters that XML 1.0 cannot carry become U+FFFD. */
function escapeXml(text: string): string {
  return (
    text
      .replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones XML 1.0 forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
  )
}

function encodeElement(name: string, value: unknown, names: ItemNames): string {
  if (value === undefined || value === null) return ''
  const inner = encodeXml(value, names, names[name])
  return inner === '' ? `<${name}/>` : `<${name}>${inner}</${name}>`
}

/** An answer's members as XML: lists as `<member>` or as the service calls their items, maps as `<entry>`, dates without fraction. */
export function encodeXml(value: unknown, names: ItemNames = {}, item = 'member'): string {
  if (typeof value === 'string') return escapeXml(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/, 'Z')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map((each) => encodeElement(item, each, names)).join('')
  if (value instanceof Map)
    return [...value]
      .map(([key, each]) => `<entry>${encodeElement('key', key, names)}${encodeElement('value', each, names)}</entry>`)
      .join('')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, member]) => encodeElement(name, member, names))
      .join('')
  throw new TypeError(`an answer holds a ${typeof value}`)
}
