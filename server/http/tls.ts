import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { StartError } from '../start-error.ts'

/** TLS 1.2 with forward secrecy and authenticated encryption, and the suites of TLS 1.3. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** A certificate and its key, found to belong together. */
export interface Pair {
  readonly context: SecureContextOptions
  /** For the log: nothing of the key. */
  readonly shown: { readonly subject: string; readonly validTo: string; readonly fingerprint: string }
  readonly expired: boolean
  /** Milliseconds. */
  readonly validTo: number
}

/** Health and the alert rules tell of a certificate that expires within this time: those that renew themselves do it at a third of 90 days. */
const SOON_MS = 14 * 86_400_000

/** What health says of a certificate that needs somebody; undefined for one that is valid for long enough. */
export function expiryNote(validTo: number, nowMs: number): string | undefined {
  if (validTo < nowMs) return 'the TLS certificate has expired: clients that check it are gone'
  if (validTo - nowMs > SOON_MS) return undefined
  const days = Math.floor((validTo - nowMs) / 86_400_000)
  const left = days === 0 ? 'within a day' : days === 1 ? 'in 1 day' : `in ${days} days`
  return `the TLS certificate expires ${left}: renew it and send SIGHUP`
}

/** Reads and checks the pair; throws a StartError that says which file is bad and how. */
export function readPair(paths: { readonly certificatePath: string; readonly keyPath: string }, nowMs: number): Pair {
  const cert = readPem(paths.certificatePath, 'certificate')
  const key = readPem(paths.keyPath, 'private key')
  const certificate = parsed(paths.certificatePath, 'certificate', () => new X509Certificate(cert))
  const privateKey = parsed(paths.keyPath, 'private key', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey))
    throw new StartError(`the key in ${paths.keyPath} does not belong to the certificate in ${paths.certificatePath}`)
  const context: SecureContextOptions = {
    cert,
    key,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    honorCipherOrder: true,
  }
  parsed(paths.certificatePath, 'certificate chain', () => createSecureContext(context))
  return {
    context,
    shown: { subject: certificate.subject, validTo: certificate.validTo, fingerprint: certificate.fingerprint256 },
    expired: Date.parse(certificate.validTo) < nowMs,
    validTo: Date.parse(certificate.validTo),
  }
}

function readPem(path: string, what: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new StartError(
      `the ${what} ${path} can't be read`,
      'check that the file exists and that this user may read it',
      cause,
    )
  }
}

function parsed<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse()
  } catch {
    // OpenSSL's own words may quote the file, and this one may be the key.
    throw new StartError(`${path} is not a ${what} in PEM that can be used`, 'an encrypted key must be decrypted first')
  }
}
