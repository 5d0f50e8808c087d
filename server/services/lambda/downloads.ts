import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Reply } from '#kernel/protocol/reply'
import type { Cell } from './model/names.ts'

/** Where code is had: a path of this server, before a token that nobody can guess. */
export const PREFIX = '/_strongroom/function-code/'
/** Source: API_GetFunction: the link is valid for 10 minutes. */
const VALID_MS = 600_000
/** Answers at once: each holds a whole zip in memory. */
const MOST_AT_ONCE = 4
const MOST_TOKEN = 1024

interface Pass extends Cell {
  /** Of the code. */
  readonly id: string
  readonly expiresAt: number
}

/** Links to code: who has one may read that code, until it is over. Authenticated by a key of the vault. */
export class Downloads {
  readonly #key: KeyObject
  readonly #read: (cell: Cell, id: string) => Promise<Buffer | undefined>
  readonly #now: () => number
  #running = 0

  constructor(key: KeyObject, read: (cell: Cell, id: string) => Promise<Buffer | undefined>, now: () => number) {
    this.#key = key
    this.#read = read
    this.#now = now
  }

  /** The path of a link. */
  path({ account, region }: Cell, id: string, now: number): string {
    const pass: Pass = { account, region, id, expiresAt: now + VALID_MS }
    const text = Buffer.from(JSON.stringify(pass)).toString('base64url')
    return `${PREFIX}${text}.${this.#mac(text).toString('base64url')}`
  }

  async answer(path: string, method: string): Promise<Reply> {
    const pass = method === 'GET' ? this.#passOf(path.slice(PREFIX.length)) : undefined
    if (pass === undefined) return refused(403, 'AccessDenied')
    if (this.#running >= MOST_AT_ONCE) return refused(503, 'SlowDown')
    this.#running++
    try {
      const zip = await this.#read(pass, pass.id)
      if (zip === undefined) return refused(404, 'NoSuchKey')
      return { status: 200, headers: ['Content-Type', 'application/zip', 'Cache-Control', 'no-store'], body: zip }
    } finally {
      this.#running--
    }
  }

  #passOf(token: string): Pass | undefined {
    if (token.length > MOST_TOKEN) return undefined
    const [text = '', mac = ''] = token.split('.')
    const given = Buffer.from(mac, 'base64url')
    const right = this.#mac(text)
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
    const pass = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Pass
    return this.#now() < pass.expiresAt ? pass : undefined
  }

  #mac(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest()
  }
}

/** As the store in front of which such links lie on AWS says it. */
function refused(status: number, code: string): Reply {
  return { status, headers: ['Content-Type', 'application/xml'], body: `<Error><Code>${code}</Code></Error>` }
}
