import type { Call } from '#kernel/call'
import type { Unit } from '#kernel/storage/storage'
import type { Secret } from '#kernel/values/bytes'

/** In whose name a service invokes a function: aws:SourceArn, aws:SourceAccount. */
export interface Source {
  readonly arn: string
  readonly account: string
}

/** What other services may ask of Lambda, in one unit of work. ARNs may have a version or an alias. */
export interface UserFunctions {
  /** Whether the caller may `lambda:InvokeFunction`; false also when there is no such function. */
  mayInvoke(functionArn: string, call: Call): Promise<boolean>
  /** Whether the function is there and its policy lets a service's principal in, in the name of a resource. */
  admits(functionArn: string, principal: string, source: Source): Promise<boolean>
  /** Whether none of its invocations is run: its reserved concurrency is 0. */
  isStopped(functionArn: string): Promise<boolean>
}

export type UserFunctionsFor = (unit: Unit) => UserFunctions

/** How an invocation by a service ended. `error`: the function's own, bounded. */
export type InvocationEnd =
  | { readonly ok: true; readonly payload: Uint8Array }
  /** `throttled`: nothing has run, and it may be tried again. */
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string; readonly throttled?: true }

/** An invocation by a service. */
export interface ServiceInvocation {
  readonly principal: string
  readonly source: Source
  readonly payload: Uint8Array
  readonly signal: AbortSignal
  /** Never logged. */
  readonly hidden?: readonly Secret[]
}

/** Invokes a function for a service and waits for its end; outside of any unit of work. Never throws. */
export type InvokeForService = (functionArn: string, invocation: ServiceInvocation) => Promise<InvocationEnd>

/** An event that a service leaves for a function. */
export interface LeftEvent {
  readonly principal: string
  readonly source: Source
  readonly payload: Uint8Array
  /** Events that stand behind what the function does, this one included: `kernel/events/causes.ts`. */
  readonly depth?: number
}

/**
 * Puts an event down for a function in the unit of who asks, as an asynchronous invocation does: it runs later, and is tried again when
 * it fails. `missing`: there is no such function; `refused`: its policy does not let the service in; `full`: too many events of
 * its account wait already. Nothing was put down then.
 */
export type LeaveForFunction = (
  unit: Unit,
  functionArn: string,
  event: LeftEvent,
) => Promise<'left' | 'missing' | 'refused' | 'full'>
