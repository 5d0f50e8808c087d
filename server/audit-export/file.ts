import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { Clock } from '#kernel/clock'
import type { ExportSettings } from '../config/outlets.ts'
import { ExportFailed, type Sink } from './sink.ts'

const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700
/** How far back a line that was cut off by a crash can begin: longer than any record. */
const TAIL_BYTES = 1024 * 1024
const NEWLINE = 0x0a

interface Opened {
  readonly handle: FileHandle
  readonly inode: number
  /** What of it is whole lines, flushed. */
  good: number
  /** The UTC day of its lines. */
  day: string
}

/**
 * A file of one record per line (JSON lines), flushed after each batch. When it is full, or another day has begun, it is set aside under
 * a name with the time. A line is in it whole or not at all: what a crash or a full disk left of one is cut off again.
 */
export function fileSink(settings: Extract<ExportSettings, { kind: 'file' }>, clock: Clock): Sink {
  const { path, sizeBytes, keep } = settings
  let current: Opened | undefined

  const today = () => new Date(clock.now()).toISOString().slice(0, 10)

  async function opened(): Promise<Opened> {
    if (current !== undefined && (await isThere(current.inode))) return current
    await close()
    await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE })
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
    const handle = await open(path, flags, FILE_MODE)
    try {
      const { size, mtimeMs, ino, isFile } = await handle.stat().then((found) => ({
        ...{ size: found.size, mtimeMs: found.mtimeMs, ino: found.ino, isFile: found.isFile() },
      }))
      if (!isFile) throw new ExportFailed('the file that records are exported to is no plain file')
      const good = await wholeLines(handle, size)
      if (good < size) await handle.truncate(good)
      const day = good === 0 ? today() : new Date(mtimeMs).toISOString().slice(0, 10)
      current = { handle, inode: ino, good, day }
      await flushFolder(dirname(path))
      return current
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Whether the file under our path is the one that is open: others may have moved it away. */
  async function isThere(inode: number): Promise<boolean> {
    try {
      return (await stat(path)).ino === inode
    } catch {
      return false
    }
  }

  async function close(): Promise<void> {
    const closing = current
    current = undefined
    await closing?.handle.close()
  }

  /** Sets the file aside when it is full or of another day. */
  async function turned(): Promise<Opened> {
    const found = await opened()
    if (found.good === 0) {
      found.day = today()
      return found
    }
    if (found.good < sizeBytes && found.day === today()) return found
    await close()
    await rename(path, await freeName())
    await flushFolder(dirname(path))
    await forgetOld()
    return opened()
  }

  async function freeName(): Promise<string> {
    const time = new Date(clock.now()).toISOString().slice(0, 19).replace(/[-:]/g, '')
    const names = new Set(await readdir(dirname(path)))
    for (let count = 1; ; count++) {
      const name = asideName(`${time}Z${count === 1 ? '' : `-${String(count).padStart(3, '0')}`}`)
      if (!names.has(name)) return join(dirname(path), name)
    }
  }

  const asideName = (mark: string): string => {
    const extension = extname(path)
    return `${basename(path, extension)}-${mark}${extension}`
  }

  async function forgetOld(): Promise<void> {
    if (keep === undefined) return
    const [before = '', after = ''] = asideName('\0').split('\0')
    const aside = (await readdir(dirname(path)))
      .filter((name) => name.startsWith(before) && name.endsWith(after))
      .filter((name) => /^\d{8}T\d{6}Z(-\d{3,})?$/.test(name.slice(before.length, name.length - after.length)))
      .sort()
    for (const name of aside.slice(0, Math.max(0, aside.length - keep))) await unlink(join(dirname(path), name))
  }

  return {
    async send(records) {
      try {
        const found = await turned()
        const bytes = Buffer.from(records.map(({ record }) => `${record}\n`).join(''))
        try {
          for (let at = 0; at < bytes.length; ) at += (await found.handle.write(bytes, at)).bytesWritten
          await found.handle.sync()
          found.good += bytes.length
        } catch (error) {
          // Taken back, so that no reader meets half a line, and nobody the same lines twice.
          await found.handle.truncate(found.good).catch(() => undefined)
          throw error
        }
      } catch (error) {
        await close().catch(() => undefined)
        throw error instanceof ExportFailed ? error : refused(error)
      }
    },
    close,
  }
}

/** How many of the first `size` bytes are whole lines. */
async function wholeLines(handle: FileHandle, size: number): Promise<number> {
  const length = Math.min(size, TAIL_BYTES)
  const tail = Buffer.alloc(length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(tail, at, length - at, size - length + at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return size - length + tail.lastIndexOf(NEWLINE) + 1
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function refused(error: unknown): ExportFailed {
  const code = String((error as { code?: unknown }).code ?? 'unknown')
  const words: Readonly<Record<string, string>> = {
    ENOSPC: 'there is no room left on the disk',
    EDQUOT: 'there is no room left on the disk',
    EFBIG: 'the file can not grow',
    EROFS: 'the file system is read-only',
    EACCES: 'the file may not be written',
    EPERM: 'the file may not be written',
    ELOOP: 'the file is a link',
  }
  return new ExportFailed(words[code] ?? `the file can not be written (${code})`, error)
}
