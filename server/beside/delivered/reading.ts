import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { isEncrypted } from '../../services/cloudtrail/delivery/encryption.ts'
import type { Tell } from './verdict.ts'

/** What lies in a folder of delivered files, as it is read: whoever altered it may have made it anything. */

const MOST_FILE = 128 * 1024 * 1024
const MOST_UNPACKED = 512 * 1024 * 1024
/** Names of digest files: account, Region, trail, home, time. */
export const DIGEST =
  /AWSLogs\/(\d{12})\/CloudTrail-Digest\/([a-z0-9-]+)\/\d{4}\/\d\d\/\d\d\/\1_CloudTrail-Digest_\2_(.+)_([a-z0-9-]+)_(\d{8}T\d{6}Z)\.json\.gz$/
/** Names of log files. */
export const LOG =
  /AWSLogs\/(\d{12})\/CloudTrail\/([a-z0-9-]+)\/\d{4}\/\d\d\/\d\d\/\1_CloudTrail_\2_(\d{8}T\d{4})Z_\w{16}\.json\.gz$/

/** A digest file, with the signature that stands beside it. */
export interface Digest {
  readonly file: string
  readonly bucket: string
  readonly object: string
  readonly stream: string
  readonly time: string
  readonly hash: string
  readonly signature: string | undefined
  readonly said: Readonly<Record<string, unknown>>
}

/** Whether what stands beside a log file says that it is encrypted. */
export async function isSealed(folder: string, file: string, prefixes: ReadonlyMap<string, string>): Promise<boolean> {
  const top =
    [...prefixes.values()].find((each) => each.length === 0 || file.startsWith(each)) ?? `${file.split('/')[0]}/`
  const beside = await contentOf(folder, `${top}.metadata/${file.slice(top.length)}.json`)
  const metadata = beside === undefined ? undefined : objectIn(beside)?.metadata
  return isEncrypted(metadata as Readonly<Record<string, unknown>> | undefined)
}

/** Reads a digest file; undefined, and told, when it is none or says that it lies elsewhere. */
export async function readDigest(folder: string, file: string, problem: Tell): Promise<Digest | undefined> {
  const [, account, region, name, home, time = ''] = DIGEST.exec(file) ?? []
  const content = unpacked(await contentOf(folder, file))
  const said = content === undefined ? undefined : objectIn(content)
  if (content === undefined || said === undefined) {
    problem('digest-unreadable', file, 'it is not what a digest file is')
    return undefined
  }
  const [bucket, object] = [String(said.digestS3Bucket), String(said.digestS3Object)]
  if (!file.endsWith(object) || !['', '/'].includes(file.slice(0, file.length - object.length).slice(-1))) {
    problem('digest-moved', file, 'it says that it lies elsewhere')
    return undefined
  }
  const top = file.slice(0, file.length - object.length)
  const beside = await contentOf(folder, `${top}.metadata/${object}.json`)
  const metadata = beside === undefined ? undefined : objectIn(beside)?.metadata
  const signature = (metadata as { signature?: unknown } | undefined)?.signature
  return {
    ...{ file, bucket, object, stream: [account, region, name, home].join(' '), time, said },
    hash: createHash('sha256').update(content).digest('hex'),
    signature: typeof signature === 'string' ? signature : undefined,
  }
}

/** All plain files below a folder, from there, with `/`; what begins with a dot at the top of a bucket is ours. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.replace(/\/+$/, '').length + 1))
    .map((file) => file.split(sep).join('/'))
    .filter((file) => !file.split('/').some((segment) => segment.startsWith('.')))
}

/** The bytes of a file; undefined when it is not there, no plain file, or too large. */
export async function contentOf(folder: string, file: string): Promise<Buffer | undefined> {
  try {
    const handle = await open(join(folder, file), constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const { size } = await handle.stat()
      return size > MOST_FILE ? undefined : await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(String((error as { code?: unknown }).code))) return undefined
    throw error
  }
}

function unpacked(bytes: Buffer | undefined): Buffer | undefined {
  if (bytes === undefined) return undefined
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_UNPACKED })
  } catch {
    return undefined
  }
}

/** The SHA-256 of what is packed in a file. */
export function hashOf(bytes: Buffer | undefined): string | undefined {
  const content = unpacked(bytes)
  return content === undefined ? undefined : createHash('sha256').update(content).digest('hex')
}

function objectIn(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
