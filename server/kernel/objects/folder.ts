import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type About,
  byBytes,
  type Found,
  isBucket,
  isPath,
  isTemporary,
  ObjectRefused,
  type Objects,
} from '#kernel/objects/objects'

/** What an object's file can't hold stands beside it, in a tree of its own in the same bucket. */
const BESIDE = '.metadata'
const OWNER = 'owner.json'
/** Only we read and write what lies here; the operator may open it up. */
const DIRECTORY_MODE = 0o750
const FILE_MODE = 0o640
const MOST_BESIDE = 16 * 1024

interface Beside extends About {
  readonly etag: string
}

/**
 * A folder whose subfolders are buckets, one file for each object. A file appears under its name when all of it is on the
 * disk: it is written under another name, flushed, and renamed. What S3 calls metadata is written first, so that no object
 * is ever without.
 */
export function folderOf(root: string): Objects {
  const place = (bucket: string, key: string): string | undefined =>
    isBucket(bucket) && isPath(key) ? join(root, bucket, key) : undefined
  const besideOf = (bucket: string, key: string) => join(root, bucket, BESIDE, `${key}.json`)

  const foundAt = async (bucket: string, key: string): Promise<{ found: Found; body: Buffer } | undefined> => {
    const file = place(bucket, key)
    const read = file === undefined ? undefined : await contentOf(file)
    if (read === undefined) return undefined
    const { body, modifiedAt } = read
    const about = await aboutOf(besideOf(bucket, key))
    return { found: { key, sizeBytes: body.length, modifiedAt, ...about, etag: md5(body) }, body }
  }

  return {
    name: 'folder',
    async put(bucket, key, body, about) {
      const file = place(bucket, key)
      if (file === undefined) throw new ObjectRefused('InvalidKey', 'the bucket or the key is no path below the folder')
      try {
        const beside: Beside = { ...about, etag: md5(body) }
        await write(besideOf(bucket, key), Buffer.from(`${JSON.stringify(beside)}\n`), root)
        await write(file, body, root)
      } catch (error) {
        throw refusedBy(error)
      }
    },
    head: async (bucket, key) => (await foundAt(bucket, key))?.found,
    read: foundAt,
    async *walk(bucket, prefix, after) {
      if (!isBucket(bucket)) return
      for await (const { key, sizeBytes, modifiedAt } of filesBelow(join(root, bucket), '', prefix, after)) {
        const about = await aboutOf(besideOf(bucket, key))
        // The bytes of one without are not read for a listing: what it is called there says no more than that it changed.
        yield {
          key,
          sizeBytes,
          modifiedAt,
          ...about,
          etag: about.etag ?? md5(Buffer.from(`${sizeBytes} ${modifiedAt}`)),
        }
      }
    },
    async remove(bucket, key) {
      const file = place(bucket, key)
      if (file === undefined) return
      await without(unlink(file))
      await without(unlink(besideOf(bucket, key)))
      // Days that are empty now; one that is not stays.
      for (const each of [file, besideOf(bucket, key)]) await prune(dirname(each), join(root, bucket))
    },
    async claimable(bucket, account) {
      if (!isBucket(bucket)) return false
      const owner = await contentOf(join(root, bucket, BESIDE, OWNER))
      if (owner !== undefined) return ownerIn(owner.body) === account
      try {
        return (await readdir(join(root, bucket))).length === 0
      } catch (error) {
        return isMissing(error)
      }
    },
    async claim(bucket, account) {
      if (!isBucket(bucket)) throw new ObjectRefused('InvalidBucketName', 'no name of a bucket')
      try {
        await write(join(root, bucket, BESIDE, OWNER), Buffer.from(`${JSON.stringify({ account })}\n`), root)
      } catch (error) {
        throw refusedBy(error)
      }
    },
  }
}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

function ownerIn(body: Buffer): string | undefined {
  try {
    return (JSON.parse(body.toString()) as { account?: string }).account
  } catch {
    return undefined
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '')
const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error))

async function without(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!isMissing(error)) throw error
  })
}

/** What a person is told of an error of the system: no paths. */
function refusedBy(error: unknown): ObjectRefused {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new ObjectRefused('DiskFull', 'there is no room left in the folder', error)
    case 'EROFS':
      return new ObjectRefused('ReadOnly', 'the folder is on a file system that is read-only', error)
    case 'EACCES':
    case 'EPERM':
    case 'ELOOP':
      return new ObjectRefused('AccessDenied', 'the folder may not be written', error)
    default:
      return new ObjectRefused(codeOf(error) || 'Failed', 'the folder can not be written', error)
  }
}

/** Writes a file whole: under another name, flushed, renamed, and the folder flushed too. */
async function write(file: string, body: Uint8Array, root: string): Promise<void> {
  const folder = dirname(file)
  await makeFolder(folder, root)
  const part = join(folder, `.${file.slice(folder.length + 1)}.part`)
  const handle = await open(
    part,
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
    FILE_MODE,
  )
  try {
    await handle.writeFile(body)
    await handle.sync()
  } catch (error) {
    await handle.close()
    // what was written of it takes room that is needed
    await without(unlink(part))
    throw error
  }
  await handle.close()
  await rename(part, file)
  await flush(folder)
}

/** Makes a folder and those above it, each of them flushed into its parent. */
async function makeFolder(folder: string, root: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: DIRECTORY_MODE })
  if (first === undefined) return
  for (let each = folder; each.length >= first.length && each.length > root.length; each = dirname(each))
    await flush(dirname(each))
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes folders that are empty, up to `top`. */
async function prune(folder: string, top: string): Promise<void> {
  for (let each = folder; each.length > top.length; each = dirname(each)) {
    try {
      await rmdir(each)
    } catch {
      // not empty, or gone: either way there is nothing more to do above it
      return
    }
  }
}

async function contentOf(file: string): Promise<{ body: Buffer; modifiedAt: number } | undefined> {
  let handle: Awaited<ReturnType<typeof open>>
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isMissing(error) || codeOf(error) === 'ELOOP') return undefined
    throw error
  }
  try {
    const status = await handle.stat()
    if (!status.isFile()) return undefined
    return { body: await handle.readFile(), modifiedAt: Math.floor(status.mtimeMs) }
  } finally {
    await handle.close()
  }
}

const PLAIN: About = { contentType: 'application/octet-stream', metadata: {} }

/** What stands beside an object; one that somebody else put there has nothing. */
async function aboutOf(file: string): Promise<About & { readonly etag?: string }> {
  const read = await contentOf(file)
  if (read === undefined || read.body.length > MOST_BESIDE) return PLAIN
  try {
    const { contentType, contentEncoding, metadata, etag } = JSON.parse(read.body.toString()) as Partial<Beside>
    const good = Object.entries(metadata ?? {}).filter(
      ([name, value]) => /^[a-z0-9-]{1,64}$/.test(name) && /^[\x20-\x7e]{0,2048}$/.test(String(value)),
    )
    const isText = (text: unknown): text is string => typeof text === 'string' && /^[\x21-\x7e]{1,100}$/.test(text)
    return {
      contentType: isText(contentType) ? contentType : PLAIN.contentType,
      ...(isText(contentEncoding) ? { contentEncoding } : {}),
      metadata: Object.fromEntries(good.map(([name, value]) => [name, String(value)])),
      ...(typeof etag === 'string' && /^[0-9a-f]{32}$/.test(etag) ? { etag } : {}),
    }
  } catch {
    return PLAIN
  }
}

interface File {
  readonly key: string
  readonly sizeBytes: number
  readonly modifiedAt: number
}

/** The files below a folder in the order of their keys; whole folders that can't hold what is asked for are passed over. */
async function* filesBelow(folder: string, path: string, prefix: string, after: string): AsyncGenerator<File> {
  let entries: { name: string; directory: boolean }[]
  try {
    entries = (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => (path !== '' || !entry.name.startsWith('.')) && !isTemporary(entry.name))
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => ({ name: entry.name, directory: entry.isDirectory() }))
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  const keyed = entries.map(({ name, directory }) => ({ key: path + name + (directory ? '/' : ''), directory }))
  for (const { key, directory } of keyed.sort((a, b) => byBytes(a.key, b.key))) {
    if (!key.startsWith(prefix) && !(directory && prefix.startsWith(key))) continue
    if (directory) {
      // everything in it comes before
      if (byBytes(key, after) < 0 && !after.startsWith(key)) continue
      yield* filesBelow(join(folder, key.slice(path.length, -1)), key, prefix, after)
    } else if (byBytes(key, after) > 0 && isPath(key)) {
      try {
        const status = await lstat(join(folder, key.slice(path.length)))
        yield { key, sizeBytes: status.size, modifiedAt: Math.floor(status.mtimeMs) }
      } catch (error) {
        // removed meanwhile
        if (!isMissing(error)) throw error
      }
    }
  }
}
