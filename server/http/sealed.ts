import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '#kernel/error'
import { jsonError, queryError, type Reply, restError } from '#kernel/protocol/reply'
import type { Gathering, Progress } from '#kernel/sealing/shamir/gathering'
import { MOST_TEXT } from '#kernel/sealing/shamir/share'
import type { RawRequest } from '#kernel/signature/request'
import { systemRandom } from '#kernel/random'
import type { HttpParts } from '../http.ts'
import type { Path } from './exchange.ts'
import { type Health, jsonAnswer, otherMethod } from './paths.ts'

/*
 * A server whose keys nobody has opened yet. It listens, so that it can be asked how far it is and be given shares; to
 * everything else it says that it is sealed, in the form of the protocol that it was asked in.
 */

// Source: CommonErrors of Secrets Manager, KMS, IAM: ServiceUnavailable, 503. SDKs try it again some times, then give up.
const sealed = new ApiError(
  'ServiceUnavailable',
  'The server is sealed: it has to be unsealed before it can answer requests.',
  503,
)

/** The answer to any request of AWS's wire. */
export function sealedReply({ method, target, header }: RawRequest, requestId: string): Reply {
  const [path, query = ''] = target.split('?', 2)
  if (path !== '/') return restError(requestId, sealed)
  const type = header.first('content-type') ?? ''
  const isQuery = method === 'GET' ? /(^|&)Action=/.test(query) : type.startsWith('application/x-www-form-urlencoded')
  if (isQuery) return queryError(undefined, requestId, sealed)
  return jsonError(type.startsWith('application/x-amz-json-1.0') ? '1.0' : '1.1', requestId, sealed)
}

/** What health says: how many shares are still needed. */
export function sealedHealth(gathering: Gathering): Health {
  const { threshold, given } = gathering.progress()
  const reason =
    threshold === undefined
      ? 'the store is being opened'
      : `the store is sealed: ${given.length} of the ${threshold} shares that unseal it were given`
  return { ready: false, status: 'sealed', reasons: [reason] }
}

/** How the start of the server goes on, once there are enough shares. */
export interface Start {
  /** The store is open, and who asks is answered. */
  isOpen(): boolean
  /** Settles when it is open, or will not be. */
  readonly done: Promise<void>
}

/** What a listener asks of a server. */
type Served = HttpParts['admin'] & {
  [Name in 'handle' | 'allowance' | 'uploader' | 'downloads']-?: NonNullable<HttpParts[Name]>
}

/** The parts of a listener that is there before its server: until `server` gives one, all is sealed. */
export function sealedParts(
  gathering: Gathering,
  server: () => Served | undefined,
  start: Start,
): Pick<HttpParts, 'handle' | 'allowance' | 'uploader' | 'downloads' | 'admin' | 'paths'> {
  return {
    handle: async (raw) => server()?.handle(raw) ?? sealedReply(raw, systemRandom.uuid()),
    allowance: (...request) => server()?.allowance(...request),
    uploader: async (...credentials) => server()?.uploader(...credentials),
    downloads: {
      // no path begins so, while there is nothing to be downloaded
      get prefix() {
        return server()?.downloads.prefix ?? '\n'
      },
      answer: async (path, method) => (server() as Served).downloads.answer(path, method),
    },
    admin: { health: async () => server()?.health() ?? sealedHealth(gathering) },
    paths: new Map([['/_strongroom/unseal', unsealPath(gathering, start)]]),
  }
}

const MOST_BODY = MOST_TEXT + 200
/** How long the last share waits for the store to be opened by it. */
const OPENING_MS = 10_000

/**
 * `GET /_strongroom/unseal` says how far it is, `POST` with `{"share": "SRS1-…", "nonce": "…"}` gives a share. Whoever has a
 * share may give it: a share is a secret that is checked by itself, so it needs no other credentials.
 */
export function unsealPath(gathering: Gathering, start: Start): Path {
  // Enough shares are not yet a server that answers: it says that it is unsealed when it is.
  const progressNow = (): Progress => {
    const progress = gathering.progress()
    return progress.sealed || start.isOpen() ? progress : { sealed: true, given: [] }
  }
  return async (method, body) => {
    if (method === 'GET') return jsonAnswer(200, progressNow())
    if (method !== 'POST') return otherMethod('GET and POST')
    const asked = body.length > MOST_BODY ? undefined : read(body)
    if (asked === undefined)
      return jsonAnswer(400, { error: 'the body is not {"share": "SRS1-…"}, with a "nonce" or without' })
    const given = gathering.give(asked.share, asked.nonce)
    if (given.taken && !gathering.progress().sealed)
      await Promise.race([start.done, delay(OPENING_MS, undefined, { ref: false })])
    const progress = progressNow()
    return given.taken ? jsonAnswer(200, progress) : jsonAnswer(400, { error: given.reason, ...progress })
  }
}

function read(body: Buffer): { readonly share: string; readonly nonce: string | undefined } | undefined {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  } finally {
    body.fill(0)
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { share, nonce } = value as Record<string, unknown>
  if (typeof share !== 'string' || (nonce !== undefined && typeof nonce !== 'string')) return undefined
  return { share, nonce }
}
