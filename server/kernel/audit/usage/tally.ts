import type { Position, StoredRecord } from '#kernel/audit/reader'
import { type ReadBy, Reads } from '#kernel/audit/usage/reads'

/** What a counter counts calls of. */
export interface Series {
  /** Of the caller. */
  readonly account: string
  readonly region: string
  /** ARN of the user, of the role (not of its session), of the root user. */
  readonly principal: string
  /** `secretsmanager.amazonaws.com` */
  readonly source: string
  /** `GetSecretValue`; without the date that Lambda appends. */
  readonly operation: string
  /** `ok`, or the error code. */
  readonly result: string
  /** ARN of the secret, parameter or key; empty: of none, or of several. */
  readonly resource: string
  /** Empty: a user's call. Else who called in its place: `secretsmanager.amazonaws.com` with the caller's rights, or the rotation engine. */
  readonly via: string
}

/** What was counted of a series in one minute. */
export interface Count {
  /** Calls: what is billed, and what AWS/Usage says. */
  calls: number
  /** Secrets and parameters that were read; a call that reads ten counts ten. */
  items: number
}

export interface Counter {
  /** The same series has the same key. */
  readonly key: string
  readonly series: Series
  /** By the beginning of the minute, milliseconds. */
  readonly minutes: Map<number, Count>
  /** When the last one happened, milliseconds. */
  last: number
}

export const MINUTE_MS = 60_000
export const OK = 'ok'
/** In the place of a service's name: the functions of rotations that the server itself provides. */
export const ENGINE = 'rotation'

/** Refusals that AWS does not bill. Source: surroundings.md 9; the codes: common errors of the services. */
const THROTTLED: ReadonlySet<string> = new Set(
  'Throttling ThrottlingException ThrottledException RequestLimitExceeded RequestThrottled TooManyRequestsException ProvisionedThroughputExceededException SlowDown'.split(
    ' ',
  ),
)
const READS: ReadonlySet<string> = new Set(['GetSecretValue', 'GetParameter', 'GetParameters', 'GetParametersByPath'])
/** The role of the rotation functions that the server provides: nobody's calls. Source: trap 42. */
const OWN_ROLE = ':role/aws-service-role/'

/**
 * Counts records of the journal: pure, fed by the pass of the index. What of the spec it holds (surroundings.md 9, traps 42 and 44):
 * failed calls of somebody who is known count, throttled ones do not; a call of BatchGetSecretValue counts once, whatever it reads;
 * what services do by themselves is no call, what they ask in a caller's name is kept apart (`via`), what functions ask with the
 * credentials of their role is a call; of a call that two accounts are told of the caller's record counts.
 */
export class Tally {
  readonly #from: Position
  readonly #position = new Map<string, number>()
  readonly #counters = new Map<string, Counter>()
  #reads = new Reads()

  /** Records at or before `from` were counted before: they are passed over. */
  constructor(from: Position = new Map()) {
    this.#from = from
  }

  /** Records of one writer come in their order. `parsed`: the record, if it is parsed already. */
  add(stored: StoredRecord, parsed?: unknown): void {
    const { writer, sequence, account, region, eventTime } = stored
    if (!this.#passes(writer, sequence)) return
    const facts = factsOf((parsed ?? jsonOf(stored.record)) as Recorded | undefined)
    if (facts !== undefined) this.#all(facts, account, region, eventTime)
  }

  /** The same for a record of which is known what is counted; undefined: nothing. */
  count(
    writer: string,
    sequence: number,
    account: string,
    region: string,
    time: number,
    facts: Facts | undefined,
  ): void {
    if (this.#passes(writer, sequence) && facts !== undefined) this.#all(facts, account, region, time)
  }

  /** The same for a record of which is known that it read this resource; null: it does not count. */
  read(writer: string, sequence: number, time: number, by: ReadBy | null, resource: string): void {
    if (this.#passes(writer, sequence) && by !== null) this.#reads.add(by, resource, time)
  }

  /** The same for a record that is like others: `slot` is theirs, and remembers where they are counted. */
  take(writer: string, sequence: number, account: string, region: string, time: number, slot: Slot): void {
    if (!this.#passes(writer, sequence)) return
    const { facts } = slot
    if (facts === undefined) return
    if (facts.each > 0) {
      this.#all(facts, account, region, time)
      return
    }
    const { calls, items } = facts
    if (calls === 0 && items === 0) return
    if (slot.tally !== this) {
      slot.counter = this.#counter(facts, account, region, facts.resource)
      slot.tally = this
      slot.count = undefined
    }
    const counter = slot.counter as Counter
    if (time > counter.last) counter.last = time
    const minute = time - (time % MINUTE_MS)
    if (slot.count === undefined || slot.minute !== minute) {
      slot.count = countIn(counter, minute)
      slot.minute = minute
    }
    slot.count.calls += calls
    slot.count.items += items
  }

  /** Where it has come to, of a writer whose records follow each other. */
  #writer = ''
  #reached = 0

  #passes(writer: string, sequence: number): boolean {
    if (writer !== this.#writer) {
      this.#putDown()
      this.#reached = this.#position.get(writer) ?? this.#from.get(writer) ?? 0
      this.#writer = writer
    }
    if (sequence <= this.#reached) return false
    this.#reached = sequence
    return true
  }

  #putDown(): void {
    if (this.#reached > (this.#position.get(this.#writer) ?? this.#from.get(this.#writer) ?? 0))
      this.#position.set(this.#writer, this.#reached)
  }

  /** How many counters there are, at most. */
  get size(): number {
    return this.#counters.size + this.#reads.size
  }

  /** All of them. */
  get counters(): Iterable<Counter> {
    const { by, resources, times } = this.#reads
    for (const [at, { facts, account, region }] of by.entries())
      this.#count(facts, account, region, resources[at] as string, times[at] as number, facts.calls, facts.items)
    this.#reads = new Reads()
    return this.#counters.values()
  }

  /** All of them but the reads that were not made counters of: those are in `reads`. */
  get apart(): { readonly counters: Iterable<Counter>; readonly reads: Reads } {
    return { counters: this.#counters.values(), reads: this.#reads }
  }

  /** The last sequence that was added, by writer. */
  get position(): Position {
    this.#putDown()
    return this.#position
  }

  #all(facts: Facts, account: string, region: string, time: number): void {
    this.#count(facts, account, region, facts.resource, time, facts.calls, facts.items)
    // the call is one of no resource, what it read is told of each
    for (const resource of facts.resources) this.#count(facts, account, region, resource, time, 0, facts.each)
  }

  #count(facts: Facts, account: string, region: string, resource: string, time: number, calls: number, items: number) {
    if (calls === 0 && items === 0) return
    const counter = this.#counter(facts, account, region, resource)
    if (time > counter.last) counter.last = time
    const count = countIn(counter, time - (time % MINUTE_MS))
    count.calls += calls
    count.items += items
  }

  #counter(facts: Facts, account: string, region: string, resource: string): Counter {
    const key = resource + whoseOf(facts, account, region)
    let counter = this.#counters.get(key)
    if (counter === undefined) {
      counter = { key, series: seriesOf(facts, account, region, resource), minutes: new Map(), last: 0 }
      this.#counters.set(key, counter)
    }
    return counter
  }
}

/** The key of a series, behind its resource. None of its parts has a line end: ARNs, names and codes of ours. */
export function whoseOf({ principal, source, operation, result, via }: Facts, account: string, region: string): string {
  return `\n${operation}\n${principal}\n${result}\n${via}\n${source}\n${region}\n${account}`
}

export function seriesOf(facts: Facts, account: string, region: string, resource: string): Series {
  const { principal, source, operation, result, via } = facts
  return { account, region, principal, source, operation, result, resource, via }
}

function countIn({ minutes }: Counter, minute: number): Count {
  let count = minutes.get(minute)
  if (count === undefined) {
    count = { calls: 0, items: 0 }
    minutes.set(minute, count)
  }
  return count
}

/** What of a record is counted. */
export interface Facts {
  readonly principal: string
  readonly source: string
  readonly operation: string
  readonly result: string
  readonly via: string
  /** Of the call, with what it read; empty: of none, or of several. */
  readonly resource: string
  readonly calls: number
  readonly items: number
  /** The several: each was read so often. */
  readonly resources: readonly string[]
  readonly each: number
}

/** Where records are counted that have the same facts, in the last tally that met one of them. */
export interface Slot {
  readonly facts: Facts | undefined
  tally: Tally | undefined
  counter: Counter | undefined
  minute: number
  count: Count | undefined
}

/** Undefined: the record, parsed, is no call that counts. */
export function factsOf(record: Recorded | null | undefined): Facts | undefined {
  if (record === undefined || record === null || record.eventType !== 'AwsApiCall') return undefined
  const { userIdentity: who, errorCode, eventName: name, eventSource: source } = record
  if (typeof name !== 'string' || typeof source !== 'string' || who === undefined || isCopy(record)) return undefined
  if (errorCode !== undefined && THROTTLED.has(errorCode)) return undefined
  const principal = principalOf(who, errorCode)
  if (principal === undefined) return undefined
  const operation = operationOf(name)
  const result = errorCode ?? OK
  const via = who.invokedBy ?? (principal.includes(OWN_ROLE) ? ENGINE : '')
  const resources = resourcesOf(record)
  const [only = ''] = resources
  const one = resources.length < 2
  const reads = result === OK && READS.has(operation)
  const { BatchGetSecretValue: batched, ParametersReturned: returned } = record.additionalEventData ?? {}
  const counted = typeof returned === 'number'
  const several = !one && !counted && reads
  return {
    ...{ principal, source, operation, result, via, resource: one ? only : '', calls: batched === true ? 0 : 1 },
    items: counted ? returned : reads && one ? 1 : 0,
    ...{ resources: several ? resources : NONE, each: several ? 1 : 0 },
  }
}

interface Identity {
  readonly type?: string
  readonly arn?: string
  readonly accountId?: string
  readonly principalId?: string
  readonly identityProvider?: string
  readonly invokedBy?: string
  readonly sessionContext?: { readonly sessionIssuer?: { readonly arn?: string; readonly type?: string } }
}

/** Of a record, what counts. */
export interface Recorded {
  readonly eventType?: string
  readonly eventName?: string
  readonly eventSource?: string
  readonly errorCode?: string
  readonly userIdentity?: Identity
  readonly recipientAccountId?: string
  readonly sharedEventID?: string
  readonly resources?: readonly { readonly ARN?: string }[] | null
  readonly additionalEventData?: {
    readonly SecretId?: unknown
    readonly BatchGetSecretValue?: unknown
    readonly ParametersReturned?: unknown
  } | null
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // `strongroom audit verify` tells of it
    return undefined
  }
}

/** What the owner of a resource is told of somebody else's call. */
function isCopy({ userIdentity, recipientAccountId, sharedEventID }: Recorded): boolean {
  if (userIdentity?.type === 'AWSAccount') return true
  const { accountId } = userIdentity ?? {}
  return sharedEventID !== undefined && accountId !== undefined && accountId !== recipientAccountId
}

/** Undefined: nobody who is known. */
function principalOf(who: Identity, errorCode: string | undefined): string | undefined {
  if (who.type === 'WebIdentityUser') {
    return errorCode === undefined ? `web-identity/${who.identityProvider ?? ''}` : undefined
  }
  const issuer = who.sessionContext?.sessionIssuer
  return (issuer?.type === 'Role' ? issuer.arn : undefined) ?? who.arn
}

const operations = new Map<string, string>()

/** `CreateFunction20150331` → `CreateFunction`. Source: surroundings.md 1.1. */
function operationOf(name: string): string {
  let known = operations.get(name)
  if (known === undefined) {
    known = name.replace(/20\d{6}(v\d+)?$/, '')
    if (operations.size < 2000) operations.set(name, known)
  }
  return known
}

const NONE: readonly string[] = []

function resourcesOf({ additionalEventData, resources }: Recorded): readonly string[] {
  const secret = additionalEventData?.SecretId
  if (typeof secret === 'string') return [secret]
  if (!Array.isArray(resources)) return NONE
  const arns: string[] = []
  for (const { ARN } of resources) if (typeof ARN === 'string') arns.push(ARN)
  return arns
}
