import { getCACertificates } from 'node:tls'
import type { DatabaseSecret } from './function.ts'

let known: { readonly authorities: string; readonly all: string } | undefined

/**
 * The secret of a database whose certificate may come from the server's own authorities (PEM) besides the public ones. A secret
 * that names an authority itself means this one and no other.
 */
export function withAuthorities<S extends DatabaseSecret>(secret: S, authorities: string | undefined): S {
  if (authorities === undefined || secret.ca !== undefined || secret.tls === 'never') return secret
  if (known?.authorities !== authorities)
    known = { authorities, all: [...getCACertificates('default'), authorities].join('\n') }
  return { ...secret, ca: known.all }
}
