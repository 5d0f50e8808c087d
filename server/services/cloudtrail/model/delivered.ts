/** How log files and digest files are called, and what digests say. Source: surroundings.md 1.6, 1.7. Pure. */

/** One stream of files: the records of one Region in one trail. `home`: where the trail was made. */
export interface Stream {
  readonly account: string
  readonly home: string
  readonly name: string
  readonly region: string
}

/** `20260102T030405Z` of milliseconds. */
const basicTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
/** `2026-01-02T03:04:05Z` of milliseconds. */
export const isoTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll('-', '/')
const below = (prefix: string | undefined): string => (prefix === undefined || prefix === '' ? '' : `${prefix}/`)

/** The key of a log file that is delivered at `ms`. `unique`: 16 letters and digits. */
export function logKey(prefix: string | undefined, { account, region }: Stream, ms: number, unique: string): string {
  const minute = `${basicTime(ms).slice(0, 13)}Z`
  return `${below(prefix)}AWSLogs/${account}/CloudTrail/${region}/${day(ms)}/${account}_CloudTrail_${region}_${minute}_${unique}.json.gz`
}

/** The key of the digest file that ends at `ms`. */
export function digestKey(prefix: string | undefined, { account, home, name, region }: Stream, ms: number): string {
  return `${below(prefix)}AWSLogs/${account}/CloudTrail-Digest/${region}/${day(ms)}/${account}_CloudTrail-Digest_${region}_${name}_${home}_${basicTime(ms)}.json.gz`
}

/** A log file as a digest names it. Times in milliseconds. */
export interface LogFile {
  readonly bucket: string
  readonly object: string
  /** SHA-256 of the uncompressed file, hex. Source: trap 6. */
  readonly hash: string
  readonly oldest: number
  readonly newest: number
}

/** A digest that came before in the same chain. */
export interface Previous {
  readonly bucket: string
  readonly object: string
  readonly hash: string
  readonly signature: string
}

/** What a digest says. Times in milliseconds. */
export interface Digest extends Stream {
  readonly start: number
  readonly end: number
  readonly bucket: string
  readonly object: string
  readonly fingerprint: string
  /** Undefined: it starts a chain. */
  readonly previous: Previous | undefined
  readonly files: readonly LogFile[]
}

/** The text of a digest file, in AWS's order of members. */
export function digestText(digest: Digest): string {
  const { previous, files } = digest
  const newest = files.length === 0 ? null : isoTime(Math.max(...files.map((file) => file.newest)))
  const oldest = files.length === 0 ? null : isoTime(Math.min(...files.map((file) => file.oldest)))
  return JSON.stringify({
    awsAccountId: digest.account,
    digestStartTime: isoTime(digest.start),
    digestEndTime: isoTime(digest.end),
    digestS3Bucket: digest.bucket,
    digestS3Object: digest.object,
    digestPublicKeyFingerprint: digest.fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: newest,
    oldestEventTime: oldest,
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.object ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous === undefined ? null : 'SHA-256',
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map((file) => ({
      s3Bucket: file.bucket,
      s3Object: file.object,
      hashValue: file.hash,
      hashAlgorithm: 'SHA-256',
      newestEventTime: isoTime(file.newest),
      oldestEventTime: isoTime(file.oldest),
    })),
  })
}

/** What is signed of a digest. `end` as in the digest itself. Source: surroundings.md 1.7; a first one has the word `null`, trap 6. */
export function textToSign(end: string, bucket: string, object: string, hash: string, previous: string | null): string {
  return `${end}\n${bucket}/${object}\n${hash}\n${previous ?? 'null'}`
}
