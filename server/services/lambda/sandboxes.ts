import type { Secret } from '#kernel/values/bytes'

/**
 * What the Lambda service asks of whoever runs code: the contract between the operations (versions, policies, concurrency,
 * answers) and the processes on this machine. Source: rotation.md 14.2, 15.
 */

/** One version of a function, with all that a process needs to run it. */
export interface Runnable {
  readonly account: string
  readonly region: string
  readonly name: string
  /** `$LATEST` or a number. */
  readonly version: string
  /** As it was invoked, with its qualifier: what the handler sees as invoked_function_arn. */
  readonly invokedArn: string
  /** `nodejs24.x`, `python3.13`, `provided.al2023` … */
  readonly runtime: string
  readonly handler: string
  /** ARN of the execution role. */
  readonly role: string
  readonly timeoutMs: number
  readonly memoryMb: number
  readonly ephemeralMb: number
  /** What the user set; values may hold secrets. */
  readonly environment: ReadonlyMap<string, Secret>
  /** Names this code and configuration: another revision never runs in a warm sandbox of this one. */
  readonly revision: string
  /** The log group of the function. */
  readonly logGroup: string
  /** The zip, not larger than 250 MB unzipped; read when a sandbox is made. */
  code(): Promise<Uint8Array>
}

/** One event for a function. */
export interface Invocation {
  readonly requestId: string
  readonly payload: Uint8Array
  /** JSON text, decoded from X-Amz-Client-Context. */
  readonly clientContext?: string | undefined
  /** The caller went away, or the server is stopping. */
  readonly signal: AbortSignal
  /** Replaced by `****` in whatever is logged: the values handled in this invocation. */
  readonly hidden?: readonly Secret[] | undefined
  /** Told of the access key that the function works with, before it does. */
  readonly givenKey?: ((accessKeyId: string) => Promise<void>) | undefined
}

export interface Ran {
  /** Set when the function failed: `Unhandled`. The payload is the error's JSON then. */
  readonly functionError: 'Unhandled' | undefined
  readonly payload: Uint8Array
  /** The last 4 KB of its log, platform lines included. */
  readonly logTail: Uint8Array
  /** A text with `****` instead of the values handled in this invocation: for what is kept of an answer. */
  hide(text: string): string
}

/** Runs functions. */
export interface Sandboxes {
  /**
   * Runs one event and waits for its end; a failing, hanging or dying function is an answer like any other. Throws
   * SandboxUnavailable when no process could be started for it: nothing has run then.
   */
  run(runnable: Runnable, invocation: Invocation): Promise<Ran>
}

/** The function was not reached: no room, or its runtime is not on this machine. The message is for people, without secrets. */
export class SandboxUnavailable extends Error {
  /** `busy` passes; `missing` (no python3, say) and `role` (Lambda may not act by it) do not by waiting. */
  readonly why: 'busy' | 'missing' | 'role'

  constructor(why: 'busy' | 'missing' | 'role', message: string) {
    super(message)
    this.name = 'SandboxUnavailable'
    this.why = why
  }
}
