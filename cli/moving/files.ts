import { compactJson, type JsonNode, readJsonText, repeatedKey, TextProblem } from './json-text.ts'
import { readEnvFile } from './env-file.ts'
import { type Incoming, onlyVersion, plainSecret, type Value } from './incoming.ts'
import { readYamlFile } from './yaml-file.ts'

/** What becomes one secret: the whole file, each of its keys, or each value at the end of nested keys. */
export type Per = 'file' | 'key' | 'leaf'

/** How a file is cut into secrets. */
export interface Cut {
  readonly per: Per
  /** Name of the one secret, with `file`. */
  readonly name: string
}

type Written = (literal: JsonNode) => string

/** The secrets of a .env file. With `file`: one whose value is a JSON object of the variables. Throws TextProblem. */
export function secretsInEnv(text: string, cut: Cut): Incoming[] {
  const variables = readEnvFile(text)
  if (cut.per === 'file') {
    const notes = variables.flatMap(({ key, note }) => (note === undefined ? [] : [`${key} ${note}`]))
    const object = `{${variables.map(({ key, value }) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`
    return [{ secret: plainSecret(cut.name, onlyVersion({ text: object }), { notes }) }]
  }
  return variables.map(({ key, value, note }) => ({
    secret: plainSecret(key, onlyVersion({ text: value }), { notes: note === undefined ? [] : [note] }),
  }))
}

/**
 * The secrets of a JSON file. With `file`: one, whose value is the file's text as it is. With `key`: each member of the object, a
 * text as it is, anything else as JSON. With `leaf`: nested objects are paths, `a/b/c`, but for those that are empty. Throws TextProblem.
 */
export function secretsInJson(text: string, cut: Cut): Incoming[] {
  const node = readJsonText(text)
  if (cut.per === 'file') return wholeFile(text, cut)
  return cutUp(node, cut.per, (part) => (part.kind === 'literal' ? part.text : ''))
}

/** The same of a YAML file; with `file` the value is the file's text as it is. Throws TextProblem. */
export function secretsInYaml(text: string, cut: Cut): Incoming[] {
  const { node, scalarText } = readYamlFile(text)
  if (cut.per === 'file') return wholeFile(text, cut)
  return cutUp(node, cut.per, scalarText)
}

/** A byte order mark stays behind: it is the editor's, and JSON with it in front is none to most who read the secret. */
function wholeFile(text: string, { name }: Cut): Incoming[] {
  return [{ secret: plainSecret(name, onlyVersion({ text: text.replace(/^\ufeff/, '') })) }]
}

function cutUp(node: JsonNode, per: 'key' | 'leaf', written: Written): Incoming[] {
  if (node.kind !== 'object') throw new TextProblem('it is no object with keys; --per file takes it whole')
  const found: Incoming[] = []
  takeMembers(node, '', per, written, found)
  return found
}

function takeMembers(
  { members }: JsonNode & { readonly kind: 'object' },
  path: string,
  per: 'key' | 'leaf',
  written: Written,
  found: Incoming[],
): void {
  const repeated = repeatedKey(members)
  if (repeated !== undefined) throw new TextProblem(`the key ${shownName(path + repeated)} is there twice`)
  for (const [key, member] of members) {
    const name = path + key
    if (per === 'leaf' && member.kind === 'object' && member.members.length > 0)
      takeMembers(member, `${name}/`, per, written, found)
    else found.push(partOf(name, member, written))
  }
}

function partOf(name: string, part: JsonNode, written: Written): Incoming {
  if (part.kind === 'literal' && part.text === 'null') return { left: { name, why: 'it has no value (null)' } }
  return { secret: plainSecret(name, onlyVersion(asValue(part, written))) }
}

function asValue(part: JsonNode, written: Written): Value {
  if (part.kind === 'bytes') return { bytes: part.value }
  if (part.kind === 'string') return { text: part.value }
  return { text: part.kind === 'literal' ? written(part) : compactJson(part) }
}

/** A name for people, whatever stands in it. */
export function shownName(name: string): string {
  const shown = JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name)
  return /^"[A-Za-z0-9/_+=.@!-]*"$/.test(shown) ? shown.slice(1, -1) : shown
}
