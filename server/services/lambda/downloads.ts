import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Reply } from '#kernel/protocol/reply'
import type { Cell } from './model/names.ts'

/** Where code is had: a path of this server, before a token that nobody can guess. */
export const PREFIX = '/_strongroom/function-code/'
/** Source: API_GetFunction: the link is valid for 10 minutes. */
const VALID_MS = 600_000
/** Answers at once, of all accounts and of the code of one: each holds a whole zip in memory until it has been sent. */
const MOST_AT_ONCE = 4
const MOST_OF_ACCOUNT = 3
/** Longest time that a zip may take to be sent, milliseconds: 50 MB at four megabits a second. */
const LONGEST_MS = 120_000
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
  readonly #running = new Map<string, number>()

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
    const over = this.#begin(pass.account)
    if (over === undefined) return refused(503, 'SlowDown')
    try {
      const body = await this.#read(pass, pass.id)
      if (body !== undefined) {
        const headers = ['Content-Type', 'application/zip', 'Cache-Control', 'no-store']
        return { status: 200, headers, body, sending: { longestMs: LONGEST_MS, over } }
      }
    } catch (error) {
      over()
      throw error
    }
    over()
    return refused(404, 'NoSuchKey')
  }

  /** Counts one more of an account; answers how it is counted off again, undefined where there are too many. */
  #begin(account: string): (() => void) | undefined {
    const own = this.#running.get(account) ?? 0
    const all = this.#running.values().reduce((sum, each) => sum + each, 0)
    if (own >= MOST_OF_ACCOUNT || all >= MOST_AT_ONCE) return undefined
    this.#running.set(account, own + 1)
    let over = false
    return () => {
      if (over) return
      over = true
      const left = (this.#running.get(account) ?? 1) - 1
      if (left > 0) this.#running.set(account, left)
      else this.#running.delete(account)
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
