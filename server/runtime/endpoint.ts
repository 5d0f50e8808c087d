import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Endpoint } from './environment.ts'

/** What is known of where the server listens. */
export interface Listens {
  /** Its URL, as it prints it. */
  readonly url: string
  /** Where functions are to reach it instead: by the name in its certificate, say. */
  readonly setting: string | undefined
  /** Files in PEM: a certificate authority for functions; the server's own certificate. */
  readonly caPath: string | undefined
  readonly certificatePath: string | undefined
}

/**
 * Where functions reach this server, and by which authority they know it. A certificate that signs itself is its own authority.
 * Throws the error of the system when a file can't be read.
 */
export function endpointOf({ url, setting, caPath, certificatePath }: Listens): Endpoint {
  const ca = caPath === undefined ? selfSigned(certificatePath) : readFileSync(caPath, 'utf8')
  return { url: setting ?? onThisMachine(url), ...(ca === undefined ? {} : { ca }) }
}

/** A server that listens on every address is reached on loopback. */
function onThisMachine(text: string): string {
  const url = new URL(text)
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  if (url.hostname === '[::]') url.hostname = '[::1]'
  return url.href.replace(/\/$/, '')
}

function selfSigned(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const pem = readFileSync(path, 'utf8')
  const certificate = new X509Certificate(pem)
  return certificate.checkIssued(certificate) ? pem : undefined
}
