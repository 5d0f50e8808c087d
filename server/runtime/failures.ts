import { constants } from 'node:os'
import { MOST_ANSWER } from './api.ts'
import type { Ended } from './cell.ts'

/** The errors of functions that no function reports itself, in Lambda's words. Source: rotation.md 14.2. */

const json = (errorType: string, errorMessage: string): Buffer =>
  Buffer.from(JSON.stringify({ errorType, errorMessage }))

/** It did not end in time. `timeoutMs`: of the function. */
export function timedOut(requestId: string, timeoutMs: number): Buffer {
  return json('Sandbox.Timedout', `RequestId: ${requestId} Error: ${timedOutText(timeoutMs)}`)
}

export const timedOutText = (timeoutMs: number) => `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`

/** Its process ended before it answered. */
export function exited(requestId: string, how: string): Buffer {
  return json('Runtime.ExitError', `RequestId: ${requestId} Error: ${how}`)
}

/** How a process ended. `killed`: it was killed for what it took. */
export function howItEnded({ code, signal }: Ended, killed: boolean): string {
  if (killed) return 'Runtime exited with error: signal: killed'
  if (signal !== null) return `Runtime exited with error: signal: ${SIGNALS[signal] ?? signalNumber(signal)}`
  if (code === null || code === 0) return 'Runtime exited without providing a reason'
  return `Runtime exited with error: exit status ${code}`
}

/** As Go names them, in which the service's sandbox is written. */
const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGBUS: 'bus error',
  SIGILL: 'illegal instruction',
  SIGTERM: 'terminated',
  SIGINT: 'interrupt',
  SIGHUP: 'hangup',
  SIGTRAP: 'trace/breakpoint trap',
  SIGPIPE: 'broken pipe',
  SIGXFSZ: 'file size limit exceeded',
}

const signalNumber = (signal: NodeJS.Signals) => `signal ${constants.signals[signal]}`

/** There is nothing to run in the zip of a custom runtime. */
export function noBootstrap(requestId: string, why: string): Buffer {
  return json('Runtime.InvalidEntrypoint', `RequestId: ${requestId} Error: ${why}`)
}

/** Its answer is larger than one may be. */
export function answerTooLarge(bytes: number): Buffer {
  return json(
    'Function.ResponseSizeTooLarge',
    `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${MOST_ANSWER} bytes).`,
  )
}

/** What a function reports, as it is passed on: JSON, or what says that it was none. */
export function reported(body: Buffer, type: string): Buffer {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    if (typeof parsed === 'object' && parsed !== null) return body
  } catch {
    // what it sent is no JSON: only its type is left
  }
  return json(type === '' ? 'Runtime.Unknown' : type, '')
}
