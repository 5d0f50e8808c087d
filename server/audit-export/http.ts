import type { StoredRecord } from '#kernel/audit/reader'
import { type Answered, call, type Reach, Unacceptable, Unreachable } from '#kernel/outbound/call'
import type { Secret } from '#kernel/values/bytes'
import type { ExportSettings } from '../config/outlets.ts'
import { ExportFailed, type Sink } from './sink.ts'

const BATCH_BYTES = 1024 * 1024
const LONGEST_MS = 30_000
const MOST_ANSWER = 1024 * 1024

/** Headers of a text with one on each line, by their names in lower case. */
export function headersIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
}

/** Lines of records, in bodies of about a megabyte at the most; a longer record has one of its own. */
export function bodiesOf(records: readonly StoredRecord[]): string[] {
  const bodies: string[] = []
  let body = ''
  for (const { record } of records) {
    if (body !== '' && body.length + record.length > BATCH_BYTES) {
      bodies.push(body)
      body = ''
    }
    body += `${record}\n`
  }
  return body === '' ? bodies : [...bodies, body]
}

/** A collector that takes records by POST, one JSON object on each line; any answer of success says that it has them. */
export function httpSink(
  { url }: Extract<ExportSettings, { kind: 'http' }>,
  headers: Secret | undefined,
  reach: Reach,
): Sink {
  const given = headers === undefined ? {} : headersIn(headers.reveal())
  return {
    async send(records) {
      for (const body of bodiesOf(records)) {
        let answered: Answered
        try {
          answered = await call(
            {
              url,
              method: 'POST',
              headers: { 'content-type': 'application/x-ndjson', ...given },
              body,
              mostBytes: MOST_ANSWER,
              signal: AbortSignal.timeout(LONGEST_MS),
            },
            reach,
          )
        } catch (error) {
          if (error instanceof Unreachable || error instanceof Unacceptable)
            throw new ExportFailed(`the collector can not be used: ${error.message}`, error.cause)
          throw error
        }
        const { status } = answered
        if (status < 200 || status > 299) throw new ExportFailed(`the collector answered ${status}`)
      }
    },
    close: async () => undefined,
  }
}
