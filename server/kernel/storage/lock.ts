import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StorageError } from '#kernel/storage/error'

/** The data directory is ours until `release`, or until the process ends in any way. */
export interface DirectoryLock {
  release(): void
}

/**
 * Takes the data directory for this process, or throws a StorageError that names who has it. The lock is one of the
 * operating system on the file `lock`, held through a transaction of SQLite that never ends: it goes when the process
 * does, by SIGKILL too, so there is no stale one and no guessing by process ids. `lock.pid` is only for people.
 * Refused as well while a worker of a former primary still lives (see `joinDirectory`).
 */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const lock = hold(directory, 'lock', 'begin exclusive')
  try {
    hold(directory, 'lock.workers', 'begin exclusive').release()
    writeFileSync(join(directory, 'lock.pid'), `${process.pid}\n`, { mode: 0o600 })
  } catch (error) {
    lock.release()
    throw error
  }
  return lock
}

/** A worker's part in the lock of its primary: as long as it lives no other server gets the directory. */
export function joinDirectory(directory: string): DirectoryLock {
  // the read takes the lock that any number may share
  return hold(directory, 'lock.workers', 'begin; select count(*) from sqlite_schema')
}

/** Connections that hold a lock: one that nobody refers to would be collected, and its lock would go with it. */
const holding = new Set<DatabaseSync>()

function hold(directory: string, name: string, begin: string): DirectoryLock {
  const file = join(directory, name)
  try {
    writeFileSync(file, '', { flag: 'wx', mode: 0o600 })
  } catch (error) {
    // never opened by hand when it is there: closing a descriptor would drop a lock of this process (POSIX)
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('pragma journal_mode = memory')
    database.exec(begin)
  } catch (error) {
    database.close()
    throw new StorageError(
      `the data directory ${directory} is in use by another strongroom (process ${holder(directory)})`,
      {
        cause: error,
        hint: 'stop that one first, or give this one a directory of its own with --data',
      },
    )
  }
  holding.add(database)
  return {
    release() {
      holding.delete(database)
      if (!database.isOpen) return
      database.exec('rollback')
      database.close()
    },
  }
}

function holder(directory: string): string {
  try {
    return readFileSync(join(directory, 'lock.pid'), 'utf8').trim() || 'not known'
  } catch {
    return 'not known'
  }
}
