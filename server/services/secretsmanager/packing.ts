import { isPlain, type Overflowing } from '#kernel/storage/kept-rows'
import { secretArn } from './model/identity.ts'
import type { Kind } from './model/secret.ts'
import type { Reading } from './rows.ts'

/** Characters at the end of an ARN. */
const SUFFIX = 6
/** What is common that is known by a number, and the longest text of it. */
const MOST_COMMON = 1000
const LONGEST_COMMON = 2000

/** What many secrets have alike. */
interface Common {
  readonly type: string | undefined
  readonly owningService: string | undefined
  readonly tags: ReadonlyMap<string, string> | undefined
  readonly kind: Kind
  readonly keyArn: string
  readonly defaultKey: boolean
  readonly labels: readonly string[]
}

type CommonText = readonly [
  type: string | null,
  owningService: string | null,
  tags: readonly (readonly [string, string])[] | null,
  kind: Kind,
  keyArn: string,
  defaultKey: 0 | 1,
  labels: readonly string[],
]

function commonOf(text: string): Common {
  const [type, owningService, tags, kind, keyArn, defaultKey, labels] = JSON.parse(text) as CommonText
  return {
    ...{ type: type ?? undefined, owningService: owningService ?? undefined },
    ...{ tags: tags === null ? undefined : new Map(tags), kind, keyArn, defaultKey: defaultKey === 1, labels },
  }
}

/** In the place of a number: what is common stands in the record. */
const INLINE = 0xffff
/** Bytes before the ids: number of what is common, where it stands and how long it is, other lengths, times and days. */
const FIXED = 41

/**
 * Readings as bytes: numbers, the ids with the suffix of the ARN between them, what is common unless it is known by a number, both ciphertexts.
 * One with a policy or a rotation, which must prove themselves, is none. Nearly nothing is parsed: reading JSON, whose short strings V8
 * keeps in a table of its own, cost more than reading the file.
 */
export function packing(): Pick<Overflowing<Reading>, 'pack' | 'unpack'> {
  const numbers = new Map<string, number>()
  const commons: Common[] = []
  const numberOf = (text: string): number => {
    const known = numbers.get(text)
    if (known !== undefined) return known
    if (commons.length >= MOST_COMMON || text.length > LONGEST_COMMON) return INLINE
    numbers.set(text, commons.length)
    return commons.push(commonOf(text)) - 1
  }
  return {
    pack({ secret, version }) {
      if (version === undefined || secret.policy !== undefined || secret.rotation !== undefined || secret.nameless)
        return undefined
      const { id, arn, type = null, owningService = null, tags, deletedAt = Number.NaN } = secret
      const { kind, keyArn, labels, dataKey, sealed } = version
      const ids = `${id}${arn.slice(-SUFFIX)}${version.id}`
      if (id.length > 0xff || !isPlain(ids)) return undefined
      const common: CommonText = [
        ...([type, owningService, tags ? [...tags] : null, kind, keyArn] as const),
        ...([version.defaultKey ? 1 : 0, labels] as const),
      ]
      const text = JSON.stringify(common)
      const number = numberOf(text)
      const inline = Buffer.from(number === INLINE ? text : '')
      if (Math.max(inline.length, FIXED + ids.length, dataKey.length) > 0xffff) return undefined
      const textAt = FIXED + ids.length
      const keyAt = textAt + inline.length
      const bytes = Buffer.allocUnsafe(keyAt + dataKey.length + sealed.length)
      bytes.writeUInt16LE(number, 0)
      bytes.writeUInt16LE(textAt, 2)
      bytes.writeUInt16LE(inline.length, 4)
      bytes.writeUInt8(id.length, 6)
      bytes.writeUInt16LE(dataKey.length, 7)
      bytes.writeDoubleLE(version.createdAt, 9)
      bytes.writeDoubleLE(deletedAt, 17)
      bytes.writeDoubleLE(secret.accessedDay, 25)
      bytes.writeDoubleLE(version.accessedDay, 33)
      bytes.write(ids, FIXED, 'latin1')
      inline.copy(bytes, textAt)
      bytes.set(dataKey, keyAt)
      bytes.set(sealed, keyAt + dataKey.length)
      return bytes
    },
    unpack(record, { account, region }, name) {
      const number = record.readUInt16LE(0)
      const textAt = record.readUInt16LE(2)
      const keyAt = textAt + record.readUInt16LE(4)
      const ids = record.toString('latin1', FIXED, textAt)
      const suffixAt = record.readUInt8(6)
      const own = Buffer.allocUnsafe(record.length - keyAt)
      record.copy(own, 0, keyAt)
      const sealedAt = record.readUInt16LE(7)
      const common = number === INLINE ? commonOf(record.toString('utf8', textAt, keyAt)) : (commons[number] as Common)
      const { type, owningService, tags, kind, keyArn, defaultKey, labels } = common
      const deletedAt = record.readDoubleLE(17)
      return {
        secret: {
          account,
          region,
          id: ids.slice(0, suffixAt),
          arn: secretArn(region, account, name, ids.slice(suffixAt, suffixAt + SUFFIX)),
          name,
          type,
          owningService,
          tags,
          policy: undefined,
          rotation: undefined,
          accessedDay: record.readDoubleLE(25),
          deletedAt: Number.isNaN(deletedAt) ? undefined : deletedAt,
          nameless: false,
        },
        version: {
          id: ids.slice(suffixAt + SUFFIX),
          kind,
          createdAt: record.readDoubleLE(9),
          accessedDay: record.readDoubleLE(33),
          keyArn,
          defaultKey,
          labels,
          dataKey: own.subarray(0, sealedAt),
          sealed: own.subarray(sealedAt),
        },
      }
    },
  }
}
