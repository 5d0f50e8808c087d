import type { KeyObject } from 'node:crypto'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './delivery.sql.ts'
import { checkedDigest, checkedFile, checkedKey } from './rows.ts'

/** A digest as the store remembers it. Milliseconds. */
export interface KnownDigest {
  readonly bucket: string
  readonly object: string
  readonly account: string
  readonly home: string
  readonly name: string
  readonly region: string
  readonly end: number
  readonly hash: string
  readonly signature: string
  /** Taken away by the rule of retention. */
  readonly gone: boolean
}

/** A log file as the store remembers it. */
export interface KnownFile {
  readonly bucket: string
  readonly object: string
  readonly hash: string
  /** Of the file as it lies there, when it is encrypted. */
  readonly sealedHash: string | undefined
  readonly gone: boolean
}

/** What was delivered, as far as the store knows: what a folder can't say of itself. */
export interface Known {
  readonly digests: readonly KnownDigest[]
  readonly files: readonly KnownFile[]
  /** DER of PKCS #1. */
  readonly keys: readonly { readonly fingerprint: string; readonly value: Uint8Array }[]
}

/** Reads what was delivered. Throws RowForged for a row that somebody else wrote. `key`: of the vault, `cloudtrail/rows`. */
export async function knownIn(unit: Unit, key: KeyObject): Promise<Known> {
  const delivered = ({ state }: { readonly state: string }) => state !== 'making'
  const isGone = ({ state }: { readonly state: string }) => state === 'pruned' || state === 'gone'
  const digests = (await unit.all<sql.DigestRow>(sql.allDigests, {})).map((row) => checkedDigest(key, row))
  const files = (await unit.all<sql.FileRow>(sql.allFiles, {})).map((row) => checkedFile(key, row))
  const keys = (await unit.all<sql.KeyRow>(sql.allKeys, {})).map((row) => checkedKey(key, row))
  return {
    digests: digests.filter(delivered).map((row) => ({
      ...{ bucket: row.bucket, object: row.object, account: row.account, home: row.home, name: row.name },
      ...{ region: row.region, end: Number(row.end_at), hash: row.hash, signature: row.signature, gone: isGone(row) },
    })),
    files: files.filter(delivered).map((row) => ({
      ...{ bucket: row.bucket, object: row.object, hash: row.hash ?? '', gone: isGone(row) },
      sealedHash: row.sealed_hash ?? undefined,
    })),
    keys: keys.map(({ fingerprint, public_key: value }) => ({ fingerprint, value })),
  }
}
