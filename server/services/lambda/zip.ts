import { createHash } from 'node:crypto'
import { type Entry, fromBufferPromise } from 'yauzl'
import { notUnzipped, unzippedTooLarge, zipTooLarge } from './model/refusals.ts'

/** Code as it comes: a zip that must be one, and must unpack into a folder and nowhere else. Source: rotation.md 14. */

export interface ZipLimits {
  /** Of the zip, and of all its files. */
  readonly bytes: number
  readonly unzippedBytes: number
  /** Files and folders in it. */
  readonly entries: number
}

/** Assumed: how many entries there may be; AWS does not say, and each of them costs the disk a file. */
const AWS_LIMITS: ZipLimits = { bytes: 52_428_800, unzippedBytes: 262_144_000, entries: 50_000 }
/** Folders in folders. */
const MOST_DEPTH = 64
const MOST_LINK_BYTES = 1024

const FILE_TYPE = 0o170000
const LINK = 0o120000
const FOLDER = 0o040000
const REGULAR = 0o100000

/**
 * Reads a zip to its end, nothing of it is kept; answers its hash. What it says of its sizes is held against what comes out.
 * Throws Lambda's refusals.
 */
export async function inspectZip(zip: Uint8Array, limits = AWS_LIMITS): Promise<string> {
  if (zip.length > limits.bytes) throw zipTooLarge()
  const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength)
  const options = { lazyEntries: true, strictFileNames: true, validateEntrySizes: true }
  const file = await fromBufferPromise(bytes, options).catch(() => {
    throw notUnzipped()
  })
  const names = new Set<string>()
  const links = new Set<string>()
  let unzipped = 0
  try {
    for await (const entry of file.eachEntry()) {
      if (names.size >= limits.entries || entry.isEncrypted()) throw notUnzipped()
      unzipped += entry.uncompressedSize
      if (unzipped > limits.unzippedBytes) throw unzippedTooLarge()
      const kind = kindOf(entry)
      const name = checkedName(entry)
      if (kind !== 'folder' && names.has(name)) throw notUnzipped()
      names.add(name)
      if (kind === 'folder') continue
      const content = await file.openReadStreamPromise(entry)
      if (kind === 'link') {
        checkLink(name, await textOf(content))
        links.add(name)
      } else for await (const _ of content);
    }
  } catch (error) {
    // The reader says what is wrong in words that are not AWS's.
    throw error instanceof Error && error.name === 'ApiError' ? error : notUnzipped()
  } finally {
    file.close()
  }
  if (names.size === 0) throw notUnzipped()
  // What is made below a link is made where that leads.
  if (links.size > 0) {
    for (const name of names) for (const above of foldersOf(name)) if (links.has(above)) throw notUnzipped()
  }
  return createHash('sha256').update(bytes).digest('base64')
}

function kindOf(entry: Entry): 'file' | 'folder' | 'link' {
  const kind = (entry.externalFileAttributes >>> 16) & FILE_TYPE
  if (entry.fileName.endsWith('/') || kind === FOLDER) return 'folder'
  if (kind === LINK) {
    if (entry.uncompressedSize > MOST_LINK_BYTES) throw notUnzipped()
    return 'link'
  }
  if (kind !== REGULAR && kind !== 0) throw notUnzipped()
  return 'file'
}

/** The reader has refused absolute names, drives, backslashes and `..`; what it does not look at is looked at here. */
function checkedName({ fileName }: Entry): string {
  const parts = fileName.split('/').filter((part) => part !== '' && part !== '.')
  if (fileName.startsWith('/') || fileName.includes('\0') || parts.includes('..') || parts.length > MOST_DEPTH)
    throw notUnzipped()
  return parts.join('/')
}

/** A link must not lead out of the folder: it climbs only at its beginning, since what follows may be a link itself. */
function checkLink(name: string, target: string): void {
  if (target === '' || target.startsWith('/') || target.includes('\0')) throw notUnzipped()
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const climbs = parts.lastIndexOf('..') + 1
  if (parts.slice(0, climbs).some((part) => part !== '..') || climbs > foldersOf(name).length) throw notUnzipped()
}

/** `a/b/c`: `a`, `a/b`. */
function foldersOf(name: string): string[] {
  const parts = name.split('/').slice(0, -1)
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'))
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
