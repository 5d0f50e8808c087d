import { readFileSync } from 'node:fs'
import { isLoopback } from '#kernel/outbound/addresses'
import { type Answered, call, Unacceptable, Unreachable } from '#kernel/outbound/call'
import { SealError } from '#kernel/sealing/error'
import type { Progress } from '#kernel/sealing/shamir/gathering'
import type { Secret } from '#kernel/values/bytes'

export { readShareFile } from '#kernel/sealing/seals'

/** Where a sealed server is. */
export interface Unsealing {
  /** `https://secrets.example.com:4566`; plain http to this machine only. */
  readonly url: string
  readonly caPath?: string | undefined
}

const PATH = '/_strongroom/unseal'
const MOST_ANSWER = 16 * 1024
const TIMEOUT_MS = 20_000

/** How far it is. Throws errors with a `hint` for people. */
export async function progressOf(where: Unsealing): Promise<Progress> {
  const { status, body } = await ask(where, undefined)
  if (status === 404) return withoutPath(where)
  return read(where, status, body)
}

/** Gives one share. Answers why it was not taken, if so. */
export async function giveShare(
  where: Unsealing,
  share: Secret,
  nonce?: string,
): Promise<{ readonly progress: Progress; readonly refused?: string }> {
  const { status, body } = await ask(where, JSON.stringify({ share: share.reveal().trim(), nonce }))
  if (status === 404) return { progress: await withoutPath(where) }
  const { error, ...progress } = read(where, status, body) as Progress & { readonly error?: unknown }
  return { progress, ...(typeof error === 'string' ? { refused: error } : {}) }
}

/** A server with another seal, or one that was unsealed by its workers' primary, has no such path; nor has anybody else's. */
async function withoutPath(where: Unsealing): Promise<Progress> {
  const { status, body } = await ask(where, undefined, '/_strongroom/health')
  let said: unknown
  try {
    said = (JSON.parse(body) as { readonly status?: unknown } | null)?.status
  } catch {
    // not JSON: not ours
  }
  if (said !== 'ready' && said !== 'not ready') throw notOurs(where, status)
  return { sealed: false, given: [] }
}

const notOurs = ({ url }: Unsealing, status: number) =>
  new SealError(`${url} does not answer as a sealed strongroom does (status ${status})`, 'is it the right URL?')

async function ask({ url, caPath }: Unsealing, body: string | undefined, path = PATH): Promise<Answered> {
  try {
    return await call(
      {
        url: `${url}${path}`,
        method: body === undefined ? 'GET' : 'POST',
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body }),
        mostBytes: MOST_ANSWER,
        readsRefusals: true,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      {
        mayConnect: () => true,
        mayConnectPlain: (address) => isLoopback(address),
        ca: caPath === undefined ? undefined : readFileSync(caPath, 'utf8'),
      },
    )
  } catch (cause) {
    if (!(cause instanceof Unreachable || cause instanceof Unacceptable)) throw cause
    throw new SealError(`${url} can not be asked: ${cause.message}`, hintFor(url), cause)
  }
}

const hintFor = (url: string): string =>
  url.startsWith('http:')
    ? 'is the server there? To another machine a share goes by https only'
    : 'is the server there? A certificate of your own is named with --ca FILE'

function read(where: Unsealing, status: number, body: string): Progress {
  try {
    const value = JSON.parse(body) as Partial<Progress>
    if ((status === 200 || status === 400) && typeof value === 'object' && value !== null)
      return { ...value, sealed: value.sealed !== false, given: Array.isArray(value.given) ? value.given : [] }
  } catch {
    // not JSON: not ours
  }
  throw notOurs(where, status)
}
