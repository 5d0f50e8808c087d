import type { Storage } from '#kernel/storage/storage'
import { FUNCTION_RETENTION_DAYS, type LogWriter } from '../../services/logs/port.ts'
import type { LogLine } from './capture.ts'

/** Lines of one stream, in order. */
export interface LogBatch {
  readonly account: string
  readonly region: string
  /** `/aws/lambda/name` */
  readonly group: string
  readonly stream: string
  readonly lines: readonly LogLine[]
  /** Of the credentials that the function has. */
  readonly accessKey?: string | undefined
}

export interface FunctionLogsOptions {
  readonly storage: Pick<Storage, 'unit'>
  /** Log groups; asked for when lines are written. */
  readonly writer: () => LogWriter
  /** Told when lines could not be written, or had to be dropped. */
  readonly onProblem: (text: string, error: unknown) => void
}

/** Lines are written together after this time, or when so many bytes wait; beyond the most that wait they are dropped. */
const PAUSE_MS = 200
const BATCH_BYTES = 1024 * 1024
const MOST_WAITING_BYTES = 16 * 1024 * 1024

/**
 * What functions print, on its way into log groups. Written in batches after the function has its answer: what waits is lost when the
 * server dies.
 */
export class FunctionLogs {
  readonly #options: FunctionLogsOptions
  #waiting: LogBatch[] = []
  #waitingBytes = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

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
    const { storage, writer, onProblem } = this.#options
    // A unit for each account: what of one can't be written keeps nobody else's from being.
    for (const some of Map.groupBy(batches, ({ account }) => account).values()) {
      try {
        await storage.unit('write', async (unit) => {
          for (const { account, region, group, stream, lines, accessKey } of some) {
            // A line of a log ends, as Lambda's do.
            const events = lines.map(({ time, text }) => ({ time, message: `${text}\n`, accessKey }))
            const retentionDays = FUNCTION_RETENTION_DAYS
            await writer().write(unit, { account, region, group, stream, events, retentionDays })
          }
        })
      } catch (error) {
        onProblem('what functions printed could not be written down', error)
      }
    }
  }
}

/** What a line counts for besides its text. */
const LINE_BYTES = 20
const BATCH_HEAD_BYTES = 200

const bytesOf = ({ lines }: LogBatch): number =>
  lines.reduce((sum, { text }) => sum + text.length + LINE_BYTES, BATCH_HEAD_BYTES)
