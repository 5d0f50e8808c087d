import type { ContextValue } from '#kernel/authorization/policy'

/**
 * How patterns, actions, ARNs and variables of a policy are read, slowly and plainly, from access.md 5.2 and 5.3 alone. It is
 * the measure for the fast reading in kernel/authorization and shares nothing with it.
 */

/** The condition keys of a request, in lower case. */
export type Keys = ReadonlyMap<string, ContextValue>

/** One character (code point) of a pattern. `literal`: it came out of a variable, so `*` and `?` are only themselves. */
export interface Sign {
  readonly character: string
  readonly literal: boolean
}

/** Signs of a text that has no variables. */
export function signs(text: string, literal = false): Sign[] {
  return [...text].map((character) => ({ character, literal }))
}

const VARIABLE = /^\$\{([^}]*)\}/u
/**
 * Signs of a text with its variables replaced; undefined when a variable has neither a value nor a default. A key with several
 * values is not usable. Assumed: a default that is not quoted is none.
 */
export function substituted(text: string, keys: Keys): Sign[] | undefined {
  const found: Sign[] = []
  let rest = text
  while (rest !== '') {
    const variable = VARIABLE.exec(rest)
    if (variable === null) {
      const [first] = rest
      if (first === undefined) break
      found.push({ character: first, literal: false })
      rest = rest.slice(first.length)
      continue
    }
    const value = usableValue(variable[1] ?? '', keys)
    if (value === undefined) return undefined
    found.push(...signs(value, true))
    rest = rest.slice(variable[0].length)
  }
  return found
}

function usableValue(inside: string, keys: Keys): string | undefined {
  if (inside === '*' || inside === '?' || inside === '$') return inside
  const comma = inside.indexOf(',')
  const name = (comma < 0 ? inside : inside.slice(0, comma)).trim()
  const [, otherwise] = /^'(.*)'$/su.exec(comma < 0 ? '' : inside.slice(comma + 1).trim()) ?? []
  const value = keys.get(name.toLowerCase())
  if (value === undefined) return otherwise
  return typeof value === 'string' ? value : undefined
}

/** A key that is not in the request, or is there as an empty list. Source: access.md 5.4, Null. */
export function isAbsent(value: ContextValue | undefined): boolean {
  return value === undefined || (typeof value !== 'string' && value.length === 0)
}

/** The text that signs stand for, with no wildcards. */
export function textOf(pattern: readonly Sign[]): string {
  return pattern.map(({ character }) => character).join('')
}

/** Whether a text fits a pattern: `*` any run, `?` one character. Walks with the set of all places it may have come to. */
export function fits(pattern: readonly Sign[], text: string): boolean {
  const characters = [...text]
  let places = new Set([0])
  for (const { character, literal } of pattern) {
    const next = new Set<number>()
    for (const place of places) {
      if (character === '*' && !literal) for (let to = place; to <= characters.length; to++) next.add(to)
      else if (place < characters.length && character === '?' && !literal) next.add(place + 1)
      else if (place < characters.length && character === characters[place]) next.add(place + 1)
    }
    places = next
  }
  return places.has(characters.length)
}

/** Whether a value of Action names the action. The service is written out, or is `*`. */
export function namesAction(value: string, action: string): boolean {
  if (/[\s,]/u.test(value)) return false
  if (value === '*') return true
  const [service, name] = split(value.toLowerCase())
  const [itsService, itsName] = split(action.toLowerCase())
  return (service === itsService || service === '*') && fits(signs(name), itsName)
}

function split(action: string): [string, string] {
  const colon = action.indexOf(':')
  return colon < 0 ? [action, ''] : [action.slice(0, colon), action.slice(colon + 1)]
}

/** Up to six parts of a text: split at the first five colons. */
export function arnParts(text: string): string[] {
  const [a, b, c, d, e, ...rest] = text.split(':')
  return [a, b, c, d, e, rest.length === 0 ? undefined : rest.join(':')].filter((part) => part !== undefined)
}

/**
 * Whether a value of Resource names the resource; `unknown`: but for a variable that has no value. `variables`: whether the
 * document's version has them. `resourcePolicy`: a short pattern must hold a wildcard there.
 */
export function namesResource(
  value: string,
  resource: string,
  { variables, resourcePolicy, keys }: { variables: boolean; resourcePolicy: boolean; keys: Keys },
): boolean | 'unknown' {
  if (value === '*') return true
  const its = arnParts(resource)
  if (its.length < 6) return fits(signs(value), resource)
  const parts = arnParts(value)
  const short = parts.length < 6
  if (short && resourcePolicy && !/[*?]/.test(value)) return false
  while (parts.length < 6) parts.push('*')
  for (let i = 0; i < 5; i++) if (!fits(signs(parts[i] ?? ''), its[i] ?? '')) return false
  const last = variables && !short ? substituted(parts[5] ?? '', keys) : signs(parts[5] ?? '')
  return last === undefined ? 'unknown' : fits(last, its[5] ?? '')
}

const COLON = /:(?![^{]*\})/

/** The same for the Arn operators: parts as they are written, with variables in any; a short pattern names nothing. */
export function fitsArn(pattern: string, text: string, variables: boolean, keys: Keys): boolean {
  const colons = variables ? pattern.split(COLON) : pattern.split(':')
  const parts = [...colons.slice(0, 5), ...(colons.length > 5 ? [colons.slice(5).join(':')] : [])]
  const its = arnParts(text)
  if (parts.length < 6 || its.length < 6) return false
  return parts.every((part, i) => {
    const signed = variables ? substituted(part, keys) : signs(part)
    return signed !== undefined && fits(signed, its[i] ?? '')
  })
}
