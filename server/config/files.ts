import { readFileSync } from 'node:fs'
import { Exposed, readGuarded } from '#kernel/guarded'
import type { Problem, Setting } from './settings.ts'

/**
 * Gives the text of a file, or throws. `secret`: what is in it is nobody else's business, and a file that others may read
 * throws Exposed.
 */
export type ReadFile = (path: string, secret: boolean) => string

/** Longest file that is read as a secret. */
const MOST_BYTES = 65_536

/** The text of the file that a setting names; undefined, and a problem, when it can't be read or lies open to others. */
export function contentOf(
  setting: Setting,
  read: ReadFile,
  problems: Problem[],
  holds: 'secret' | 'settings',
): string | undefined {
  try {
    return read(setting.text, holds === 'secret')
  } catch (error) {
    if (error instanceof Exposed) {
      problems.push({ name: setting.from, what: `the file ${error.what}`, hint: error.hint })
      return undefined
    }
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    const why =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EACCES'
          ? 'may not be read by this user'
          : `can't be read (${code})`
    problems.push({ name: setting.from, what: `the file ${why}` })
    return undefined
  }
}

export const readText: ReadFile = (file, secret) => {
  if (!secret) return readFileSync(file, 'utf8')
  const bytes = readGuarded(file, MOST_BYTES + 1)
  if (bytes.length > MOST_BYTES) throw Object.assign(new Error('too long'), { code: 'EFBIG' })
  return bytes.toString('utf8')
}

/** Whether the URL of a database carries a password, or may: one that can't be read counts as one that does. */
export function holdsPassword(database: string | undefined): boolean {
  if (database === undefined) return false
  if (!URL.canParse(database)) return true
  const url = new URL(database)
  return url.password !== '' || url.searchParams.has('password')
}
