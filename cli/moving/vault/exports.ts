import { type JsonNode, memberOf, TextProblem } from '../json-text.ts'
import { customMetadataOf, goneOf, type KvSecret, type KvVersion, momentOf, numberOf } from './kv.ts'

/** A JSON text of an export, and the path that its file stands for. */
export interface KvDocument {
  /** Within the mount: what a text that does not say its own path is about. */
  readonly path: string
  readonly node: JsonNode
}

/**
 * The secrets in JSON that was taken out of Vault's KV version 2:
 *
 * - what `vault kv get -format=json` prints, of one version or several, and `vault kv metadata get -format=json` beside it;
 * - a tree: folders are objects, a secret is an object of which at least one value is no object (medusa, vkv);
 * - paths with their keys, `{"secret/app": {"user": "x"}}`, and the second format of `safe export` with its versions.
 *
 * Throws TextProblem for anything else.
 */
export function kvIn(documents: readonly KvDocument[], now: number): KvSecret[] {
  const found = new Map<string, Draft>()
  const at = (path: string): Draft => {
    const name = path.replace(/^\/+|\/+$/g, '')
    const draft = found.get(name) ?? { versions: new Map(), metadata: undefined, told: new Map() }
    found.set(name, draft)
    return draft
  }
  for (const { path, node } of documents) {
    if (node.kind !== 'object') throw new TextProblem('this is no export of Vault')
    const data = memberOf(node, 'data')
    if (isResponse(node)) takeResponse(at(path), data as JsonNode, now)
    else if (memberOf(node, 'export_version') !== undefined) takeSafe(at, data)
    else takeTree(at, path, node, 0)
  }
  return Array.from(found, ([path, draft]) => secretOf(path, draft))
}

interface Draft {
  readonly versions: Map<number, KvVersion>
  /** Of the versions that the metadata tell of. */
  readonly told: Map<number, KvVersion>
  metadata: JsonNode | undefined
}

/** What the API answers, which the command prints: an id of the request, and data. Known by the data too, where the rest was cut away. */
function isResponse(node: JsonNode): boolean {
  const data = memberOf(node, 'data')
  if (data?.kind !== 'object') return false
  if (memberOf(node, 'request_id') !== undefined || memberOf(data, 'current_version')?.kind === 'literal') return true
  const metadata = memberOf(data, 'metadata')
  return memberOf(metadata, 'version')?.kind === 'literal' && memberOf(metadata, 'created_time')?.kind === 'string'
}

function takeResponse(draft: Draft, data: JsonNode, now: number): void {
  const values = memberOf(data, 'data')
  const metadata = memberOf(data, 'metadata')
  if (values !== undefined && metadata !== undefined) {
    const version = versionOf(metadata, values, now)
    draft.versions.set(version.number, version)
    draft.metadata ??= memberOf(metadata, 'custom_metadata')
    return
  }
  const versions = memberOf(data, 'versions')
  if (versions?.kind !== 'object')
    throw new TextProblem('this is an answer of Vault, but none of KV version 2: neither a version nor metadata')
  draft.metadata = memberOf(data, 'custom_metadata') ?? draft.metadata
  for (const version of toldVersions(versions, now)) draft.told.set(version.number, version)
}

function versionOf(metadata: JsonNode, values: JsonNode, now: number): KvVersion {
  const number = numberOf(memberOf(metadata, 'version'))
  if (number === undefined) throw new TextProblem('a version has no number')
  const empty = values.kind === 'literal' && values.text === 'null'
  return {
    number,
    createdAt: momentOf(memberOf(metadata, 'created_time')),
    data: empty ? undefined : values,
    gone: empty ? (goneOf(metadata, now) ?? 'deleted') : undefined,
  }
}

/** The versions of which metadata tell, without their values. */
export function toldVersions(versions: JsonNode | undefined, now: number): KvVersion[] {
  if (versions?.kind !== 'object') return []
  return versions.members.flatMap(([key, version]) => {
    const number = numberOf({ kind: 'literal', text: key })
    if (number === undefined) return []
    const createdAt = momentOf(memberOf(version, 'created_time'))
    return [{ number, createdAt, data: undefined, gone: goneOf(version, now) }]
  })
}

/** The second format of `safe export`: `{"export_version":2,"data":{"secret/a":{"first":1,"versions":[{"value":{…}}]}}}`. */
function takeSafe(at: (path: string) => Draft, data: JsonNode | undefined): void {
  if (data?.kind !== 'object') throw new TextProblem('the export has no data')
  for (const [path, secret] of data.members) {
    const first = numberOf(memberOf(secret, 'first')) ?? 1
    const versions = memberOf(secret, 'versions')
    if (versions?.kind !== 'array') throw new TextProblem('a secret of the export has no versions')
    const draft = at(path)
    versions.items.forEach((version, index) => {
      const yes = (name: string) =>
        memberOf(version, name)?.kind === 'literal' && textIs(memberOf(version, name), 'true')
      const gone = yes('destroyed') ? 'destroyed' : yes('deleted') ? 'deleted' : undefined
      const number = first + index
      const value = gone === undefined ? memberOf(version, 'value') : undefined
      draft.versions.set(number, {
        number,
        createdAt: undefined,
        data: value,
        gone: value ? undefined : (gone ?? 'deleted'),
      })
    })
  }
}

const textIs = (node: JsonNode | undefined, text: string) => node?.kind === 'literal' && node.text === text

function takeTree(at: (path: string) => Draft, path: string, node: JsonNode, depth: number): void {
  if (node.kind !== 'object') return
  const isSecret = node.members.some(([, value]) => value.kind !== 'object')
  if (isSecret) {
    if (depth === 0 && path === '')
      throw new TextProblem('this is no export of Vault: its keys are no paths; --format json takes it as it is')
    at(path).versions.set(1, { number: 1, createdAt: undefined, data: node, gone: undefined })
    return
  }
  for (const [key, value] of node.members) {
    const inner = key.replace(/^\/+|\/+$/g, '')
    takeTree(at, path === '' ? inner : `${path}/${inner}`, value, depth + 1)
  }
}

function secretOf(path: string, { versions, told, metadata }: Draft): KvSecret {
  const numbers = new Set([...told.keys(), ...versions.keys()])
  const all = [...numbers].map((number) => {
    const there = versions.get(number)
    const known = told.get(number)
    if (there !== undefined) return { ...there, createdAt: there.createdAt ?? known?.createdAt }
    // the metadata tell of it, and no file has it
    return { ...(known as KvVersion), gone: known?.gone ?? 'not in the export' }
  })
  return { path, versions: all, customMetadata: customMetadataOf(metadata) }
}

/** The path that the name of a file stands for: `app/db.json`, `app/db.v3.json`, `app/db.metadata.json` are about `app/db`. */
export function pathOfFile(name: string): string {
  return name
    .replaceAll('\\', '/')
    .replace(/\.json$/i, '')
    .replace(/\.(?:metadata|v[0-9]+)$/, '')
}
