import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** Longest chain of certificates that is followed. */
const DEEPEST = 8

/**
 * Whether a server's certificate, or an authority above it, is one of those whose SHA-1 is listed. Every link up to that one is
 * checked (who signed it, whether it may, its time), and the certificate must be the host's: a certificate that the server
 * merely sends along proves nothing. Source: access.md 4.2, step 3.
 *
 * @param thumbprints 40 hexadecimal digits each
 * @param now milliseconds since the epoch
 */
export function isPinned(
  leaf: X509Certificate | undefined,
  host: string,
  thumbprints: readonly string[],
  now: number,
): boolean {
  if (leaf === undefined || thumbprints.length === 0) return false
  if ((isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) === undefined) return false
  const pins = new Set(thumbprints.map((thumbprint) => thumbprint.toLowerCase()))
  let certificate = leaf
  for (let depth = 0; depth < DEEPEST; depth++) {
    if (now < certificate.validFromDate.getTime() || now > certificate.validToDate.getTime()) return false
    if (pins.has(certificate.fingerprint.replaceAll(':', '').toLowerCase())) return true
    const issuer = certificate.issuerCertificate
    if (issuer === undefined || !issuer.ca) return false
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return false
    if (issuer.fingerprint256 === certificate.fingerprint256) return false
    certificate = issuer
  }
  return false
}
