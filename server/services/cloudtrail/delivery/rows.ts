import type { KeyObject } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { BucketRow, DigestRow, FileRow, KeyRow } from './delivery.sql.ts'

/**
 * The MACs of what decides where records go, which keys are ours, and what is known to be there. How far the work on a row is (`state`
 * of files and digests on their way) is covered too: nobody can say that a file was taken away by us who is not us.
 */

type Unsigned<Row> = Omit<Row, 'mac'>
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const number = (value: number | null): Field => (value === null ? null : Number(value))

const fileFields = (row: Unsigned<FileRow>): Field[] => [
  ...[row.bucket, row.object, row.account, row.home, row.name, number(row.started_at), row.region, row.state],
  ...[
    number(row.upto),
    row.hash,
    row.sealed_hash,
    number(row.oldest),
    number(row.newest),
    number(row.delivered_at),
    row.digest,
  ],
]
const digestFields = (row: Unsigned<DigestRow>): Field[] => [
  ...[row.bucket, row.object, row.account, row.home, row.name, number(row.started_at), row.region, row.state],
  ...[number(row.start_at), number(row.end_at), row.hash, row.signature, row.fingerprint, number(row.ended)],
]
const keyFields = (row: Unsigned<KeyRow>): Field[] => [
  ...[row.account, row.region, row.fingerprint, hex(row.public_key), number(row.from_at), number(row.to_at)],
  number(row.retired),
]
const bucketFields = (row: Unsigned<BucketRow>): Field[] => [
  row.bucket,
  row.account,
  row.region,
  number(row.created_at),
]

const signer =
  <Row extends { readonly mac: Uint8Array }>(table: string, fields: (row: Unsigned<Row>) => Field[]) =>
  (key: KeyObject, row: Unsigned<Row>): Row =>
    ({ ...row, mac: rowMac(key, table, fields(row)) }) as unknown as Row

const checker =
  <Row extends { readonly mac: Uint8Array }>(
    table: string,
    fields: (row: Unsigned<Row>) => Field[],
    name: (row: Row) => string,
  ) =>
  (key: KeyObject, row: Row): Row => {
    checkRow(key, table, fields(row as Unsigned<Row>), row.mac, name(row))
    return row
  }

export const signedFile = signer<FileRow>('trail_file', fileFields)
export const checkedFile = checker<FileRow>('trail_file', fileFields, ({ bucket, object }) => `${bucket}/${object}`)
export const signedDigest = signer<DigestRow>('trail_digest', digestFields)
export const checkedDigest = checker<DigestRow>(
  'trail_digest',
  digestFields,
  ({ bucket, object }) => `${bucket}/${object}`,
)
export const signedKey = signer<KeyRow>('trail_signing_key', keyFields)
export const checkedKey = checker<KeyRow>('trail_signing_key', keyFields, ({ fingerprint }) => fingerprint)
export const signedBucket = signer<BucketRow>('trail_bucket', bucketFields)
export const checkedBucket = checker<BucketRow>('trail_bucket', bucketFields, ({ bucket }) => bucket)
