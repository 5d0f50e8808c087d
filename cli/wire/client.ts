import { setTimeout as delay } from 'node:timers/promises'
import { below, isLoopback, now, signed } from '@strongroom/server/wire'
import { exit, Failure, type Io } from '../command.ts'
import { styles } from '../style.ts'
import { credentialsOf, type CredentialSource } from './credentials.ts'
import { type Place, placeOf } from './place.ts'
import { readProfile } from './profile.ts'
import { isSkew, isThrottle, Refused, unreachable } from './refusal.ts'
import { SERVICES, type Service } from './services.ts'
import type { WireSettings } from './settings.ts'
import { type Answered, NoAnswer, Transport } from './transport.ts'

export { Refused } from './refusal.ts'
export type { Wire } from './services.ts'
export { wireFlags, wireHelp, type WireSettings, wireSettings } from './settings.ts'

/** One end of the wire: a server, and somebody who may ask it. */
export interface Client extends Disposable {
  /** Address and region, for a person: `http://127.0.0.1:4566 (us-east-1)`. */
  readonly where: string
  readonly region: string
  /** True for AWS itself. */
  readonly isAws: boolean
  /**
   * Calls an operation; answers its members as they are on the wire (moments as seconds, bytes as base64). What may pass is tried
   * again: writes carry a ClientRequestToken where AWS has one, so that they are done once. Throws Refused and Failure.
   */
  call<In extends object, Out extends object>(service: Service, operation: string, input: In): Promise<Out>
  /** Calls an operation that answers in pages until its last. */
  pages<In extends object, Out extends { readonly NextToken?: string | undefined }>(
    service: Service,
    operation: string,
    input: In,
  ): AsyncGenerator<Out>
}

/** How a client behaves, for tests. */
export interface Patience {
  readonly pause?: (ms: number) => Promise<unknown>
}

const ATTEMPTS = 5
const MOST_PAUSE_MS = 20_000
/** Codes of Node of what may pass. A refused connection is not one: who mistyped an address wants to know at once. */
const PASSING = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ECONNABORTED'])

/** Puts settings, environment and files together and answers a client; nothing is sent yet. Throws Failure. */
export async function connect(settings: WireSettings, io: Io, patience: Patience = {}): Promise<Client> {
  const profile = await readProfile(settings.profile ?? (io.env.AWS_PROFILE || undefined), io.env)
  const place = placeOf(settings, profile, io.env)
  return clientAt(place, credentialsOf(settings, profile, place, io, now), io, patience)
}

/**
 * The client of the other end of a copy: what its own settings say, and what they leave out is as with the first end. The address,
 * region and credentials of a profile named for it go before the environment's. Throws Failure.
 */
export async function connectOther(
  settings: WireSettings,
  first: WireSettings,
  io: Io,
  patience: Patience = {},
): Promise<Client> {
  const own = settings.profile !== undefined
  const profile = await readProfile(settings.profile ?? first.profile ?? (io.env.AWS_PROFILE || undefined), io.env)
  const merged = { ...(own ? { caBundle: first.caBundle } : first), ...settings }
  // what a profile does not say is as with the first end, not as with nobody
  const place = placeOf(merged, profile, firstAsEnv(io.env, first), own)
  return clientAt(place, credentialsOf(merged, profile, place, io, now), io, patience)
}

const firstAsEnv = (env: Io['env'], { endpointUrl, region }: WireSettings): Io['env'] => ({
  ...env,
  ...(endpointUrl !== undefined && { AWS_ENDPOINT_URL_SECRETS_MANAGER: endpointUrl }),
  ...(region !== undefined && { AWS_REGION: region }),
})

function clientAt(place: Place, credentials: CredentialSource, io: Io, patience: Patience): Client {
  const transport = new Transport(place, io.env)
  const { pause = delay } = patience
  const attempts = attemptsIn(io.env)
  let ahead = 0
  if (!encrypted(place.url))
    io.err(`${styles(io).yellow('warning')}: ${place.url.origin} is not encrypted: who is on the way can read values\n`)

  const once = async (service: Service, operation: string, body: string): Promise<Answered> => {
    const { target, signing } = SERVICES[service]
    const headers = signed(
      { ...(await credentials()), region: place.region },
      {
        service: signing,
        host: place.url.host,
        path: place.url.pathname,
        target: `${target}.${operation}`,
        body,
        now: now() + ahead,
      },
    )
    return transport.send({ ...headers, 'user-agent': 'strongroom-cli' }, body)
  }

  const call = async <Out>(service: Service, operation: string, input: object): Promise<Out> => {
    const body = JSON.stringify(input)
    let corrected = false
    for (let attempt = 1; ; attempt++) {
      let wait: number
      try {
        const answer = await once(service, operation, body)
        if (answer.status === 200) return read(answer, operation) as Out
        const refused = new Refused(answer, operation, place)
        const theirs = Date.parse(answer.headers.date ?? '')
        if (isSkew(refused) && !corrected && !Number.isNaN(theirs)) {
          corrected = true
          ahead = theirs - now()
          continue
        }
        if (attempt >= attempts || !(answer.status >= 500 || isThrottle(refused))) throw refused
        wait = isThrottle(refused) ? 1000 : 100
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        if (attempt >= attempts || !PASSING.has(error.code)) throw unreachable(error, place)
        wait = 100
      }
      const most = Math.min(MOST_PAUSE_MS, wait * 2 ** attempt)
      await pause(most / 2 + below(Math.ceil(most / 2)))
    }
  }

  return {
    where: `${place.url.origin} (${place.region})`,
    region: place.region,
    isAws: place.isAws,
    call,
    async *pages<In extends object, Out extends { readonly NextToken?: string | undefined }>(
      service: Service,
      operation: string,
      input: In,
    ) {
      for (let NextToken: string | undefined; ; ) {
        const page: Out = await call(service, operation, { ...input, ...(NextToken && { NextToken }) })
        yield page
        if (!page.NextToken) return
        if (page.NextToken === NextToken) throw new Failure(`${operation} answers the same page again and again`)
        NextToken = page.NextToken
      }
    },
    [Symbol.dispose]: () => transport.close(),
  }
}

/** An empty body is an answer without members: TagResource. */
function read({ body }: Answered, operation: string): object {
  if (body === '') return {}
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  } catch {
    // told below: a parser's message would quote the body, and with it a secret
  }
  throw new Failure(`${operation}: the endpoint's answer is not of AWS's wire`, 'is the endpoint right?')
}

function attemptsIn({ AWS_MAX_ATTEMPTS: text }: Io['env']): number {
  if (text === undefined || text === '') return ATTEMPTS
  if (!/^([1-9]|1[0-9]|20)$/.test(text))
    throw new Failure('AWS_MAX_ATTEMPTS is a number from 1 to 20', undefined, exit.usage)
  return Number(text)
}

/** Whether nobody on the way can read along: TLS, or nothing leaves this machine. */
function encrypted({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(.*\.)?localhost$/.test(hostname) || isLoopback(hostname.replace(/^\[|\]$/g, ''))
}
