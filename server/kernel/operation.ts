import type { Copy } from '#kernel/audit/event'
import type { Granted, Rule } from '#kernel/authorization/evaluate'
import type { Compiled, ContextValue } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import type { StreamEvent } from '#kernel/protocol/event-stream'
import type { Rest } from '#kernel/protocol/rest'
import type { Xml } from '#kernel/protocol/xml'
import type { Checked, ShapeOf } from '#kernel/shape'
import type { ErrorName, OperationName } from '#kernel/wire'

/** What an operation acts on, as authorization and audit need it. */
export interface Target {
  /** The full ARN that policies are matched against; `*` for operations without a resource. */
  readonly resource: string
  /** How a refusal names the resource: what the caller sent. Absent: the text has no `on resource:` part. */
  readonly shown?: string
  /** Account that owns the resource; default: the caller's. */
  readonly owner?: string
  /** Condition keys of the service, for example `secretsmanager:VersionStage`. A key that is absent stays absent. */
  readonly context?: Readonly<Record<string, ContextValue | undefined>>
  /** Tags on the resource: aws:ResourceTag/…, and the service's own `…:ResourceTag/…`. */
  readonly tags?: ReadonlyMap<string, string> | undefined
  /** Tags in the request: aws:RequestTag/…, aws:TagKeys. */
  readonly requestTags?: ReadonlyMap<string, string>
  /** Tag keys in the request when there are no values (UntagResource). */
  readonly tagKeys?: readonly string[]
  /** Policy on the resource. */
  readonly policy?: Compiled | undefined
  /** Grants on the resource that cover this action of the caller's: how they name him. KMS has them. */
  grant?(action: string): Granted | undefined
  /** Who asks, for an operation that is `unsigned`: what the input proved. The trail names it too. */
  readonly caller?: Caller
  /** Another action than `service:Operation`, for the second permission that some operations ask for. */
  readonly action?: string
  /** Nobody needs to allow this, but a deny counts: GetSessionToken. Source: access.md 5.5, step 3. */
  readonly unlessDenied?: true
  /** How policies are evaluated for this target when it differs from the service's rule (KMS: aliases and `*`). */
  readonly rule?: Rule
}

/** What the trail keeps of a call beyond the rule of the kernel (all input but sensitive members; nothing of the answer). */
export interface Audited<Input, Out> {
  /** The event's name when it is not the operation's: Lambda's carry the date of their version. */
  readonly name?: string
  /** Replaces the members of the request in the record. */
  readonly request?: (input: Input) => Record<string, unknown> | null
  /** `responseElements` of a successful call. */
  readonly response?: (out: Out, targets?: Target | readonly Target[]) => Record<string, unknown> | null
  readonly resources?: (
    input: Input,
    out: Out | undefined,
    call: Call,
    targets?: Target | readonly Target[],
  ) => readonly { accountId: string; type?: string; ARN: string }[] | undefined
  /**
   * `additionalEventData`; undefined: there is none. Of a refused call `out` is undefined, and `targets` too when it was refused before they
   * were looked for: what it says then must be the caller's own account's.
   */
  readonly additional?: (
    input: Input,
    out: Out | undefined,
    call: Call,
    targets: Target | readonly Target[] | undefined,
  ) => Readonly<Record<string, unknown>> | undefined
  /** It is about what is in a resource, which AWS calls a data event: Invoke. */
  readonly dataEvent?: true
  /** Of a call that can be about what several accounts own: what each of the others is told. Default: all, the owner of the first target. */
  readonly copies?: (input: Input, out: Out, call: Call) => readonly Copy[]
}

/** What an answer goes on with. */
export interface Piece {
  readonly events: readonly StreamEvent[]
  /** Told when the unit in which it was read ended well: the next piece begins behind it. */
  read(): void
}

/**
 * How an answer goes on behind what `run` answered, as a stream of events: a piece after each pause, until its time is over, its
 * caller goes or may call no more, or the server closes. The record is written when it begins.
 */
export interface Streams<Out, Env> {
  /** Milliseconds between two pieces. */
  readonly everyMs: number
  /** Milliseconds after which it ends. */
  readonly longestMs: number
  /** Takes what it holds, before anything is answered. Throws ApiError when there is no room for another one. */
  begin(out: Out): void
  /** Told once, however it ended: gives back what `begin` took. */
  over(out: Out): void
  /** What is said first. */
  first(out: Out): readonly StreamEvent[]
  /** The next piece, in a read unit of its own, in the name of a caller who still may call. */
  next(out: Out, env: Env, call: Call): Promise<Piece>
  /** What is said last when its time is over, and when something else has ended it: a text for the caller. */
  late(): StreamEvent
  broken(text: string): StreamEvent
}

type NoExtra<S, In> = { readonly [K in Exclude<keyof S, keyof In>]: never }

/**
 * One operation of a service: a declaration in the order in which the kernel uses it, then `run`.
 * The kernel parses, validates, authorizes, audits, opens the unit of work, measures and encodes from the declaration;
 * `run` has none of it.
 */
export interface Operation<Sdk, In, Out, Env, S extends ShapeOf<In>> {
  readonly name: OperationName<Sdk>
  /** `read` never writes to the store; `write` runs in one transaction. */
  readonly effect: 'read' | 'write'
  /** Of a `read` whose calls sometimes write: which kind of unit this one needs. */
  effectOf?(input: Checked<In, S>): 'read' | 'write'
  /** The trail's readOnly when it differs from the effect (KMS calls Encrypt read-only although it writes nothing anyway). */
  readonly readOnly?: boolean
  readonly input: S & NoExtra<S, In>
  readonly errors: readonly ErrorName<Sdk>[]
  /** How requests name it, in services that speak REST-JSON. */
  readonly rest?: Rest
  /** Of one named by X-Amz-Target that takes larger bodies than others: bytes. */
  readonly bodyBytes?: number
  /** How requests name it, in services that speak REST-XML. */
  readonly xml?: Xml
  /** No permission is needed, and none is looked at: GetCallerIdentity. */
  readonly open?: true
  /** The caller brings no signature, or one that is not looked at, and proves who it is by `input`: AssumeRoleWithWebIdentity. */
  readonly unsigned?: true
  readonly audit?: Audited<Checked<In, S>, Out>
  /**
   * Work that takes time and needs nothing of the store (fetching the keys of an identity provider), done before the unit of
   * work opens. What it found `target` and `run` find again by the same `input` object. Throws ApiError.
   */
  prepare?(input: Checked<In, S>, call: Call): Promise<void>
  /**
   * Work that takes time and begins with what the store says (comparing a password with the one that is kept). `ahead` runs in
   * a read unit of its own, after the permission; the work that it answers runs outside of any unit, so that nobody waits for
   * it. What it found `run` finds again by the same `input` object, and looks whether the store still says the same.
   */
  ahead?(input: Checked<In, S>, env: Env, call: Call): Promise<() => Promise<void>>
  /**
   * One target, or several when one call needs more than one permission; all must be allowed. Here and in `run`: an operation that
   * finds all in memory answers no promise, which spares the turns of promises (see `Soon`).
   */
  target(input: Checked<In, S>, env: Env, call: Call): Promise<Target | readonly Target[]> | Target | readonly Target[]
  run(input: Checked<In, S>, env: Env, call: Call): Promise<Out> | Out
  /**
   * Work of a call that changed nothing, when its unit is closed (running a function that calls back into this server): nobody
   * waits for it, and it is done once. Gets what `run` answered and the same `env`, whose store must not be used any more;
   * answers what the caller gets. The record is written when it has ended, with how it went.
   */
  after?(out: Out, input: Checked<In, S>, env: Env, call: Call): Promise<Out>
  /** Of an operation with `after`: whether this call needs it. Absent: each does. */
  afterOf?(input: Checked<In, S>): boolean
  /** Of a `read` whose answer goes on: see `Streams`. */
  readonly streams?: Streams<Out, Env>
}

/** `operationsOf<typeof Sdk, Env>()` gives a service its typed `operation` function. */
export const operationsOf =
  <Sdk, Env>() =>
  <In, Out>() =>
  <const S extends ShapeOf<In>>(declared: Operation<Sdk, In, Out, Env, S>): Operation<Sdk, In, Out, Env, S> =>
    declared

/** An operation as the kernel sees it, its types forgotten. */
export interface AnyOperation {
  readonly name: string
  readonly effect: 'read' | 'write'
  // biome-ignore lint/suspicious/noExplicitAny: the registry holds operations of every type; `operation()` checked each
  effectOf?(input: any): 'read' | 'write'
  readonly rest?: Rest
  readonly bodyBytes?: number
  readonly xml?: Xml
  readonly readOnly?: boolean
  readonly input: Readonly<Record<string, import('#kernel/shape').Shape>>
  readonly errors: readonly string[]
  readonly open?: true
  readonly unsigned?: true
  // biome-ignore lint/suspicious/noExplicitAny: the registry holds operations of every type; `operation()` checked each
  readonly audit?: Audited<any, any>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  prepare?(input: any, call: Call): Promise<void>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  ahead?(input: any, env: any, call: Call): Promise<() => Promise<void>>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  target(input: any, env: any, call: Call): Promise<Target | readonly Target[]> | Target | readonly Target[]
  // biome-ignore lint/suspicious/noExplicitAny: as above
  run(input: any, env: any, call: Call): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above
  after?(out: any, input: any, env: any, call: Call): Promise<unknown>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  afterOf?(input: any): boolean
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly streams?: Streams<any, any>
}
