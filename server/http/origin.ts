import type { IncomingMessage } from 'node:http'
import { isLoopback } from '../config/readers.ts'

/**
 * True when a request of dev mode comes from this machine's programs and not from a web page elsewhere. Dev takes unknown
 * credentials for root, so a page that a developer visits must not reach it: neither directly (Origin, Sec-Fetch-Site) nor
 * by a name that suddenly points to 127.0.0.1 (DNS rebinding, so Host must be a loopback name).
 */
export function isLocal(req: IncomingMessage): boolean {
  const { host, origin } = req.headers
  if (host === undefined || !isLoopbackName(host)) return false
  if (req.headers['sec-fetch-site'] === 'cross-site') return false
  if (origin === undefined) return true
  const match = /^https?:\/\/([^/]+)$/.exec(origin)
  return match !== null && isLoopbackName(match[1] ?? '')
}

/** `localhost`, `localhost:4566`, `127.0.0.1`, `[::1]:4566`, and names below `localhost` (they never leave the machine: RFC 6761). */
function isLoopbackName(authority: string): boolean {
  const name = authority.replace(/:\d{1,5}$/, '').toLowerCase()
  return isLoopback(name) || name.endsWith('.localhost')
}
