import { Secret } from '#kernel/values/bytes'
import { type DatabaseSecret, type Engine, FunctionFault } from './function.ts'

/** Longest value of a secret, in bytes. Source: secretsmanager.md 2. */
const LONGEST = 65_536

/** What the JSON of a database's secret says, and its text to write it back. */
export interface StoredSecret extends DatabaseSecret {
  readonly masterarn: string | undefined
  /** A statement of one's own that must succeed with a new password. Ours: AWS has no such key. */
  readonly check: string | undefined
  readonly text: Secret
}

/** A value that is no JSON, or JSON but no secret of this engine is a fault; what it holds stands in no message. Source: rotation.md 8.1. */
export function readSecret(value: Secret, engine: Engine): StoredSecret {
  const members = membersOf(value)
  const named = members.get('engine')
  if (typeof named !== 'string' || !engine.names.includes(named))
    throw new FunctionFault(
      `Database engine must be set to '${engine.names[0]}' in order to use this rotation lambda`,
      'KeyError',
    )
  const host = required(members, 'host')
  // a path would be a socket of this machine, whose server may take the server's own user for the owner of the database
  if (host.includes('/')) throw new FunctionFault('host of the secret JSON must be a host name or an address')
  return {
    engine: named,
    host,
    username:
      engine.defaultUsername === undefined || members.has('username')
        ? required(members, 'username')
        : engine.defaultUsername,
    password: new Secret(required(members, 'password')),
    port: portOf(members.get('port')),
    dbname: optional(members, 'dbname'),
    tls: tlsOf(members.get('ssl')),
    ca: authorityOf(members),
    ...Object.fromEntries((engine.ownKeys ?? []).map((key) => [key, optional(members, key)])),
    masterarn: optional(members, 'masterarn'),
    check: optional(members, 'rotationCheck'),
    text: value,
  }
}

/** Whether it is the secret of a user that RDS manages: its host stands elsewhere. Source: rotation.md 8.5. */
export function isManagedByRds(value: Secret): boolean {
  const keys = [...membersOf(value).keys()]
  return keys.length === 2 && keys.includes('username') && keys.includes('password')
}

/** The same text with another password and, if given, another username: order, spaces and all other values stay. */
export function withCredentials(text: Secret, password: Secret, username?: string): Secret {
  return withMembers(text, { password: password.reveal(), username })
}

/** The text of a JSON object with other values for members that it has; undefined stands for the one it has. */
export function withMembers(text: Secret, replaced: Readonly<Record<string, string | undefined>>): Secret {
  const whole = text.reveal()
  let out = ''
  let copied = 0
  for (const { key, start, end } of spansOf(whole)) {
    const value = Object.hasOwn(replaced, key) ? replaced[key] : undefined
    if (value === undefined) continue
    out += whole.slice(copied, start) + JSON.stringify(value)
    copied = end
  }
  return new Secret(out + whole.slice(copied))
}

/** The members of a secret that is a JSON object; anything else is a fault. */
export function membersOf(value: Secret): Map<string, unknown> {
  const text = value.reveal()
  if (Buffer.byteLength(text) > LONGEST) throw new FunctionFault(`the secret value is longer than ${LONGEST} bytes`)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // the error of JSON.parse shows a piece of the text
    throw new FunctionFault('the secret value is not JSON', 'JSONDecodeError')
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new FunctionFault('the secret value is no JSON object')
  return new Map(Object.entries(parsed))
}

/** A member that must be there, and be a text that is not empty. */
export function required(members: ReadonlyMap<string, unknown>, key: string): string {
  if (!members.has(key)) throw new FunctionFault(`${key} key is missing from secret JSON`, 'KeyError')
  const text = textOf(members, key)
  if (text === '') throw new FunctionFault(`${key} of the secret JSON is empty`)
  return text
}

/** An empty text is as good as none. */
const optional = (members: ReadonlyMap<string, unknown>, key: string): string | undefined =>
  members.get(key) === undefined || members.get(key) === null ? undefined : textOf(members, key) || undefined

function textOf(members: ReadonlyMap<string, unknown>, key: string): string {
  const value = members.get(key)
  if (typeof value !== 'string') throw new FunctionFault(`${key} of the secret JSON must be a string`)
  if (value.includes('\0')) throw new FunctionFault(`${key} of the secret JSON has a NUL character`)
  return value
}

function portOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const port = typeof value === 'string' && /^\s*\d{1,5}\s*$/.test(value) ? Number(value) : value
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new FunctionFault('port of the secret JSON must be a number from 1 to 65535')
  return port
}

/** Source: rotation.md 8.2. Anything that is neither yes nor no counts as not said. */
function tlsOf(value: unknown): DatabaseSecret['tls'] {
  const said = typeof value === 'string' ? value.toLowerCase() : value
  if (said === true || said === 'true') return 'require'
  return said === false || said === 'false' ? 'never' : 'try'
}

/** Assumed: keys of our own. What is no certificate (a path of the application, `system`) is none of ours and is left alone. */
export function authorityOf(members: ReadonlyMap<string, unknown>): string | undefined {
  for (const key of ['ca', 'sslrootcert']) {
    const value = members.get(key)
    if (typeof value === 'string' && value.includes('-----BEGIN CERTIFICATE-----')) return value
  }
  return undefined
}

interface Span {
  readonly key: string
  /** Where its value begins and ends in the text. */
  readonly start: number
  readonly end: number
}

const SPACE = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\]|\\.)*"/y

/** The members of the outermost object of a text that is known to be JSON. */
function spansOf(text: string): Span[] {
  let at = 0
  const match = (expression: RegExp): string => {
    expression.lastIndex = at
    const found = expression.exec(text)?.[0] ?? ''
    at += found.length
    return found
  }
  const spans: Span[] = []
  match(SPACE)
  at++ // {
  match(SPACE)
  while (text[at] === '"') {
    const key = JSON.parse(match(STRING)) as string
    match(SPACE)
    at++ // :
    match(SPACE)
    const start = at
    let depth = 0
    let end = at
    for (; at < text.length; ) {
      const character = text[at] as string
      if (depth === 0 && (character === ',' || character === '}')) break
      if (character === '"') match(STRING)
      else {
        if (character === '{' || character === '[') depth++
        if (character === '}' || character === ']') depth--
        at++
      }
      if (!/[ \t\n\r]/.test(character)) end = at
    }
    spans.push({ key, start, end })
    if (text[at] === ',') at++
    match(SPACE)
  }
  return spans
}
