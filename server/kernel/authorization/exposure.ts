import { type Json, readJson } from '#kernel/authorization/json'
import type { Compiled } from '#kernel/authorization/policy'
import { type Network, networkOf } from '#kernel/authorization/scalars'

type Elements = ReadonlyMap<string, Json>

/**
 * Whether a resource policy lets in people whom nobody chose: an Allow for everyone that no condition confines to fixed
 * accounts, organisations, principals, networks or private listeners. Sound rather than exact: where it is in doubt it says
 * yes. What a Deny takes away again does not count. Source: secretsmanager.md 12; the bounds of networks are ours.
 */
export function isPublic({ source }: Compiled): boolean {
  const written = (readJson(source) as Elements).get('Statement') as Json
  const statements = (Array.isArray(written) ? written : [written]) as readonly Elements[]
  return statements.some(
    (statement) => statement.get('Effect') === 'Allow' && isForAnyone(statement) && !isConfined(statement),
  )
}

function isForAnyone(statement: Elements): boolean {
  if (statement.has('NotPrincipal')) return true
  const principal = statement.get('Principal')
  if (!(principal instanceof Map)) return principal !== undefined
  return [...(principal as Elements).values()].flat().some((name) => typeof name !== 'string' || /[*?]/.test(name))
}

/** One confining condition is enough: all of them must hold. */
function isConfined(statement: Elements): boolean {
  const block = statement.get('Condition')
  if (!(block instanceof Map)) return false
  for (const [operator, keys] of block as Elements) {
    for (const [key, values] of keys as Elements) {
      if (confines(operator, key.toLowerCase(), [values].flat() as Json[])) return true
    }
  }
  return false
}

type Matching = 'text' | 'pattern' | 'arn' | 'network'

/**
 * Operators that hold only for what is listed, and how they compare. An absent key must not do: no IfExists, no ForAllValues
 * (true for nothing at all), no negation.
 */
const OPERATORS: ReadonlyMap<string, Matching> = new Map([
  ['StringEquals', 'text'],
  ['StringEqualsIgnoreCase', 'text'],
  ['StringLike', 'pattern'],
  ['ArnEquals', 'arn'],
  ['ArnLike', 'arn'],
  ['IpAddress', 'network'],
])

/**
 * What a value of the key must begin with before its first wildcard, so that whoever has it was chosen. Undefined: the value
 * must have no wildcard at all.
 */
const KEYS: ReadonlyMap<string, RegExp | undefined> = new Map([
  ['aws:principalorgid', undefined],
  ['aws:principalorgpaths', /^o-[a-z0-9]{10,32}\//],
  ['aws:principalaccount', undefined],
  ['aws:principalarn', /^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:/],
  ['aws:sourceaccount', undefined],
  ['aws:sourcearn', /^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:/],
  ['aws:sourceorgid', undefined],
  ['aws:sourcevpc', undefined],
  ['aws:sourcevpce', undefined],
  ['aws:sourceip', undefined],
  // The unique id of a role stands before its session's name, the account before a federated user's.
  ['aws:userid', /^(?:[A-Z0-9]{16,}|[0-9]{12}):/],
  ['kms:calleraccount', undefined],
])

function confines(written: string, key: string, values: readonly Json[]): boolean {
  const operator = written.startsWith('ForAnyValue:') ? written.slice(12) : written
  const matching = OPERATORS.get(operator)
  if (matching === undefined || !KEYS.has(key)) return false
  const texts = values.map(String)
  if (matching === 'network') return key === 'aws:sourceip' && isNarrow(texts)
  return texts.every((text) => isFixed(text, matching, KEYS.get(key)))
}

function isFixed(text: string, matching: Matching, start: RegExp | undefined): boolean {
  // What a variable stands for, the caller may choose.
  if (text.includes('${')) return false
  if (matching === 'text' || !/[*?]/.test(text)) return text !== ''
  if (matching === 'arn') return /^[0-9]{12}$/.test(text.split(':')[4] ?? '') && text.split(':').length >= 6
  return start?.test(text) === true
}

/** The broadest network that is somebody's, and how much of all addresses the list may cover. */
const BROADEST = { 4: 8, 16: 32 } as const
const MOST_OF_ALL = 1 / 64

/** Whether the networks are few and small enough to have been chosen: not the whole internet in pieces. */
function isNarrow(texts: readonly string[]): boolean {
  // What is no network matches nothing.
  const networks = texts.map(networkOf).filter((network): network is Network => network !== undefined)
  if (networks.some(({ bytes, bits }) => bits < BROADEST[bytes.length as 4 | 16])) return false
  const share = (size: 4 | 16) =>
    networks.filter(({ bytes }) => bytes.length === size).reduce((sum, { bits }) => sum + 2 ** -bits, 0)
  return share(4) <= MOST_OF_ALL && share(16) <= MOST_OF_ALL
}
