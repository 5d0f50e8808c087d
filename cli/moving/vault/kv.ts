import { createHash } from 'node:crypto'
import type { Incoming, IncomingTag, IncomingVersion } from '../incoming.ts'
import { plainSecret } from '../incoming.ts'
import { compactJson, type JsonNode, memberOf, repeatedKey, textOf } from '../json-text.ts'

/** A version of a secret of Vault's KV version 2. */
export interface KvVersion {
  readonly number: number
  /** Milliseconds; undefined: it is not told. */
  readonly createdAt: number | undefined
  /** The JSON object of keys and values; undefined: it is not there any more, `gone` says why. */
  readonly data: JsonNode | undefined
  readonly gone: 'deleted' | 'destroyed' | 'not in the export' | undefined
}

/** A secret of Vault's KV version 2, as far as it is known. */
export interface KvSecret {
  /** Within its mount, without slashes at the ends. */
  readonly path: string
  readonly versions: readonly KvVersion[]
  readonly customMetadata: readonly (readonly [string, string])[]
}

/** How secrets of Vault become ours. */
export interface KvCut {
  /** One secret for each path, or for each of its keys. */
  readonly per: 'path' | 'key'
}

/**
 * The secret, or secrets, that one of Vault's becomes. Its current version is AWSCURRENT, the one before that is still there
 * AWSPREVIOUS; the others have no label. Ids are made from path, number and time of creation, so that the same version has the same id
 * whenever it is imported. Custom metadata become tags. What is deleted or destroyed is told.
 */
export function fromKv(secret: KvSecret, { per }: KvCut): Incoming[] {
  const versions = [...secret.versions].sort((a, b) => a.number - b.number)
  const current = versions.at(-1)
  if (current?.data === undefined) {
    const why =
      current === undefined ? 'it has no version' : `its current version ${current.number} is ${current.gone ?? 'gone'}`
    return [{ left: { name: secret.path, why } }]
  }
  const { tags, notes } = tagsOf(secret.customMetadata)
  for (const { number, gone } of versions)
    if (gone !== undefined) notes.push(`version ${number} is ${gone} and stays behind`)
  const there = versions.filter(({ data }) => data !== undefined)
  const more = { notes, ...(tags.length > 0 && { tags }) }
  if (per === 'path')
    return [
      {
        secret: plainSecret(
          secret.path,
          labelled(secret.path, there, (data) => compactJson(data)),
          more,
        ),
      },
    ]
  if (current.data.kind !== 'object') return [{ left: { name: secret.path, why: 'its data are no keys and values' } }]
  const repeated = repeatedKey(current.data.members)
  if (repeated !== undefined) return [{ left: { name: secret.path, why: 'a key is there twice' } }]
  return current.data.members.map(([key]) => {
    const name = `${secret.path}/${key}`
    return {
      secret: plainSecret(
        name,
        labelled(name, changesOf(there, key), (data) => keyText(data, key) ?? ''),
        more,
      ),
    }
  })
}

/** The versions in which this key is there and another than in the version before. */
function changesOf(versions: readonly KvVersion[], key: string): KvVersion[] {
  let before: string | undefined
  return versions.filter(({ data }) => {
    const text = data && keyText(data, key)
    const differs = text !== undefined && text !== before
    before = text
    return differs
  })
}

/** A text as it is, anything else as JSON. */
function keyText(data: JsonNode, key: string): string | undefined {
  const value = memberOf(data, key)
  return value && (textOf(value) ?? compactJson(value))
}

function labelled(
  name: string,
  versions: readonly KvVersion[],
  textOfData: (data: JsonNode) => string,
): IncomingVersion[] {
  const last = versions.length - 1
  return versions.map(({ number, createdAt, data }, at) => ({
    id: versionId(name, number, createdAt),
    createdAt,
    value: { text: textOfData(data as JsonNode) },
    labels: at === last ? ['AWSCURRENT'] : at === last - 1 ? ['AWSPREVIOUS'] : [],
  }))
}

/** 32 to 64 characters that are the same whenever this version is imported; `vault-0003-…`. */
function versionId(name: string, number: number, createdAt: number | undefined): string {
  const hash = createHash('sha256').update(JSON.stringify([name, number, createdAt ?? null]))
  return `vault-${String(number).padStart(4, '0')}-${hash.digest('hex').slice(0, 32)}`
}

const MOST_TAGS = 50

function tagsOf(metadata: KvSecret['customMetadata']): { tags: IncomingTag[]; notes: string[] } {
  const tags: IncomingTag[] = []
  const notes: string[] = []
  for (const [Key, Value] of metadata) {
    const fits = Key.length >= 1 && Key.length <= 128 && Value.length <= 256 && !/^aws:/i.test(Key)
    if (fits && tags.length < MOST_TAGS) tags.push({ Key, Value })
    else notes.push(`its custom metadata ${JSON.stringify(Key.slice(0, 128))} can be no tag and stays behind`)
  }
  return { tags, notes }
}

/** Milliseconds of a moment as Vault writes it; undefined: none is told. */
export function momentOf(node: JsonNode | undefined): number | undefined {
  const ms = Date.parse(textOf(node) ?? '')
  return Number.isNaN(ms) || ms < 0 ? undefined : ms
}

/** Custom metadata of a secret: an object of texts. */
export function customMetadataOf(node: JsonNode | undefined): (readonly [string, string])[] {
  if (node?.kind !== 'object') return []
  return node.members.flatMap(([key, value]) => {
    const text = textOf(value)
    return text === undefined ? [] : [[key, text] as const]
  })
}

/** What the metadata of a version say of its end: Vault writes an empty time for none, and plans some for later. */
export function goneOf(version: JsonNode | undefined, now: number): KvVersion['gone'] {
  const destroyed = memberOf(version, 'destroyed')
  if (destroyed?.kind === 'literal' && destroyed.text === 'true') return 'destroyed'
  const deleted = momentOf(memberOf(version, 'deletion_time'))
  return deleted !== undefined && deleted <= now ? 'deleted' : undefined
}

/** A number of a version. */
export function numberOf(node: JsonNode | undefined): number | undefined {
  const number = node?.kind === 'literal' && /^[0-9]{1,9}$/.test(node.text) ? Number(node.text) : 0
  return number > 0 ? number : undefined
}
