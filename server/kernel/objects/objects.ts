/** Objects in buckets, as far as log files of a trail need them: put whole, replaced whole, never half there. */

/** What is known of an object besides its bytes. Names of `metadata` in lower case, values ASCII. */
export interface About {
  readonly contentType: string
  readonly contentEncoding?: string
  readonly metadata: Readonly<Record<string, string>>
  /** It is to be encrypted by who keeps it, with a key that only he has. */
  readonly encrypted?: true
}

/** An object without its bytes. */
export interface Found extends About {
  readonly key: string
  readonly sizeBytes: number
  /** Milliseconds. */
  readonly modifiedAt: number
  /** MD5 of the bytes, hex, without quotation marks. */
  readonly etag: string
}

/** Where objects are put. A put settles when the object would survive a power cut; the same put twice leaves one object. */
export interface ObjectSink {
  /** As statuses and logs name it, without anything secret: `folder`, `https://s3.example.com`. */
  readonly name: string
  /** Whoever keeps it encrypts by himself what is to be. */
  readonly encrypts?: true
  put(bucket: string, key: string, body: Uint8Array, about: About): Promise<void>
}

/** Where objects are read again. */
export interface Objects extends ObjectSink {
  head(bucket: string, key: string): Promise<Found | undefined>
  /** The whole object with its bytes. */
  read(bucket: string, key: string): Promise<{ readonly found: Found; readonly body: Buffer } | undefined>
  /** Objects whose key begins with `prefix` and comes after `after`, by the bytes of their keys. */
  walk(bucket: string, prefix: string, after: string): AsyncIterable<Found>
  /** Does nothing when there is none. */
  remove(bucket: string, key: string): Promise<void>
  /** Whether the bucket is free to be taken by `account`: nothing is in it but what was put for that account. */
  claimable(bucket: string, account: string): Promise<boolean>
  /** Says on the bucket itself whose it is. */
  claim(bucket: string, account: string): Promise<void>
}

/** An object can't be put. The message is for statuses and logs: what AWS would say, without paths and without anything secret. */
export class ObjectRefused extends Error {
  /** `NoSuchBucket`, `AccessDenied`, `DiskFull` … */
  readonly code: string

  constructor(code: string, text: string, cause?: unknown) {
    super(text, cause === undefined ? undefined : { cause })
    this.name = 'ObjectRefused'
    this.code = code
  }
}

const MOST_KEY = 1024
const MOST_SEGMENT = 200

/**
 * Whether a key can be a path below a bucket's folder: no empty segments, none that begins with a dot at the front, none that
 * leads elsewhere, no control characters. All other keys name nothing here.
 */
export function isPath(key: string): boolean {
  if (key.length === 0 || key.length > MOST_KEY || key.startsWith('.')) return false
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f\\]/.test(key)) return false
  return key.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..' && fits(segment))
}

const fits = (segment: string): boolean => Buffer.byteLength(segment) <= MOST_SEGMENT && !isTemporary(segment)

/** Names of files that are still being written; no object is called so. */
export const isTemporary = (name: string): boolean => name.startsWith('.') && name.endsWith('.part')

/** The rules of S3 for names of buckets. */
export function isBucket(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/\.\.|\.-|-\./.test(name)
}

/** Order of keys in listings: by their bytes. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
