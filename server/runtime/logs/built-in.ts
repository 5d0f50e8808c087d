import type { Random } from '#kernel/random'
import type { Secret } from '#kernel/values/bytes'
import type { LogLine } from './capture.ts'
import { Hidden } from './hidden.ts'
import type { LogBatch } from './store.ts'

/** What one run of a built-in function said. Times are milliseconds. */
export interface Said {
  readonly account: string
  readonly region: string
  /** Of the function. */
  readonly name: string
  readonly startedAt: number
  readonly endedAt: number
  readonly lines: readonly LogLine[]
  /** Values that it handled: they are hidden in what it said. */
  readonly handled: readonly Secret[]
}

/** What Lambda says of a function's memory: built-in ones run in the server's own. */
const MEMORY_MB = 128

/**
 * Logs runs of built-in functions as Lambda logs those of others: a stream for each process of the server, lines between START, END and
 * REPORT.
 */
export function builtInLog(write: (batch: LogBatch) => void, random: Random): (said: Said) => void {
  const id = random.bytes(16).toString('hex')
  return ({ account, region, name, startedAt, endedAt, lines, handled }) => {
    const requestId = random.uuid()
    const hidden = new Hidden(handled)
    const day = new Date(startedAt).toISOString().slice(0, 10).replaceAll('-', '/')
    const took = endedAt - startedAt
    const report = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${took.toFixed(2)} ms`,
      `Billed Duration: ${Math.ceil(took)} ms`,
      `Memory Size: ${MEMORY_MB} MB`,
      `Max Memory Used: ${MEMORY_MB} MB`,
      '',
    ].join('\t')
    write({
      ...{ account, region, group: `/aws/lambda/${name}`, stream: `${day}/[$LATEST]${id}` },
      lines: [
        { time: startedAt, text: `START RequestId: ${requestId} Version: $LATEST` },
        ...lines.map(({ time, text }) => ({ time, text: hidden.hide(text) })),
        { time: endedAt, text: `END RequestId: ${requestId}` },
        { time: endedAt, text: report },
      ],
    })
  }
}
