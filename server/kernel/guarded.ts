import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A file that holds a secret and may be read or swapped by others. `what` and `hint` are for a person to read. */
export class Exposed extends Error {
  readonly what: string
  readonly hint: string

  constructor(what: string, hint: string) {
    super(`${what}\nhint: ${hint}`)
    this.name = 'Exposed'
    this.what = what
    this.hint = hint
  }
}

/** What is looked at of a file or directory. */
export interface Owned {
  readonly mode: number
  readonly uid: number
}

const ROOT = 0
/** Most links that are followed, as the kernel of Linux does. */
const MOST_LINKS = 40
const STICKY = 0o1000

/** The user who runs this program; undefined where files have no owner that says anything (Windows). */
const self = (): number | undefined => process.geteuid?.()

/**
 * Reads a file that holds a secret, `most` bytes of it at the most. Throws Exposed when it belongs to somebody else than us
 * or root, when others may read or write it, or when a link on the way to it can be swapped by others; else the error of
 * the system. Pipes (`/dev/stdin`, `<(…)`) are read as they are.
 */
export function readGuarded(path: string, most: number, user = self()): Buffer {
  const { place, ofKernel } = user === undefined ? { place: path, ofKernel: true } : followed(path, user)
  const file = openSync(place, constants.O_RDONLY | (ofKernel ? 0 : constants.O_NOFOLLOW))
  try {
    const found = fstatSync(file)
    if (found.isFile() && user !== undefined) refuseExposed(path, found, user)
    return readBounded(file, most)
  } finally {
    closeSync(file)
  }
}

function readBounded(file: number, most: number): Buffer {
  const bytes = Buffer.alloc(most)
  let length = 0
  while (length < most) {
    const read = readSync(file, bytes, length, most - length, null)
    if (read === 0) break
    length += read
  }
  return bytes.subarray(0, length)
}

/**
 * Throws Exposed unless the file is ours and nobody else's to read or write. What root put there for a group of ours may be
 * read by that group (systemd's credentials, Kubernetes' fsGroup), as PostgreSQL has it with the key of its certificate.
 */
export function refuseExposed(path: string, { mode, uid }: Owned, user: number): void {
  if (uid !== user && uid !== ROOT)
    throw new Exposed(
      `${path} belongs to another user, who may read and change it`,
      'chown it to the user that runs the server, or run this as the user that it belongs to',
    )
  const byRoot = user !== ROOT && uid === ROOT
  if ((mode & (byRoot ? 0o037 : 0o077)) !== 0)
    throw new Exposed(`${path} may be read or written by others`, `chmod ${byRoot ? 640 : 600} ${path}`)
}

/** Whether nobody but us and root can swap an entry of ours or root's in this directory. */
export function keepsEntries({ mode, uid }: Owned, user: number): boolean {
  if (uid !== user && uid !== ROOT) return false
  // In a sticky directory (the volumes of Kubernetes are) each may swap only what is his own.
  return (mode & 0o022) === 0 || (mode & STICKY) !== 0
}

/**
 * Where a path leads, all links followed. Throws Exposed for a link that somebody else than us or root could swap.
 * `ofKernel`: it ended at a link that the kernel makes up, an open file of this process.
 */
function followed(path: string, user: number): { readonly place: string; readonly ofKernel: boolean } {
  const left = partsOf(resolve(path))
  let place = '/'
  let links = 0
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    const next = join(place, part)
    const found = lstatSync(next)
    if (!found.isSymbolicLink()) {
      place = next
      continue
    }
    if (/^\/proc\/\d+\/fd$/.test(place)) return { place: next, ofKernel: true }
    if (++links > MOST_LINKS) throw Object.assign(new Error('too many links'), { code: 'ELOOP' })
    if ((found.uid !== user && found.uid !== ROOT) || !keepsEntries(statSync(place), user))
      throw new Exposed(
        `${path} is reached by the link ${next}, which others can change`,
        `name the file itself, or let nobody else write in ${place}`,
      )
    left.push(...partsOf(resolve(place, readlinkSync(next))))
    place = '/'
  }
  return { place, ofKernel: false }
}

/** The names in an absolute path, the last one first. */
const partsOf = (path: string): string[] => path.split('/').filter(Boolean).reverse()
