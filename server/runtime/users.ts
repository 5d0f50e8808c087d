import { createServer, type Server } from 'node:net'

/** A user of the machine that exists for one sandbox only; it has no name. */
export interface User {
  readonly uid: number
  release(): Promise<void>
}

/** Numbers that no distribution gives to people or services, nor systemd to its own. Source: systemd's UIDS-GIDS. */
export const USERS: readonly [first: number, last: number] = [60_578, 61_183]

/**
 * Gives each sandbox a user of its own, where the server runs as root. Several servers of one machine do not get the same:
 * who holds a number listens on a socket of that name, which ends with its process, however that ends.
 */
export class Users {
  readonly #range: readonly [number, number]
  readonly #asRoot: boolean
  #next: number

  constructor(
    range: readonly [number, number] = USERS,
    asRoot = process.platform === 'linux' && process.geteuid?.() === 0,
  ) {
    this.#range = range
    this.#asRoot = asRoot
    this.#next = range[0]
  }

  /** Whether sandboxes have users of their own. */
  get own(): boolean {
    return this.#asRoot
  }

  /** A user that nobody else has; undefined where sandboxes run as the server's own. Throws when all are taken. */
  async claim(): Promise<User | undefined> {
    if (!this.#asRoot) return undefined
    const [first, last] = this.#range
    for (let tried = first; tried <= last; tried++) {
      const uid = this.#next
      this.#next = uid >= last ? first : uid + 1
      const user = await this.take(uid)
      if (user !== undefined) return user
    }
    throw new Error('all users for functions are taken')
  }

  /** This very user; undefined when another one holds it. */
  async take(uid: number): Promise<User | undefined> {
    const server = createServer((socket) => socket.destroy())
    if (!(await listens(server, `\0strongroom/functions/${uid}`))) return undefined
    server.unref()
    return { uid, release: () => new Promise((resolve) => void server.close(() => resolve())) }
  }
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen({ path }, () => resolve(true))
  })
}
