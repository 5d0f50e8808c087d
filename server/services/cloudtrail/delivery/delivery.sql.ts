import { statement } from '#kernel/storage/storage'

export interface SessionRow {
  readonly account: string
  readonly home: string
  readonly name: string
  readonly started_at: number
  readonly sealed: Uint8Array
}
export interface PartRow {
  readonly account: string
  readonly home: string
  readonly name: string
  readonly started_at: number
  readonly region: string
  readonly seq: number
  readonly records: number
  readonly size_bytes: number
  readonly oldest: number
  readonly newest: number
  readonly sealed: Uint8Array
}
export interface FileRow {
  readonly bucket: string
  readonly object: string
  readonly account: string
  readonly home: string
  readonly name: string
  readonly started_at: number
  readonly region: string
  /** `making`, `there`, `pruned`, `gone` */
  readonly state: string
  readonly upto: number
  readonly hash: string | null
  /** SHA-256 of the encrypted file, when it is. */
  readonly sealed_hash: string | null
  readonly oldest: number | null
  readonly newest: number | null
  readonly delivered_at: number | null
  /** Object of the digest that names it; empty: none will. */
  readonly digest: string | null
  readonly mac: Uint8Array
}
export interface DigestRow {
  readonly bucket: string
  readonly object: string
  readonly account: string
  readonly home: string
  readonly name: string
  readonly started_at: number
  readonly region: string
  readonly state: string
  readonly start_at: number
  readonly end_at: number
  readonly hash: string
  readonly signature: string
  readonly fingerprint: string
  /** 1: the last of its chain. */
  readonly ended: number
  readonly sealed: Uint8Array | null
  readonly mac: Uint8Array
}
export interface KeyRow {
  readonly account: string
  readonly region: string
  readonly fingerprint: string
  readonly public_key: Uint8Array
  readonly sealed: Uint8Array
  readonly from_at: number
  readonly to_at: number
  readonly retired: number
  readonly mac: Uint8Array
}
export interface BucketRow {
  readonly bucket: string
  readonly account: string
  readonly region: string
  readonly created_at: number
  readonly mac: Uint8Array
}

/** A statement that puts a row down, or over the one with its key. */
function upsert(table: string, key: readonly string[], rest: readonly string[]) {
  const all = [...key, ...rest]
  return statement(
    `${table}/put`,
    `insert into ${table} (${all.join(', ')}) values (${all.map((name) => `:${name}`).join(', ')})
     on conflict (${key.join(', ')}) do update set ${rest.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  )
}

const SESSION = 'account = :account and home = :home and name = :name and started_at = :started_at'
const STREAM = `${SESSION} and region = :region`

export const putSession = upsert('trail_session', ['account', 'home', 'name', 'started_at'], ['sealed'])
export const sessions = statement(
  'trail_session/all',
  'select * from trail_session order by account, home, name, started_at',
)
export const sessionsOf = statement(
  'trail_session/of',
  'select * from trail_session where account = :account and home = :home and name = :name order by started_at',
)
export const lockSession = statement('trail_session/lock', `select * from trail_session where ${SESSION} for update`)
export const removeSession = statement('trail_session/remove', `delete from trail_session where ${SESSION}`)

export const lastPart = statement(
  'trail_part/last',
  `select seq from trail_part where ${STREAM} order by seq desc limit 1`,
)
export const lastFile = statement('trail_file/last', `select max(upto) as upto from trail_file where ${STREAM}`)
export const addPart = statement(
  'trail_part/add',
  `insert into trail_part (account, home, name, started_at, region, seq, records, size_bytes, oldest, newest, sealed)
   values (:account, :home, :name, :started_at, :region, :seq, :records, :size_bytes, :oldest, :newest, :sealed)`,
)
/** Without their content. */
export const partsOf = statement(
  'trail_part/of-session',
  `select region, seq, size_bytes from trail_part where ${SESSION} order by region, seq`,
)
export const part = statement('trail_part/find', `select * from trail_part where ${STREAM} and seq = :seq`)
export const partSequences = statement(
  'trail_part/sequences',
  `select seq from trail_part where ${STREAM} and seq <= :upto order by seq`,
)
export const removeParts = statement('trail_part/remove', `delete from trail_part where ${STREAM} and seq <= :upto`)

const FILE = [
  ...['account', 'home', 'name', 'started_at', 'region', 'state', 'upto', 'hash', 'sealed_hash', 'oldest', 'newest'],
  ...['delivered_at', 'digest', 'mac'],
]
export const putFile = upsert('trail_file', ['bucket', 'object'], FILE)
export const fileInMaking = statement(
  'trail_file/in-making',
  `select * from trail_file where ${STREAM} and state = 'making' limit 1`,
)
export const filesToDigest = statement(
  'trail_file/to-digest',
  `select * from trail_file where ${STREAM} and state = 'there' and digest is null and delivered_at <= :until
   order by delivered_at, object`,
)
export const filesOfDigest = statement(
  'trail_file/of-digest',
  'select * from trail_file where digest = :digest order by object',
)
/** Those that no digest names and none will. */
export const filesBefore = statement(
  'trail_file/before',
  `select * from trail_file where state = 'there' and delivered_at < :before and digest = '' order by delivered_at limit 500`,
)
export const filesPruned = statement('trail_file/pruned', `select * from trail_file where state = 'pruned' limit 500`)
export const allFiles = statement('trail_file/all', 'select * from trail_file order by bucket, object')

const DIGEST = [
  ...['account', 'home', 'name', 'started_at', 'region', 'state', 'start_at', 'end_at', 'hash', 'signature'],
  ...['fingerprint', 'ended', 'sealed', 'mac'],
]
export const putDigest = upsert('trail_digest', ['bucket', 'object'], DIGEST)
export const newestDigest = statement(
  'trail_digest/newest',
  `select * from trail_digest where account = :account and home = :home and name = :name and region = :region
   order by end_at desc limit 1`,
)
/** The newest of a chain is what the next one, or who verifies, goes on from: it is not among them. */
export const digestsBefore = statement(
  'trail_digest/before',
  `select * from trail_digest d where state = 'there' and end_at < :before and exists (
     select 1 from trail_digest l where l.account = d.account and l.home = d.home and l.name = d.name
     and l.region = d.region and l.end_at > d.end_at)
   order by end_at limit 100`,
)
export const digestsPruned = statement(
  'trail_digest/pruned',
  `select * from trail_digest where state = 'pruned' limit 500`,
)
export const allDigests = statement('trail_digest/all', 'select * from trail_digest order by bucket, object')

export const addKey = upsert(
  'trail_signing_key',
  ['account', 'region', 'fingerprint'],
  ['public_key', 'sealed', 'from_at', 'to_at', 'retired', 'mac'],
)
export const keysOf = statement(
  'trail_signing_key/of',
  'select * from trail_signing_key where account = :account and region = :region order by from_at, fingerprint',
)
export const allKeys = statement(
  'trail_signing_key/all',
  'select * from trail_signing_key order by account, region, from_at',
)

export const addBucket = statement(
  'trail_bucket/add',
  `insert into trail_bucket (bucket, account, region, created_at, mac) values (:bucket, :account, :region, :created_at, :mac)`,
)
export const bucket = statement('trail_bucket/find', 'select * from trail_bucket where bucket = :bucket')
export const bucketsOf = statement(
  'trail_bucket/of',
  'select * from trail_bucket where account = :account order by bucket collate bytes',
)
