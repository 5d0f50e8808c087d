import { chmodSync, mkdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes the database file (0600) and its directory (0700) when they are not there. A file that is there is never opened
 * by hand: closing any descriptor of it would drop the locks that SQLite holds in this process (POSIX).
 */
export async function prepareFile(file: string): Promise<void> {
  const directory = dirname(file)
  const made = mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (made !== undefined) await syncDirectory(dirname(made))
  try {
    await (await open(file, 'wx', 0o600)).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    chmodSync(file, 0o600)
  }
}

/** Makes the names of files that were just created survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
