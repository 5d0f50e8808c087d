import type { Clock } from '#kernel/clock'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { LogLine } from './capture.ts'
import * as sql from './store.sql.ts'

/** Lines of one stream, in order. */
export interface LogBatch {
  readonly account: string
  readonly region: string
  /** `/aws/lambda/name` */
  readonly group: string
  readonly stream: string
  readonly lines: readonly LogLine[]
}

/** What is kept. */
export interface Retention {
  /** Of one group; the oldest goes first. */
  readonly groupBytes: number
  readonly ageMs: number
}

export const RETENTION: Retention = { groupBytes: 64 * 1024 * 1024, ageMs: 30 * 24 * 3_600_000 }

export interface FunctionLogsOptions {
  readonly storage: Storage
  readonly vault: Vault
  readonly clock: Clock
  /** Told when lines could not be written, or had to be dropped. */
  readonly onProblem: (text: string, error: unknown) => void
  readonly retention?: Retention
}

/** Lines are written together after this time, or when so many bytes wait; beyond the most that wait they are dropped. */
const PAUSE_MS = 200
const BATCH_BYTES = 1024 * 1024
const MOST_WAITING_BYTES = 16 * 1024 * 1024
/** What a row takes besides its lines. */
const ROW_BYTES = 200
const HOUR_MS = 3_600_000
/** What the store calls the key by which lines are sealed. */
const LABEL = 'functions/logs'

/**
 * The logs of functions: groups, streams and lines, sealed, in the store. Written in batches after the function has its answer:
 * what waits is lost when the server dies.
 */
export class FunctionLogs {
  readonly #options: FunctionLogsOptions
  #waiting: LogBatch[] = []
  #waitingBytes = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  /** By stream: how many rows it has. A stream belongs to one sandbox, and that to one process. */
  readonly #sequences = new Map<string, number>()
  /** By group: bytes since its size was looked at. */
  readonly #grown = new Map<string, number>()
  #agedAt = Number.NEGATIVE_INFINITY

  constructor(options: FunctionLogsOptions) {
    this.#options = options
  }

  /** Takes lines to be written soon. */
  readonly write = (batch: LogBatch): void => {
    if (batch.lines.length === 0) return
    const bytes = bytesOf(batch)
    if (this.#waitingBytes + bytes > MOST_WAITING_BYTES) {
      this.#options.onProblem('lines of a function are dropped: they come faster than they can be written', undefined)
      return
    }
    this.#waiting.push(batch)
    this.#waitingBytes += bytes
    if (this.#waitingBytes >= BATCH_BYTES) void this.flush()
    else this.#timer ??= setTimeout(() => void this.flush(), PAUSE_MS).unref()
  }

  /** Writes what waits. Never throws: lines that can't be written are lost. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    const batches = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    if (batches.length === 0) return
    const { storage, clock, onProblem } = this.#options
    const now = clock.now()
    try {
      const rows = batches.map((batch) => this.#rowOf(batch, now))
      await storage.unit('write', async (unit) => {
        for (const row of rows) await unit.run(sql.insert, row)
      })
      await this.#prune(batches, now)
    } catch (error) {
      onProblem('what functions printed could not be written down', error)
    }
  }

  #rowOf(batch: LogBatch, writtenAt: number) {
    const { account, region, group, stream, lines } = batch
    const sequence = (this.#sequences.get(stream) ?? 0) + 1
    this.#sequences.set(stream, sequence)
    // Streams end with their sandboxes: the oldest have ended.
    for (const oldest of this.#sequences.keys()) {
      if (this.#sequences.size <= 10_000) break
      this.#sequences.delete(oldest)
    }
    const plain = Buffer.from(JSON.stringify(lines.map(({ time, text }) => [time, text])))
    const sealed = this.#options.vault.wrap(LABEL, plain, [account, region, group, stream, String(sequence)])
    const times = lines.map(({ time }) => time)
    const firstAt = Math.min(...times)
    const lastAt = Math.max(...times)
    return { account, region, group, stream, sequence, firstAt, lastAt, writtenAt, bytes: bytesOf(batch), sealed }
  }

  /** Removes the oldest lines of groups that grew too large, and from time to time those of all groups that are too old. */
  async #prune(batches: readonly LogBatch[], now: number): Promise<void> {
    const { storage, retention = RETENTION } = this.#options
    const large = new Map<string, LogBatch>()
    for (const batch of batches) {
      const key = `${batch.account}/${batch.region}/${batch.group}`
      const grown = (this.#grown.get(key) ?? retention.groupBytes) + bytesOf(batch)
      this.#grown.set(key, grown)
      if (grown >= retention.groupBytes / 16) large.set(key, batch)
    }
    for (const [key, group] of large) {
      await storage.unit('write', (unit) => shrink(unit, group, retention.groupBytes))
      this.#grown.set(key, 0)
    }
    if (this.#grown.size > 10_000) this.#grown.clear()
    if (now - this.#agedAt < HOUR_MS) return
    this.#agedAt = now
    await storage.unit('write', (unit) => unit.run(sql.removeBefore, { before: now - retention.ageMs }))
  }
}

const bytesOf = ({ lines }: LogBatch): number => lines.reduce((sum, { text }) => sum + text.length + 20, ROW_BYTES)

/** Removes the oldest rows of a group until it is not larger than it may be. */
async function shrink(unit: Unit, { account, region, group }: LogBatch, most: number): Promise<void> {
  const of = { account, region, group }
  let bytes = Number((await unit.get<{ bytes: number }>(sql.sizeOf, of))?.bytes ?? 0)
  while (bytes > most) {
    let until: number | undefined
    for (const row of await unit.all<{ writtenAt: number; bytes: number }>(sql.oldest, of)) {
      if (bytes <= most && row.writtenAt !== until) break
      until = row.writtenAt
      bytes -= row.bytes
    }
    if (until === undefined) return
    await unit.run(sql.removeUntil, { ...of, until })
    bytes = Number((await unit.get<{ bytes: number }>(sql.sizeOf, of))?.bytes ?? 0)
  }
}

/** One line with where it stands. */
export interface StoredLine extends LogLine {
  readonly stream: string
  /** Names the row that it was written with. */
  readonly row: string
}

/** Up to where a reader has read. */
export interface Position {
  readonly writtenAt: number
  readonly stream: string
  readonly sequence: number
}

export const START: Position = { writtenAt: -1, stream: '', sequence: 0 }

export interface Asked {
  readonly account: string
  readonly region: string
  readonly group: string
  /** Milliseconds: no older lines. */
  readonly since: number
}

interface Row {
  readonly account: string
  readonly region: string
  readonly group: string
  readonly stream: string
  readonly sequence: number
  readonly writtenAt: number
  readonly sealed: Uint8Array
}

/** Rows of a page. */
const PAGE = 200

/** The next lines of a group after a position, by rows in the order of their writing; none: that is all. */
export async function readLogs(
  unit: Unit,
  vault: Pick<Vault, 'unwrap'>,
  { account, region, group, since }: Asked,
  from: Position,
): Promise<{ readonly lines: readonly StoredLine[]; readonly position: Position; readonly rows: readonly Position[] }> {
  const { writtenAt, stream, sequence } = from
  const asked = { account, region, group, since, writtenAt, stream, sequence, limit: PAGE }
  const rows = await unit.all<Row>(sql.page, asked)
  const lines: StoredLine[] = []
  for (const row of rows) {
    const plain = vault.unwrap(LABEL, row.sealed, [
      row.account,
      row.region,
      row.group,
      row.stream,
      String(row.sequence),
    ])
    for (const [time, text] of JSON.parse(plain.toString('utf8')) as [number, string][]) {
      if (time >= since) lines.push({ time, text, stream: row.stream, row: `${row.stream}/${row.sequence}` })
    }
  }
  const last = rows.at(-1)
  const position = last ?? from
  return {
    lines,
    position: { writtenAt: position.writtenAt, stream: position.stream, sequence: position.sequence },
    rows: rows.map((row) => ({ writtenAt: row.writtenAt, stream: row.stream, sequence: row.sequence })),
  }
}

/** A group as it is listed. */
export interface LogGroup {
  readonly account: string
  readonly region: string
  readonly group: string
  readonly streams: number
  readonly bytes: number
  /** Milliseconds: its newest line. */
  readonly lastAt: number
}

/** All groups, of all accounts. */
export async function listGroups(unit: Unit): Promise<LogGroup[]> {
  const rows = await unit.all<LogGroup>(sql.groups, {})
  return rows.map((row) => ({
    ...row,
    streams: Number(row.streams),
    bytes: Number(row.bytes),
    lastAt: Number(row.lastAt),
  }))
}
