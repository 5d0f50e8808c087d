import { KeptRows } from '#kernel/storage/kept-rows'
import type { Overflow } from '#kernel/storage/overflow'
import { type Cell, secretArn } from './model/identity.ts'
import type { Kind } from './model/secret.ts'
import { sizeOfPolicy } from './policies.ts'
import type { Reading } from './rows.ts'

/** What a reading costs beside its ciphertext, measured with 100,000 of them. */
const OVERHEAD_BYTES = 1300
/** Characters at the end of an ARN. */
const SUFFIX = 6
/** Key ARNs and sets of labels that are kept to be shared. */
const MOST_COMMON = 1000
/** What is beyond that goes to a file, if there may be one. */
const DEFAULT_BYTES = 16 * 1024 * 1024

/**
 * The rows of current versions that were read lately, still encrypted: what KMS must open stays for KMS to open, as the
 * caller, on every read.
 */
export class Readings extends KeptRows<Reading> {
  /** `open`: a file for what does not fit into `mostBytes` of memory. */
  constructor(open?: () => Overflow | undefined, mostBytes = DEFAULT_BYTES) {
    const overflow = open && { open, pack, unpack }
    super({ scope: 'secrets', mostBytes, sizeOf, compact: compacting(), overflow })
  }
}

/** `id`: with the suffix of the ARN behind it: V8 keeps a table of all strings of up to ten characters that it finds in JSON, in its old generation. */
type Head = readonly [
  id: string,
  type: string | null,
  owningService: string | null,
  tags: readonly (readonly [string, string])[] | null,
  accessedDay: number,
  deletedAt: number | null,
  version: string,
  kind: Kind,
  createdAt: number,
  versionDay: number,
  keyArn: string,
  defaultKey: 0 | 1,
  labels: readonly string[],
]

/** A reading as bytes: what it says, then both ciphertexts. One with a policy or a rotation, which must prove themselves, is none. */
function pack({ secret, version }: Reading): Buffer | undefined {
  if (version === undefined || secret.policy !== undefined || secret.rotation !== undefined) return undefined
  const { id, arn, type = null, owningService = null, tags, accessedDay, deletedAt = null } = secret
  const { dataKey, sealed } = version
  const head: Head = [
    ...([id + arn.slice(-SUFFIX), type, owningService, tags ? [...tags] : null, accessedDay, deletedAt] as const),
    ...([version.id, version.kind, version.createdAt, version.accessedDay, version.keyArn] as const),
    ...([version.defaultKey ? 1 : 0, version.labels] as const),
  ]
  const text = Buffer.from(JSON.stringify(head))
  if (text.length > 0xffff) return undefined
  const bytes = Buffer.allocUnsafe(4 + text.length + dataKey.length + sealed.length)
  bytes.writeUInt16LE(text.length, 0)
  bytes.writeUInt16LE(dataKey.length, 2)
  text.copy(bytes, 4)
  bytes.set(dataKey, 4 + text.length)
  bytes.set(sealed, 4 + text.length + dataKey.length)
  return bytes
}

function unpack(record: Buffer, { account, region }: Cell, name: string): Reading {
  const keyAt = 4 + record.readUInt16LE(0)
  const sealedAt = keyAt + record.readUInt16LE(2)
  const head = JSON.parse(record.toString('utf8', 4, keyAt)) as Head
  const [idAndSuffix, type, owningService, tags, accessedDay, deletedAt] = head
  const own = Buffer.allocUnsafe(record.length - keyAt)
  record.copy(own, 0, keyAt)
  return {
    secret: {
      account,
      region,
      id: idAndSuffix.slice(0, -SUFFIX),
      arn: secretArn(region, account, name, idAndSuffix.slice(-SUFFIX)),
      name,
      type: type ?? undefined,
      owningService: owningService ?? undefined,
      tags: tags === null ? undefined : new Map(tags),
      policy: undefined,
      rotation: undefined,
      accessedDay,
      deletedAt: deletedAt ?? undefined,
      nameless: false,
    },
    version: {
      id: head[6],
      kind: head[7],
      createdAt: head[8],
      accessedDay: head[9],
      keyArn: head[10],
      defaultKey: head[11] === 1,
      labels: head[12],
      dataKey: own.subarray(0, sealedAt - keyAt),
      sealed: own.subarray(sealedAt - keyAt),
    },
  }
}

/** The same in less room: texts that most secrets share are there once, both ciphertexts stand in one buffer. */
function compacting(): (reading: Reading) => Reading {
  const keys = new Map<string, string>()
  const sets = new Map<string, readonly string[]>()
  return ({ secret, version }) => {
    if (version === undefined) return { secret, version }
    const { sealed, dataKey, keyArn, labels } = version
    const bytes = new Uint8Array(sealed.length + dataKey.length)
    bytes.set(sealed)
    bytes.set(dataKey, sealed.length)
    return {
      secret,
      version: {
        ...version,
        keyArn: shared(keys, keyArn, keyArn),
        labels: shared(sets, JSON.stringify(labels), labels),
        sealed: bytes.subarray(0, sealed.length),
        dataKey: bytes.subarray(sealed.length),
      },
    }
  }
}

/** The value that is there for `key`, or this one from now on. */
function shared<T>(values: Map<string, T>, key: string, value: T): T {
  const known = values.get(key)
  if (known !== undefined) return known
  if (values.size >= MOST_COMMON) values.clear()
  values.set(key, value)
  return value
}

function sizeOf({ secret, version }: Reading): number {
  const policy = sizeOfPolicy(secret.policy)
  return OVERHEAD_BYTES + policy + (version === undefined ? 0 : version.sealed.length + version.dataKey.length)
}
