import type { KeptPage } from './kept-pages.ts'
import { type Place, walk } from './listing.ts'
import type { Filtering } from './model/filters.ts'
import { parentOf } from './model/name.ts'
import type { Found, Parameter, Reading, Sealed } from './model/parameter.ts'
import { after, isPoint, type Segment } from './model/segments.ts'
import * as sql from './pages.sql.ts'
import type { Readings } from './readings.ts'
import type { ReadingRow } from './store.sql.ts'
import type { Parameters } from './store.ts'

/** A parameter with one of its versions and what that keeps of its value. */
export interface Listed extends Found {
  readonly version: Sealed
}

/** Which page of a listing. */
export interface Page {
  /** Where the page before it ended; undefined: the first. */
  readonly after: Place | undefined
  /** Most parameters on it. */
  readonly limit: number
  /** Most rows to look at. */
  readonly rows: number
}

/** What a question about a path was answered. */
interface Answered extends Pick<KeptPage, 'token' | 'text'> {
  readonly found: readonly Listed[]
}

/** Pages of the caller's own parameters, those that have expired left out. */
export class Pages {
  readonly #parameters: Parameters
  readonly #now: number
  readonly #readings: Readings | undefined

  constructor(parameters: Parameters, now: number, readings?: Readings) {
    this.#parameters = parameters
    this.#now = now
    this.#readings = readings
  }

  /** The answer to a question about a path that was put together before and still holds. */
  known(path: string, question: string): KeptPage | undefined {
    const { unit, cell } = this.#parameters
    const page = this.#readings?.findPage(unit, cell, path, question)
    return page !== undefined && page.until > this.#now ? page : undefined
  }

  /** The parameters of such an answer, as the store would give them; undefined when not all of them are at hand. */
  again({ keys }: KeptPage): readonly Listed[] | undefined {
    const { unit, cell } = this.#parameters
    const found: Listed[] = []
    for (const key of keys) {
      const reading = this.#readings?.find(unit, cell, key)
      if (reading === undefined || !isListed(reading)) return undefined
      found.push(reading)
    }
    return found
  }

  /** Keeps newest versions that were found, still encrypted; answers them as they are kept. */
  remember(found: readonly Listed[]): readonly Listed[] {
    const readings = this.#readings
    if (readings === undefined) return found
    return found.map((each) => readings.keep(this.#parameters.unit, each) as Listed)
  }

  /** Keeps an answer for who asks next. */
  keep(path: string, question: string, { found, token, text }: Answered): void {
    const { unit, cell } = this.#parameters
    const until = Math.min(...found.map(({ parameter }) => parameter.expiresAt ?? Number.POSITIVE_INFINITY))
    const keys = found.map(({ parameter }) => parameter.key)
    this.#readings?.keepPage(unit, cell, path, question, { text, keys, token, until })
  }

  /** One page of what filters select, in order of the names, and where the next one begins; a page may be short, or empty. */
  async list({ pieces, select, label }: Filtering, page: Page): Promise<{ found: Listed[]; next: Place | undefined }> {
    const isThere = ({ expiresAt }: Parameter) => expiresAt === undefined || expiresAt > this.#now
    const { rows, next } = await walk<Reading>({
      ...page,
      pieces,
      selective: select !== undefined || label !== undefined,
      select: (reading) => isListed(reading) && isThere(reading.parameter) && (select?.(reading) ?? true),
      page: (piece, last, limit) => {
        if (label !== undefined) return this.#labelled(piece, label, last, limit)
        return isPoint(piece) ? this.#named(piece, last) : this.#newest(piece, last, limit)
      },
      keyOf: ({ parameter }) => parameter.key,
    })
    const found = rows.filter(isListed)
    // Level by level where several levels are asked for; on a page by name. Source: parameterstore.md 7.4, recorded.
    if (pieces.length > 1) found.sort((one, other) => (one.parameter.key < other.parameter.key ? -1 : 1))
    return { found, next }
  }

  /** The one parameter that a point holds, which may be in memory. */
  async #named({ from: key }: Segment, last: string): Promise<Reading[]> {
    const reading = last === '' ? await this.#parameters.read(key, undefined) : undefined
    return reading === undefined ? [] : [reading]
  }

  /** The newest versions of the parameters of a piece whose keys come after `last` (the empty text: of all of them). */
  async #newest(piece: Segment, last: string, limit: number): Promise<Reading[]> {
    const statement = piece.parent === undefined ? sql.pageOfRange : sql.pageOfLevel
    const rows = await this.#parameters.unit.all<ReadingRow>(statement, this.#asked(piece, last, limit))
    return rows.map((row) => this.#read(row, piece))
  }

  /** The same with the versions that carry `label`; a parameter without it has no version here. */
  async #labelled(piece: Segment, label: string, last: string, limit: number): Promise<Reading[]> {
    const statement = piece.parent === undefined ? sql.labelledOfRange : sql.labelledOfLevel
    const asked = { ...this.#asked(piece, last, limit), label }
    const rows = await this.#parameters.unit.all<sql.LabelledRow>(statement, asked)
    return rows.map((row) => {
      const reading = this.#read(row, piece)
      const { label_version: version, label_mac: mac } = row
      if (version !== null) this.#parameters.rows.checkLabel({ label, version, mac }, reading.parameter)
      return reading
    })
  }

  #asked({ from, to, parent }: Segment, last: string, limit: number) {
    const range = { ...this.#parameters.cell, from: last === '' ? from : after(last), to, limit }
    return parent === undefined ? range : { ...range, parent }
  }

  #read(row: ReadingRow, { parent }: Segment): Reading {
    const reading = this.#parameters.rows.reading(row, this.#parameters.cell)
    const { key, arn } = reading.parameter
    // The column is not in the row's MAC, since the key says it.
    if (parent !== undefined && parentOf(key) !== parent) throw new Error(`${arn} is listed where it is not`)
    return reading
  }
}

/** Without a version, it is none that carries the label. */
function isListed(reading: Reading): reading is Listed {
  return reading.version !== undefined
}
