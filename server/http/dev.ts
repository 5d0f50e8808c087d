import type { Reply } from '#kernel/protocol/reply'
import { readSpan, Unreadable } from '../config/readers.ts'
import type { Path } from './exchange.ts'
import { jsonAnswer, otherMethod } from './paths.ts'

/** What dev mode lets its user do to the server. Never given to `serve`. */
export interface DevControls {
  /** Empties the store and fills it from the seed again; settles when done. */
  reset(): Promise<void>
  /** The server's time. */
  now(): number
  /** Moves the time forward to `timeMs`; jobs that become due run on the way, each at its own time. Settles when done. */
  travel(timeMs: number): Promise<void>
}

const LARGEST_BODY = 4096
/** 9999-12-31: later years have another spelling. */
const LAST_MS = 253_402_300_799_999

/** `POST /_strongroom/dev/reset`, `GET` and `POST /_strongroom/dev/clock`. */
export function devPaths(controls: DevControls): Map<string, Path> {
  const time = (): Reply => jsonAnswer(200, { now: new Date(controls.now()).toISOString() })
  return new Map<string, Path>([
    [
      '/_strongroom/dev/reset',
      async (method) => {
        if (method !== 'POST') return otherMethod('POST')
        await controls.reset()
        return jsonAnswer(200, { status: 'empty' })
      },
    ],
    [
      '/_strongroom/dev/clock',
      async (method, body) => {
        if (method === 'GET') return time()
        if (method !== 'POST') return otherMethod('GET, POST')
        const to = destination(body, controls.now())
        if (typeof to !== 'number') return jsonAnswer(400, to)
        await controls.travel(to)
        return time()
      },
    ],
  ])
}

interface Wrong {
  readonly error: string
  readonly hint: string
}

/** The time that a body like `{"advance": "7d"}` or `{"set": "2027-01-01T00:00:00Z"}` means, or what is wrong with it. */
function destination(body: Buffer, nowMs: number): number | Wrong {
  const wrong = (error: string): Wrong => ({ error, hint: 'send {"advance":"7d"} or {"set":"2027-01-01T00:00:00Z"}' })
  if (body.length > LARGEST_BODY) return wrong('the body is too large')
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch {
    return wrong('the body is not JSON')
  }
  if (typeof parsed !== 'object' || parsed === null) return wrong('the body is not a JSON object')
  const { advance, set, ...others } = parsed as Record<string, unknown>
  if (Object.keys(others).length > 0 || (advance === undefined) === (set === undefined))
    return wrong('the body has not exactly one of advance and set')
  const to = advance === undefined ? setTime(set) : advancedTime(advance, nowMs)
  if (typeof to !== 'number') return wrong(to)
  if (to < nowMs) return wrong(`the time goes forward only, and it is ${new Date(nowMs).toISOString()} already`)
  return to > LAST_MS ? wrong('the time ends with the year 9999') : to
}

function setTime(text: unknown): number | string {
  const isUtc = typeof text === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(text)
  const timeMs = isUtc ? Date.parse(text) : Number.NaN
  return Number.isNaN(timeMs) ? 'set is not a time in UTC' : timeMs
}

function advancedTime(text: unknown, nowMs: number): number | string {
  if (typeof text !== 'string') return 'advance is not a text'
  try {
    return nowMs + readSpan(text)
  } catch (error) {
    if (error instanceof Unreadable) return `advance: ${error.message}`
    throw error
  }
}
