import { systemClock } from '#kernel/clock'
import type { Vault } from '#kernel/sealing/vault'
import { openBeside, openVaultBeside, type Place, type ReadOnly } from '#kernel/storage/beside'
import { type Asked, type LogGroup, listGroups, type Position, readLogs, START, type StoredLine } from './store.ts'

export type { Place } from '#kernel/storage/beside'
export type { LogGroup, StoredLine } from './store.ts'

/** What is asked of a log. `stream`: only those that begin with it, or hold it. */
export interface LogQuery extends Asked {
  readonly stream?: string | undefined
}

/** Lines that were written again by another server at the same time must not be missed: so far back a follower looks, milliseconds. */
const OVERLAP_MS = 10_000

/** The logs of functions, read beside a running server or without one. */
export class LogReader {
  readonly #store: ReadOnly
  readonly #vault: Vault

  private constructor(store: ReadOnly, vault: Vault) {
    this.#store = store
    this.#vault = vault
  }

  /** Throws errors with a `hint` for people. */
  static async open(place: Place): Promise<LogReader> {
    const store = await openBeside(place)
    try {
      return new LogReader(store, await openVaultBeside(store, place))
    } catch (error) {
      await store.close()
      throw error
    }
  }

  /** All groups. */
  groups(): Promise<LogGroup[]> {
    return this.#store.unit('read', listGroups)
  }

  /**
   * Hands over the lines that are there, a page at a time and by their time within it, then, while `pause` answers true, those
   * that come.
   */
  async follow(query: LogQuery, each: (line: StoredLine) => void, pause: () => Promise<boolean>): Promise<void> {
    let from: Position = START
    let seen = new Map<string, number>()
    do {
      for (let more = true; more; ) {
        const { lines, position, rows } = await this.#store.unit('read', (unit) =>
          readLogs(unit, this.#vault, query, from),
        )
        const fresh = new Set(rows.map(keyOf).filter((key) => !seen.has(key)))
        for (const row of rows) seen.set(keyOf(row), row.writtenAt)
        const wanted = lines.filter((line) => isWanted(query, line) && fresh.has(line.row))
        for (const line of [...wanted].sort((one, other) => one.time - other.time)) each(line)
        more = rows.length > 0
        from = position
      }
      const back = from.writtenAt - OVERLAP_MS
      seen = new Map([...seen].filter(([, writtenAt]) => writtenAt >= back))
      if (from !== START) from = { writtenAt: back, stream: '', sequence: 0 }
    } while (await pause())
  }

  async close(): Promise<void> {
    this.#vault.close()
    await this.#store.close()
  }
}

/** The time of this machine. */
export const machineNow = (): number => systemClock.now()

const keyOf = ({ stream, sequence }: Position) => `${stream}/${sequence}`

const isWanted = ({ stream }: LogQuery, line: StoredLine) => stream === undefined || line.stream.includes(stream)
