import { KeyObject } from 'node:crypto'
import { pino, type DestinationStream } from 'pino'
import type { Clock } from '#kernel/clock'
import type { Outcome } from '#kernel/pipeline'
import { Secret } from '#kernel/values/bytes'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** The log: one line for each thing that happened, with its fields. Never a request member's value among them. */
export interface Log {
  debug(fields: object, text: string): void
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
  /** Whether lines of this level are written: ask before making fields for one that is seldom wanted. */
  writes(level: Exclude<LogLevel, 'silent'>): boolean
  /** Writes what is buffered; before the process ends. */
  flush(): void
}

export interface LogOptions {
  readonly level: LogLevel
  /** `json`: a JSON object per line; `human`: a line for people, in dev mode. */
  readonly form: 'json' | 'human'
  readonly clock: Clock
  /** A file descriptor (2 is standard error), or where tests look. */
  readonly to: number | { write(line: string): void }
}

/** Lines that wait when nobody reads them: bytes. More are dropped, so that a stuck reader can't stop the server. */
const BUFFER_BYTES = 4 * 1024 * 1024

/** Opens the log. */
export function openLog({ level, form, clock, to }: LogOptions): Log {
  const file = typeof to === 'number' ? pino.destination({ dest: to, sync: false, maxLength: BUFFER_BYTES }) : undefined
  const end: DestinationStream = file ?? (to as DestinationStream)
  const log = pino(
    {
      level,
      base: null,
      messageKey: 'text',
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => plain(fields, 0) as Record<string, unknown>,
      },
      // `plain` has made it an object already; pino's own would look at it again.
      serializers: { err: (error) => error },
    },
    form === 'json' ? end : { write: (line) => void end.write(human(line)) },
  )
  return {
    debug: (fields, text) => log.debug(fields, text),
    info: (fields, text) => log.info(fields, text),
    warn: (fields, text) => log.warn(fields, text),
    error: (fields, text) => log.error(fields, text),
    writes: (wanted) => log.isLevelEnabled(wanted),
    flush: () => {
      try {
        file?.flushSync()
      } catch (error) {
        // The reader is gone, or the file was never opened: there is nobody to tell.
        if (!(error instanceof Error)) throw error
      }
    },
  }
}

/** Lines in a second about requests of which it is not known who sent them: anybody can send such ones. */
const STRANGERS_PER_SECOND = 20

/**
 * Writes the one line of a request, at its end: successes at `debug`, refusals at `info`, failures of ours at `error`
 * with the stack. At the level `info` a success costs nothing. Refusals of strangers are counted instead of written once
 * there are many in a second: a flood of bad requests must not become a flood of lines.
 */
export function requestLog(log: Log): (outcome: Outcome, now: number) => void {
  let second = 0
  let strangers = 0
  return (outcome, now) => {
    const { status, code, ms } = outcome
    if (status < 400 && !log.writes('debug')) return
    if (status >= 400 && status < 500 && outcome.caller === undefined) {
      const current = Math.floor(now / 1000)
      if (current !== second) {
        const unsaid = strangers - STRANGERS_PER_SECOND
        if (unsaid > 0) log.warn({ requests: unsaid }, 'more requests of unknown senders were refused')
        second = current
        strangers = 0
      }
      strangers += 1
      if (strangers > STRANGERS_PER_SECOND) return
    }
    const fields = {
      requestId: outcome.requestId,
      service: outcome.route?.service.name,
      operation: outcome.route?.name,
      caller: outcome.caller,
      from: outcome.remoteAddress,
      traceId: outcome.traceId,
      status,
      code,
      ms: Math.round(ms * 1000) / 1000,
      err: outcome.failure,
    }
    if (status >= 500 || outcome.failure !== undefined) log.error(fields, 'request failed')
    else if (status >= 400) log.info(fields, 'request refused')
    else log.debug(fields, 'request')
  }
}

const DEPTH = 5
const WIDTH = 50
const LONGEST = 8192

/** Fields as they may be written: what holds keys or bytes is not, and nothing is endless. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? '[function]' : value
  if (value instanceof Secret) return '[secret]'
  if (value instanceof KeyObject) return '[key]'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (depth >= DEPTH) return '[…]'
  if (value instanceof Error) return failure(value, depth)
  if (Array.isArray(value)) return value.slice(0, WIDTH).map((item) => plain(item, depth + 1))
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`
  const shown: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value).slice(0, WIDTH)) shown[name] = plain(member, depth + 1)
  return shown
}

function failure(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error
  const { code } = error as { code?: unknown }
  return {
    name,
    message: plain(message, depth + 1),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: plain(stack, depth + 1),
    ...(cause === undefined ? {} : { cause: plain(cause, depth + 1) }),
  }
}

/** `12:34:56.789 warn  the certificate has expired  path=server.pem`; a stack follows on lines of its own. */
function human(line: string): string {
  const { time, level, text, err, ...fields } = JSON.parse(line) as Record<string, unknown>
  let out = `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${printable(String(text))}`
  for (const [name, value] of Object.entries(fields)) {
    const shown = typeof value === 'string' ? value : JSON.stringify(value)
    out += `  ${printable(name)}=${/^[^\s"]+$/.test(shown) ? printable(shown) : JSON.stringify(printable(shown))}`
  }
  for (let each = err as Failed | undefined; typeof each === 'object' && each !== null; each = each.cause) {
    const stack = typeof each.stack === 'string' ? each.stack : `${each.name}: ${each.message}`
    out += stack
      .split('\n')
      .map((part) => `\n    ${printable(part)}`)
      .join('')
  }
  return `${out}\n`
}

interface Failed {
  readonly name?: unknown
  readonly message?: unknown
  readonly stack?: unknown
  readonly cause?: Failed
}

/** Control characters could repaint a terminal or forge a line. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (at) => `\\u${at.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
