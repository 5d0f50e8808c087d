import { mkdir, open, symlink } from 'node:fs/promises'
import { dirname, join, posix, sep } from 'node:path'
import { type Entry, fromBufferPromise } from 'yauzl'

/** A zip that is not unpacked: it is none, is too large, or leads out of its folder. For people. */
export class BadZip extends Error {}

export interface UnzipLimits {
  /** All files together, unpacked. */
  readonly bytes: number
  readonly entries: number
}

/** Source of the bytes: rotation.md 14. */
export const UNZIP_LIMITS: UnzipLimits = { bytes: 262_144_000, entries: 50_000 }

const FILE_TYPE = 0o170000
const LINK = 0o120000
const FOLDER = 0o040000
const REGULAR = 0o100000
/** Longest target of a link. */
const MOST_LINK = 1024
/** Folders in folders. */
const MOST_DEPTH = 64

/**
 * Unpacks `zip` into an empty folder. Nothing is written outside of it, nothing twice, and links, which are made last, do not
 * lead out of it. Files are readable by all; executable if the zip says so to anybody. Throws BadZip.
 */
export async function unzip(zip: Uint8Array, into: string, limits: UnzipLimits = UNZIP_LIMITS): Promise<void> {
  const links: { readonly name: string; readonly target: string }[] = []
  const made = new Set<string>([into])
  let entries = 0
  let bytes = 0
  const file = await fromBufferPromise(Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength), {
    lazyEntries: true,
    strictFileNames: true,
    validateEntrySizes: true,
  }).catch((cause) => {
    throw new BadZip('it is no zip file', { cause })
  })
  try {
    for await (const entry of file.eachEntry()) {
      if (++entries > limits.entries) throw new BadZip(`it holds more than ${limits.entries} files`)
      bytes += entry.uncompressedSize
      if (bytes > limits.bytes) throw new BadZip(`its files are larger than ${limits.bytes} bytes`)
      if (entry.isEncrypted()) throw new BadZip('it is encrypted')
      const name = nameOf(entry)
      const mode = entry.externalFileAttributes >>> 16
      const kind = mode & FILE_TYPE
      const path = join(into, name)
      if (entry.fileName.endsWith('/') || kind === FOLDER) {
        await folder(path, made)
        continue
      }
      if (kind === LINK) {
        if (entry.uncompressedSize > MOST_LINK) throw new BadZip('a link in it is too long')
        links.push({ name, target: (await contentOf(await file.openReadStreamPromise(entry))).toString('utf8') })
        continue
      }
      if (kind !== REGULAR && kind !== 0) throw new BadZip(`${shown(name)} in it is neither file, folder nor link`)
      await folder(dirname(path), made)
      const out = await open(path, 'wx', (mode & 0o111) === 0 ? 0o644 : 0o755)
      try {
        // A stream that nobody listens to would fail unheard: it is opened last.
        const stream = await file.openReadStreamPromise(entry)
        for await (const chunk of stream) await out.appendFile(chunk as Buffer)
      } finally {
        await out.close()
      }
    }
    const linked = new Set(links.map(({ name }) => name))
    for (const { name, target } of links) {
      if (leadsOut(name, target)) throw new BadZip(`the link ${shown(name)} in it leads out of its folder`)
      // What is made below a link is made where that leads.
      if (foldersOf(name).some((above) => linked.has(above)))
        throw new BadZip(`the link ${shown(name)} in it lies below another link`)
      await folder(dirname(join(into, name)), made)
      await symlink(target, join(into, name))
    }
  } catch (error) {
    throw refusalOf(error)
  } finally {
    file.close()
  }
}

function nameOf(entry: Entry): string {
  const name = posix.normalize(entry.fileName).replace(/\/$/, '')
  const parts = name.split('/')
  // The reader has refused absolute names and those with `..`; what it does not look at is looked at here.
  if (posix.isAbsolute(name) || parts.includes('..') || name.includes('\0') || sep === '\\') {
    throw new BadZip(`${shown(name)} in it leads out of its folder`)
  }
  if (parts.length > MOST_DEPTH) throw new BadZip(`${shown(name)} in it lies too deep`)
  return name
}

/**
 * Whether a link may lead out of the folder of the zip. It climbs only at its beginning, where it stands, which is below no other
 * link: a `..` behind a name could climb from where another link leads.
 */
function leadsOut(name: string, target: string): boolean {
  if (target === '' || posix.isAbsolute(target) || target.includes('\0')) return true
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const climbs = parts.lastIndexOf('..') + 1
  return parts.slice(0, climbs).some((part) => part !== '..') || climbs > foldersOf(name).length
}

/** `a/b/c`: `a`, `a/b`. */
function foldersOf(name: string): string[] {
  const parts = name.split('/').slice(0, -1)
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'))
}

/** Makes a folder and those above it; `made`: those that are there. */
async function folder(path: string, made: Set<string>): Promise<void> {
  if (made.has(path)) return
  await folder(dirname(path), made)
  await mkdir(path, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    // A file of that name is no folder: what goes into it fails next.
    if (error.code !== 'EEXIST') throw error
  })
  made.add(path)
}

async function contentOf(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** What goes wrong with the machine is ours; everything else is the zip's fault. */
function refusalOf(error: unknown): unknown {
  if (error instanceof BadZip) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EEXIST') return new BadZip('it holds two files of one name', { cause: error })
  if (code === 'ENOTDIR') return new BadZip('a file in it lies in another file', { cause: error })
  if (code === 'ENAMETOOLONG') return new BadZip('a name in it is too long', { cause: error })
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return error
  return new BadZip(`it can't be read: ${shown(String(message))}`, { cause: error })
}

/** A name from a zip must not paint anybody's terminal. */
const shown = (text: string) => text.slice(0, 200).replace(/[^\x20-\x7e]/g, '?')
