import type { Trail } from '#kernel/audit/trail'
import type { Call } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { Denial } from '#kernel/error'
import type { Meter } from '#kernel/metrics'
import type { Protocol } from '#kernel/protocol/reply'
import type { Random } from '#kernel/random'
import type { Route, Routes } from '#kernel/routes'
import type { Service } from '#kernel/service'
import type { FindCredential } from '#kernel/signature/credential'
import type { SigningKeys } from '#kernel/signature/keys'
import type { RawRequest } from '#kernel/signature/request'
import type { Storage } from '#kernel/storage/storage'
import type { Trace, Tracing } from '#kernel/tracing'

/** How a request ended, for log and metrics. Nothing in it comes from a member of the request. */
export interface Outcome {
  readonly requestId: string
  /** Undefined when the request named no operation that exists. */
  readonly route: Route | undefined
  readonly caller: string | undefined
  /** `ok` or the error's code. */
  readonly code: string
  readonly status: number
  /** What escaped, when it was our fault. */
  readonly failure?: unknown
  readonly remoteAddress: string
  /** Of a request that is traced. */
  readonly traceId?: string | undefined
  /** From the request, read in full, to its answer. */
  readonly ms: number
}

/** What the pipeline works with. */
export interface PipelineParts {
  readonly routes: Routes
  readonly storage: Storage
  readonly trail: Trail
  readonly clock: Clock
  /** Dev mode only, where `clock` travels: the machine's own, by which signatures may be dated too. */
  readonly machineClock?: Clock
  readonly random: Random
  readonly regions: readonly string[]
  readonly keys: SigningKeys
  readonly find: FindCredential
  /** What sts:DecodeAuthorizationMessage opens: why a call was refused, for nobody else to read. */
  encodeDenial(denial: Denial): string
  /** Told about each request whose signature was right. */
  verified(call: Call, service: Service): void
  /** Told about each call that went well, before its answer leaves: for values that are to be hidden in logs. */
  served?(call: Call, input: unknown, out: unknown): void
  /** Told once about each request, after its answer is made. */
  ended(outcome: Outcome): void
  /** Counts the requests of a route; undefined: of requests that name no operation. */
  meter(route: Route | undefined): Meter
  /** Where traces go, if anywhere. */
  readonly tracing?: Pick<Tracing, 'begin'>
  /** Tests: an error that the operation did not declare is a failure of ours. */
  readonly strict?: boolean
}

/** What is known about a request so far; filled in by the steps. */
export interface Exchange {
  readonly requestId: string
  readonly raw: RawRequest
  protocol: Protocol
  /** What is decoded: of a compressed request, once its signature was found right, its inflated body. */
  body: Buffer
  version: '1.0' | '1.1'
  service: Service | undefined
  route: Route | undefined
  call: Call | undefined
  form: ReadonlyMap<string, string> | undefined
  meter: Meter | undefined
  /** Undefined for a request that is not traced. */
  readonly trace: Trace | undefined
  readonly began: number
}

/** What an operation's input is decoded from. */
export interface Body {
  readonly protocol: Protocol
  /** The whole request: members of REST services stand in all of its parts. */
  readonly raw?: RawRequest
  readonly body: Buffer
  readonly form: ReadonlyMap<string, string> | undefined
  /** Of the request, when it is traced. */
  readonly trace?: Trace | undefined
}
