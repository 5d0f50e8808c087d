import { ApiError } from '#kernel/error'
import { type Answered, call, type Reach, Unacceptable, Unreachable } from '#kernel/outbound/call'
import type { Clock } from '#kernel/clock'
import type { Storage, Unit } from '#kernel/storage/storage'
import { decide } from '#kernel/authorization/authorize'
import type { Way } from '../delivery/deliverer.ts'
import { type Outcome, passing, permanent } from '../delivery/outcome.ts'
import type { Deliveries, Delivery } from '../delivery/store.ts'
import { callAs, type Roles } from '../delivery/ways.ts'
import type { Authorization } from './authorization.ts'
import { requestOf, tokenRequest } from './request.ts'
import type { ConnectionSecrets } from './secrets.ts'
import { type ApiDestination, type Connection, type Destinations, destinationArn, namedIn } from './store.ts'

export interface CallingParts extends Roles {
  readonly storage: Storage
  readonly clock: Clock
  readonly reach: Reach
  readonly secrets: ConnectionSecrets
  readonly destinations: (unit: Unit) => Destinations
  readonly deliveries: (unit: Unit) => Deliveries
}

/** Bytes of the answer of an OAuth server. */
const MOST_TOKEN = 64 * 1024
/** Tokens that are kept in memory. */
const MOST_TOKENS = 1000
/** A token is not used when it ends within this time; milliseconds. */
const MARGIN_MS = 30_000
/** Of a token of which nothing is said. */
const USUAL_MS = 300_000
/** Source: EventBridge user guide, API destinations: these are tried again, other refusals are not. */
const TRIED_AGAIN = (status: number) =>
  status === 401 || status === 407 || status === 409 || status === 429 || status > 499
/** Longest wait that a receiver may ask for. */
const LONGEST_MS = 3_600_000

interface Token {
  readonly text: string
  readonly endsAt: number
}

/**
 * API destinations as targets: an HTTPS request for each event, by the authorization of the connection, guarded as all that goes to
 * addresses of strangers. Nothing of an answer but its status is looked at, and nothing of it is told on.
 */
export class Calling implements Way {
  readonly #parts: CallingParts
  /** Of OAuth clients, by connection and what it is authorized with. */
  readonly #tokens = new Map<string, Token>()

  constructor(parts: CallingParts) {
    this.#parts = parts
  }

  fits(arn: string): boolean {
    return namedIn(arn, 'api-destination') !== undefined
  }

  readonly outside = {
    mayBegin: (unit: Unit, delivery: Delivery, now: number) => this.#mayBegin(unit, delivery, now),
    send: (delivery: Delivery, signal: AbortSignal) => this.#send(delivery, signal),
  }

  async #mayBegin(unit: Unit, { content }: Delivery, now: number): Promise<number> {
    const found = await this.#parts.destinations(unit).destinationByArn(content.target.Arn)
    if (found === undefined) return now
    return this.#parts.deliveries(unit).pace(found, found.id, found.rate, now)
  }

  async #send(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
    const { target, input } = delivery.content
    const ready = await this.#ready(delivery)
    if ('outcome' in ready) return ready.outcome
    const { destination, connection, authorization } = ready
    try {
      const token =
        authorization.OAuthParameters && (await this.#token(connection, authorization.OAuthParameters, signal))
      const request = requestOf(destination, authorization, token, target.HttpParameters, input)
      const answered = await call({ ...request, mostBytes: 0, statusOnly: true, signal }, this.#parts.reach)
      if (answered.status === 401 || answered.status === 407) this.#forget(connection)
      return outcomeOf(answered, this.#parts.clock.now())
    } catch (error) {
      return outcomeOfError(error, signal)
    }
  }

  /** What a call needs, as it stands now: the rights of the rule's role, the destination, its connection and the secret of that. */
  async #ready(
    delivery: Delivery,
  ): Promise<
    | { readonly outcome: Outcome }
    | { readonly destination: ApiDestination; readonly connection: Connection; readonly authorization: Authorization }
  > {
    const { storage, clock, destinations, secrets } = this.#parts
    const { Arn, RoleArn } = delivery.content.target
    const now = clock.now()
    // it leaves a record of the secret that is read
    return storage.unit('write', async (unit) => {
      const all = destinations(unit)
      const destination = await all.destinationByArn(Arn)
      if (destination === undefined || destination.account !== delivery.account)
        return { outcome: permanent('NO_RESOURCE', `${Arn} is not there`) }
      if (isOfRule(delivery) && !(await this.#mayInvoke(unit, delivery, destination, now)))
        return { outcome: permanent('NO_PERMISSIONS', `${RoleArn ?? 'no role'} may not invoke ${Arn}`) }
      const connection = await all.connectionByArn(destination.connection)
      if (connection === undefined)
        return { outcome: permanent('NO_RESOURCE', `${destination.connection} is not there`) }
      if (connection.state === 'DEAUTHORIZED')
        return { outcome: passing('CONNECTION_NOT_AUTHORIZED', `${destination.connection} is not authorized`) }
      const authorization = await secrets.read(unit, connection, delivery.id, now)
      if (authorization === undefined)
        return {
          outcome: passing('CONNECTION_NOT_AUTHORIZED', `the secret of ${destination.connection} can't be read`),
        }
      return { destination, connection, authorization }
    })
  }

  /** A rule calls by its target's role. Source: EventBridge user guide, API destinations. */
  async #mayInvoke(unit: Unit, delivery: Delivery, destination: ApiDestination, now: number): Promise<boolean> {
    const { RoleArn } = delivery.content.target
    const asRole = RoleArn === undefined ? undefined : await callAs(unit, RoleArn, delivery, now, this.#parts)
    if (asRole === undefined) return false
    return decide(asRole, 'events', 'events:InvokeApiDestination', {
      resource: destinationArn(destination),
      owner: destination.account,
    }).allowed
  }

  /** A token of an OAuth client: the one in memory, or another. */
  async #token(
    connection: Connection,
    oauth: NonNullable<Authorization['OAuthParameters']>,
    signal: AbortSignal,
  ): Promise<string> {
    const { clock, reach } = this.#parts
    const key = keyOf(connection)
    const kept = this.#tokens.get(key)
    if (kept !== undefined && kept.endsAt > clock.now() + MARGIN_MS) return kept.text
    const { status, body } = await call({ ...tokenRequest(oauth), mostBytes: MOST_TOKEN, signal }, reach)
    if (status < 200 || status > 299)
      throw new TokenRefused(TRIED_AGAIN(status), `the authorization endpoint answered with ${status}`)
    const token = tokenIn(body, clock.now())
    if (token === undefined) throw new TokenRefused(true, 'the authorization endpoint answered no token')
    this.#tokens.delete(key)
    this.#tokens.set(key, token)
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= MOST_TOKENS) break
      this.#tokens.delete(oldest)
    }
    return token.text
  }

  #forget(connection: Connection): void {
    this.#tokens.delete(keyOf(connection))
  }

  /** Looks whether the authorization endpoint of a connection gives a token; why not, for people. For the job that authorizes. */
  async authorize(
    connection: Connection,
    authorization: Authorization,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (authorization.OAuthParameters === undefined) return undefined
    try {
      this.#forget(connection)
      await this.#token(connection, authorization.OAuthParameters, signal)
      return undefined
    } catch (error) {
      const outcome = outcomeOfError(error, signal)
      return outcome === 'arrived' ? undefined : outcome.failure.reason
    }
  }
}

/** What is set for a connection otherwise gives another key. */
const keyOf = ({ account, region, name, id, modifiedAt }: Connection) =>
  `${account}/${region}/${name}/${id}/${modifiedAt}`

/** Whether it is a rule that sends: what else does is not bound to a role. */
const isOfRule = ({ content: { source } }: Delivery): boolean => source.startsWith('arn:aws:events:')

class TokenRefused extends Error {
  readonly again: boolean

  constructor(again: boolean, message: string) {
    super(message)
    this.again = again
  }
}

function outcomeOf({ status, retryAfter }: Answered, now: number): Outcome {
  if (status >= 200 && status <= 299) return 'arrived'
  const reason = `the endpoint answered with ${status}`
  return TRIED_AGAIN(status)
    ? passing(`HTTP_${status}`, reason, waitIn(retryAfter, now))
    : permanent(`HTTP_${status}`, reason)
}

/** Nothing of where it is or what it says: why is no stranger's business. */
function outcomeOfError(error: unknown, signal: AbortSignal): Outcome {
  if (error instanceof TokenRefused) {
    return error.again
      ? passing('CONNECTION_NOT_AUTHORIZED', error.message)
      : permanent('CONNECTION_NOT_AUTHORIZED', error.message)
  }
  if (signal.aborted) return passing('TIMEOUT', 'the endpoint did not answer in time')
  if (error instanceof Unreachable) return passing('CONNECTION_FAILURE', 'the endpoint does not answer')
  if (error instanceof Unacceptable)
    return passing('CONNECTION_FAILURE', 'the endpoint is not one that is called, or its certificate is not trusted')
  if (error instanceof ApiError) throw error
  if (error instanceof TypeError) return permanent('INVALID_PARAMETER', 'its parameters make no HTTP request')
  throw error
}

/** Retry-After: seconds, or a date. Source: RFC 9110, 10.2.3. */
function waitIn(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_MS)
}

/** The token in an answer. Source: RFC 6749, 5.1. */
function tokenIn(body: string, now: number): Token | undefined {
  try {
    const { access_token: text, expires_in: seconds } = Object(JSON.parse(body)) as Record<string, unknown>
    if (typeof text !== 'string' || text === '' || /[^\x21-\x7e]/.test(text)) return undefined
    const lastsMs = Number(seconds) > 0 ? Number(seconds) * 1000 : USUAL_MS
    return { text, endsAt: now + lastsMs }
  } catch {
    return undefined
  }
}
