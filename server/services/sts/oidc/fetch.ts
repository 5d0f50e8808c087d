import { isLoopback, isPublic } from '#kernel/outbound/addresses'
import { call, Unacceptable, Unreachable } from '#kernel/outbound/call'
import { isPinned } from './pin.ts'

export { Unacceptable, Unreachable } from '#kernel/outbound/call'

/** How far we go for the keys of an issuer. */
export interface Reach {
  /**
   * Private addresses too, for networks of one's own; and plain http within this machine. Nowhere else: accounts register an
   * issuer without its scheme, so a token that says http would else have the keys of an https issuer fetched unprotected.
   */
  readonly privateIssuers: boolean
  /** A certificate authority of one's own, in PEM, besides the public ones. */
  readonly ca?: string | undefined
}

/** One document that is wanted. */
export interface Wanted {
  readonly url: string
  readonly mostBytes: number
  /** SHA-1 of certificates that make up for a chain that no public authority stands behind. */
  readonly thumbprints: readonly string[]
  /** Milliseconds, for the certificates that are pinned. */
  readonly now: number
  /** Ends everything: name, connection, answer. */
  readonly signal: AbortSignal
}

const isAny = () => true

/** Fetches a document of a stranger's server; whoever names the address may be hostile. Throws Unreachable or Unacceptable. */
export async function fetchText(wanted: Wanted, { privateIssuers, ca }: Reach): Promise<string> {
  const { url, mostBytes, thumbprints, now, signal } = wanted
  const { status, body } = await call(
    { url, method: 'GET', mostBytes, signal, vouches: (leaf, host) => isPinned(leaf, host, thumbprints, now) },
    {
      mayConnect: privateIssuers ? isAny : isPublic,
      ...(privateIssuers ? { mayConnectPlain: isLoopback } : {}),
      ca,
    },
  )
  // A server in trouble is as one that is not there.
  if (status >= 500) throw new Unreachable(`it answers with ${status}`)
  if (status !== 200) throw new Unacceptable(`it answers with ${status}`)
  return body
}
