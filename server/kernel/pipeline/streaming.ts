import { setTimeout as pause } from 'node:timers/promises'
import type { AuditEvent } from '#kernel/audit/event'
import type { Call, Caller } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import type { Streams } from '#kernel/operation'
import { encodeEvent, INITIAL_RESPONSE, type StreamEvent } from '#kernel/protocol/event-stream'
import type { Streamed } from '#kernel/protocol/reply'
import { SignatureRefusal } from '#kernel/signature/refusal'
import type { Unit } from '#kernel/storage/storage'

/** What an answer that goes on works with. */
export interface StreamingParts {
  readonly clock: Clock
  /** Does one piece of work in a read unit. */
  unit<T>(work: (unit: Unit) => Promise<T>): Promise<T>
  /** Who calls now, by what the store says now; throws when they may call no more. */
  judge(unit: Unit): Promise<Caller>
  env(unit: Unit, call: Call): unknown
  /** Throws when the caller may not go on. */
  permit(env: unknown, call: Call): Promise<void>
  /** Keeps what was done in the caller's name. */
  record(events: readonly AuditEvent[]): Promise<void>
  /** Between two pieces; rejects when the signal says that there is nothing to wait for. Default: the machine's timer. */
  pause?(ms: number, signal: AbortSignal): Promise<unknown>
}

/** Nobody is judged by what was true longer ago than this, milliseconds, also when nothing has changed that this process knows of. */
const JUDGED_MS = 10_000

/** Ends that are nobody's failure. */
const CLOSING = 'The server is closing the session.'
const FAILED = 'The session ended by an unknown error.'

/**
 * An answer that goes on until its time is over, its caller goes or may call no more, or the server closes: pieces, each asked for when
 * the one before it is out. Each piece is read in a unit of its own.
 */
export class Streaming<Out> implements Streamed {
  readonly requestId: string
  readonly #parts: StreamingParts
  readonly #streams: Streams<Out, unknown>
  readonly #out: Out
  readonly #waking = new AbortController()
  readonly #endsAt: number
  #call: Call
  #state: 'new' | 'running' | 'closing' | 'ended' = 'new'
  #told = false
  #failure: { readonly error: unknown } | undefined
  #judged: { readonly generation: number; readonly at: number } | undefined

  constructor(parts: StreamingParts, streams: Streams<Out, unknown>, out: Out, call: Call) {
    this.#parts = parts
    this.#streams = streams
    this.#out = out
    this.#call = call
    this.requestId = call.requestId
    this.#endsAt = call.now + streams.longestMs
  }

  async next(): Promise<Uint8Array | undefined> {
    if (this.#failure !== undefined) {
      const { error } = this.#failure
      this.#failure = undefined
      throw error
    }
    if (this.#state === 'new') {
      this.#state = 'running'
      return Buffer.concat([INITIAL_RESPONSE, ...this.#streams.first(this.#out).map(encodeEvent)])
    }
    if (this.#state === 'running') await this.#pause()
    if (this.#state === 'ended') return undefined
    if (this.#state === 'closing') return this.#last(this.#streams.broken(CLOSING))
    if (this.#parts.clock.now() >= this.#endsAt) return this.#last(this.#streams.late())
    try {
      return Buffer.concat((await this.#piece()).map(encodeEvent))
    } catch (error) {
      const known = error instanceof ApiError || error instanceof SignatureRefusal
      if (!known) this.#failure = { error }
      return this.#last(this.#streams.broken(known ? error.message : FAILED))
    }
  }

  stop(): void {
    if (this.#state === 'ended') return
    this.#state = 'closing'
    this.#waking.abort()
  }

  over(): void {
    this.#state = 'ended'
    this.#waking.abort()
    if (this.#told) return
    this.#told = true
    this.#streams.over(this.#out)
  }

  async #pause(): Promise<void> {
    const { signal } = this.#waking
    try {
      await (this.#parts.pause ?? waited)(this.#streams.everyMs, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #last(event: StreamEvent): Uint8Array {
    this.over()
    return encodeEvent(event)
  }

  async #piece(): Promise<readonly StreamEvent[]> {
    const parts = this.#parts
    const { piece, call } = await parts.unit(async (unit) => {
      const now = parts.clock.now()
      const generation = unit.generation('iam')
      const judged = this.#judged
      const fresh = judged?.generation === generation && now >= judged.at && now - judged.at < JUDGED_MS
      const caller = fresh ? this.#call.caller : await parts.judge(unit)
      const call: Call = { ...this.#call, caller, now, events: [] }
      const env = parts.env(unit, call)
      await parts.permit(env, call)
      if (!fresh) this.#judged = { generation, at: now }
      return { piece: await this.#streams.next(this.#out, env, call), call }
    })
    piece.read()
    this.#call = call
    if (call.events.length > 0) await parts.record(call.events)
    return piece.events
  }
}

const waited = (ms: number, signal: AbortSignal): Promise<unknown> => pause(ms, undefined, { signal })
