import { existsSync } from 'node:fs'
import { lstat, opendir, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What functions leave on the disk, found and measured. */

/** Folders of the machine where anybody can leave files. */
const COMMON_FOLDERS = ['/tmp', '/var/tmp', '/dev/shm']

/** Paths of what a user has put into the folders that are everybody's. */
export async function* strewn(uid: number): AsyncGenerator<string> {
  for (const folder of new Set([...COMMON_FOLDERS, tmpdir()])) {
    if (!existsSync(folder)) continue
    for await (const { name } of await opendir(folder)) {
      const path = join(folder, name)
      try {
        if ((await lstat(path)).uid !== uid) continue
      } catch {
        // removed meanwhile
        continue
      }
      yield path
    }
  }
}

/** Names that are looked at before a folder counts as too large. */
export const MOST_NAMES = 100_000

/** Bytes of a file, or of a folder with all in it; it is over beyond `most`. `names`: how many more may be looked at. */
export async function sizeOf(top: string, most: number, names: { left: number }): Promise<number> {
  let sum = 0
  const open = [top]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (names.left-- <= 0) return most + 1
    try {
      const found = await lstat(at)
      sum += found.blocks * 512
      if (found.isDirectory()) {
        for await (const { name } of await opendir(at)) {
          if (open.length > names.left) return most + 1
          open.push(join(at, name))
        }
      }
    } catch {
      // removed meanwhile
    }
    if (sum > most) return sum
  }
  return sum
}

/** Bytes of the files that a process has open and that no folder has any more: they take space until it closes them. */
export async function namelessBytes(pid: number): Promise<number> {
  let sum = 0
  try {
    for (const file of await readdir(`/proc/${pid}/fd`)) {
      const found = await stat(`/proc/${pid}/fd/${file}`).catch(() => undefined)
      if (found?.isFile() && found.nlink === 0) sum += found.blocks * 512
    }
  } catch {
    // it ended
  }
  return sum
}
