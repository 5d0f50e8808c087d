import { readFileSync } from 'node:fs'
import type { KeysOptions } from './keys.ts'
import { readStaticJwks, StaticKeysError } from './static.ts'

/** How an operator says where the keys of identity providers come from. Paths are absolute. */
export interface OidcSettings {
  /** A file or a directory of given keys. */
  readonly jwksPath: string | undefined
  /** Certificate authorities in PEM. */
  readonly caPath: string | undefined
  readonly privateIssuers: boolean
}

/** Reads what the settings name, once at the start. Throws errors for people. */
export function keysOptions(
  { jwksPath, caPath, privateIssuers }: OidcSettings,
  report: KeysOptions['report'],
): KeysOptions {
  return {
    privateIssuers,
    ca: caPath === undefined ? undefined : authorities(caPath),
    staticJwks: jwksPath === undefined ? undefined : readable(jwksPath, () => readStaticJwks(jwksPath)),
    report,
  }
}

function authorities(path: string): string {
  const text = readable(path, () => readFileSync(path, 'utf8'))
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new StaticKeysError(`${path} has no certificate`, 'certificate authorities stand there in PEM')
  }
  return text
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new StaticKeysError(
      `${path} can not be read (${code})`,
      'see --oidc-jwks and --oidc-ca in strongroom serve --help',
    )
  }
}
