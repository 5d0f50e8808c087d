import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import { openBeside, openVaultBeside, type Place, type ReadOnly } from '#kernel/storage/beside'
import { servicesOver } from '../assembly/services.ts'
import type { ListedGroup, LogReader as Groups, ReadEvent, ReadPlace } from '../services/logs/port.ts'

export type { Place } from '#kernel/storage/beside'
export type LogGroup = ListedGroup

/** One line with where it stands. `time`: milliseconds since the epoch. */
export interface StoredLine {
  readonly time: number
  readonly text: string
  readonly stream: string
}

/** What is asked of a log. */
export interface LogQuery {
  readonly account: string
  readonly region: string
  readonly group: string
  /** Milliseconds: no older lines. */
  readonly since: number
  /** Only streams that hold it in their names. */
  readonly stream?: string | undefined
}

/** The groups of functions. */
const PREFIX = '/aws/lambda/'

/** The logs of functions, read beside a running server or without one. */
export class LogReader {
  readonly #store: ReadOnly
  readonly #vault: Vault
  readonly #groups: Groups

  private constructor(store: ReadOnly, vault: Vault) {
    this.#store = store
    this.#vault = vault
    this.#groups = servicesOver(store, vault, systemRandom).logGroups.reader
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

  /** All groups of functions. */
  async groups(): Promise<readonly LogGroup[]> {
    return this.#store.unit('read', (unit) => this.#groups.groups(unit, PREFIX))
  }

  /** Hands over the lines that are there, by their time, then, while `pause` answers true, those that come, in the order of coming. */
  async follow(query: LogQuery, each: (line: StoredLine) => void, pause: () => Promise<boolean>): Promise<void> {
    const hand = (event: ReadEvent) => {
      const isWanted = event.time >= query.since && (query.stream === undefined || event.stream.includes(query.stream))
      if (isWanted) each({ time: event.time, text: event.message.replace(/\n$/, ''), stream: event.stream })
    }
    let newest = await this.#store.unit('read', (unit) => this.#groups.newest(unit, query))
    let place: ReadPlace = { time: query.since - 1, ordinal: Number.MAX_SAFE_INTEGER }
    for (let more = true; more; ) {
      const page = await this.#store.unit('read', (unit) => this.#groups.read(unit, query, place))
      for (const event of page.events) if (event.ordinal <= newest) hand(event)
      place = page.place
      more = page.more
    }
    while (await pause()) {
      for (let more = true; more; ) {
        const events = await this.#store.unit('read', (unit) => this.#groups.since(unit, query, newest))
        newest = events.at(-1)?.ordinal ?? newest
        for (const event of [...events].sort((one, other) => one.time - other.time)) hand(event)
        more = events.length > 0
      }
    }
  }

  async close(): Promise<void> {
    this.#vault.close()
    await this.#store.close()
  }
}

/** The time of this machine. */
export const machineNow = (): number => systemClock.now()
