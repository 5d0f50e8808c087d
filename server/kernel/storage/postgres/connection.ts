import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import pg from 'pg'
import { StorageError } from '#kernel/storage/error'

const KNOWN = ['host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'options', 'application_name']
const HINT = 'postgres://user:password@host:5432/database?sslmode=verify-full'

/** Longest time for one statement; a lock that is waited for counts. */
const STATEMENT_MS = 15_000

/**
 * The connection that a URL means. Over the network the server's certificate is verified unless `sslmode=disable` or
 * `no-verify` is said; no mode falls back to a weaker one. No error carries a part of the URL: it may hold a password.
 */
export function connectionOf(text: string): pg.ClientConfig {
  const url = parse(text)
  const unknown = [...url.searchParams.keys()].filter((name) => !KNOWN.includes(name))
  if (unknown.length > 0)
    throw new StorageError(`the database URL has parameters that are not known: ${unknown.join(', ')}`, {
      hint: `known ones: ${KNOWN.join(', ')}`,
    })
  const host = url.searchParams.get('host') ?? (decode(url.hostname.replace(/^\[(.*)\]$/, '$1')) || 'localhost')
  const options = url.searchParams.get('options')
  return {
    host,
    port: url.port === '' ? 5432 : Number(url.port),
    ...(url.username === '' ? {} : { user: decode(url.username) }),
    ...(url.password === '' ? {} : { password: decode(url.password) }),
    ...(url.pathname.length > 1 ? { database: decode(url.pathname.slice(1)) } : {}),
    ...(options === null ? {} : { options }),
    ssl: tlsOf(url.searchParams, host),
    application_name: url.searchParams.get('application_name') ?? 'strongroom',
    statement_timeout: STATEMENT_MS,
    lock_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: 60_000,
    // for a server that does not answer at all; the connection is given up then
    query_timeout: STATEMENT_MS + 5_000,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types: { getTypeParser: parserOf as pg.CustomTypesConfig['getTypeParser'] },
  }
}

function parse(text: string): URL {
  if (!/^postgres(ql)?:\/\//.test(text))
    throw new StorageError('the database URL is none of PostgreSQL', { hint: HINT })
  try {
    // a socket's URL has no host: postgres://user@/database?host=/run/postgresql
    return new URL(text.replace(/^(\w+:\/\/(?:[^/?#]*@)?)(?=\/)/, '$1localhost'))
  } catch {
    // the error of URL carries the whole text, password and all
    throw new StorageError('the database URL can not be read', { hint: `${HINT}; special characters are %-encoded` })
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new StorageError('the database URL can not be read', { hint: 'a percent sign itself is written %25' })
  }
}

function tlsOf(parameters: URLSearchParams, host: string): ConnectionOptions | false {
  const local = host.startsWith('/') || host === 'localhost' || host === '::1' || /^127\./.test(host)
  const mode = parameters.get('sslmode') ?? (local ? 'disable' : 'verify-full')
  const file = (name: string) => {
    const path = parameters.get(name)
    if (path === null) return undefined
    try {
      return readFileSync(path)
    } catch (cause) {
      throw new StorageError(`the file that ${name} of the database URL names can not be read`, { cause })
    }
  }
  const [ca, cert, key] = [file('sslrootcert'), file('sslcert'), file('sslkey')]
  const tls: ConnectionOptions = {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    minVersion: 'TLSv1.2',
  }
  switch (mode) {
    case 'disable':
      return false
    case 'require':
    case 'verify-full':
      return tls
    case 'verify-ca':
      if (ca === undefined)
        throw new StorageError('sslmode=verify-ca needs sslrootcert', { hint: 'or say sslmode=verify-full' })
      return { ...tls, checkServerIdentity: () => undefined }
    case 'no-verify':
      return { ...tls, rejectUnauthorized: false }
    default:
      throw new StorageError(`sslmode=${mode} is not supported: it would fall back to no encryption`, {
        hint: 'say sslmode=verify-full, or sslmode=disable on a network that you trust',
      })
  }
}

const integer = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new StorageError('a number of the store is beyond 2^53')
  return value
}
const bytes = pg.types.getTypeParser(17, 'text') as (text: string) => Buffer

/** Rows as SQLite gives them: numbers for all numbers, 0 and 1 for truth, Buffers for bytes. Source: pg_type.dat (oids). */
function parserOf(oid: number): (text: string) => unknown {
  switch (oid) {
    case 20: // int8
    case 21: // int2
    case 23: // int4
    case 1700: // numeric: the sum of bigints
      return integer
    case 16: // bool
      return (text) => (text === 't' ? 1 : 0)
    case 17: // bytea
      return bytes
    default:
      return decodeText
  }
}

// PostgreSQL has no NUL in a text, AWS has. \0 is kept as \1\1 and \1 as \1\2: reversible, and the order of bytes stays.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const RAW = /[\0\x01]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const KEPT = /\x01([\x01\x02])/g

/** A text as PostgreSQL can keep it. */
export function encodeText(text: string): string {
  if (!text.includes('\0') && !text.includes('\x01')) return text
  return text.replace(RAW, (character) => (character === '\0' ? '\x01\x01' : '\x01\x02'))
}

function decodeText(text: string): string {
  if (!text.includes('\x01')) return text
  return text.replace(KEPT, (_, character) => (character === '\x01' ? '\0' : '\x01'))
}
