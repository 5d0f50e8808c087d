import type { Call } from '#kernel/call'
import type { Unit } from '#kernel/storage/storage'
import type { Step } from './model/rotation.ts'

/** What a rotation function is called with. Source: rotation.md 3.1. */
export interface RotationEvent {
  /** `dryRun`: beyond AWS, of no rotation; built-in functions say what they would do. */
  readonly Step: Step | 'dryRun'
  /** Full ARN. */
  readonly SecretId: string
  readonly ClientRequestToken: string
  readonly RotationToken: string
}

/** How an invocation ended. Texts carry nothing secret. */
export type Invoked =
  | { readonly ok: true }
  /** `errorType` as Lambda names it; `throttled`: the function was not reached, which does not count as an attempt. */
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string; readonly throttled?: true }

/** What Secrets Manager asks of functions, in one unit of work. */
export interface Functions {
  /** Whether the caller may `lambda:InvokeFunction`; false also when there is no such function. */
  mayInvoke(functionArn: string, call: Call): Promise<boolean>
  /**
   * Whether the function is there and its policy lets a service's principal (`secretsmanager.amazonaws.com`) in, in the name of
   * a resource: aws:SourceArn, aws:SourceAccount. Source: rotation.md 6.
   */
  admits(
    functionArn: string,
    principal: string,
    source: { readonly arn: string; readonly account: string },
  ): Promise<boolean>
  /** Whether none of its invocations is run: its reserved concurrency is 0. Not said: no. */
  isStopped?(functionArn: string): Promise<boolean>
  /** Whether it knows the step `returnSecret`: to set the current version's password again. Not said: no. */
  returns?(functionArn: string): boolean
  /** Whether its rotation ends the password that was current before, so that there is nothing to keep for readers. Not said: no. */
  endsPrevious?(functionArn: string): boolean
}

/** What is asked where there are no functions. */
export const noFunctions: Functions = { mayInvoke: async () => false, admits: async () => false }

export type FunctionsFor = (unit: Unit) => Functions

/** Invokes a function for a service and waits for its end; outside of any unit of work. Never throws. */
export type InvokeFunction = (
  functionArn: string,
  event: RotationEvent,
  /** `configuredBy`: see `Rotation`. `signal`: the server is stopping. */
  context: {
    readonly account: string
    readonly region: string
    readonly configuredBy: string | undefined
    readonly signal: AbortSignal
  },
) => Promise<Invoked>
