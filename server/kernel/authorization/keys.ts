import { type Json, readJson } from '#kernel/authorization/json'
import type { Compiled } from '#kernel/authorization/policy'

type Elements = ReadonlyMap<string, Json>

/** A condition key that a statement asks for. */
interface Asked {
  /** As it is written. */
  readonly key: string
  /** It stands in a variable that says what counts without it. */
  readonly hasDefault: boolean
}

/**
 * The condition keys that a document asks for, in its Condition elements and variables: as written, sorted, each once
 * whatever its case. Source: API_GetContextKeysForCustomPolicy.
 */
export function contextKeysOf(policy: Compiled): string[] {
  const document = readJson(policy.source) as Elements
  const asked = policy.statements.flatMap((_, index) => askedIn(document, index))
  return unique(asked.map(({ key }) => key)).sort()
}

/** Of each document, by its statements: a simulation asks again and again. */
const needed = new WeakMap<Compiled['statements'], readonly (readonly string[])[]>()

/** The keys that a statement (counted from 0) can't do without. */
export function neededBy(policy: Compiled, index: number): readonly string[] {
  let known = needed.get(policy.statements)
  if (known === undefined) {
    const document = readJson(policy.source) as Elements
    known = policy.statements.map((_, at) =>
      unique(askedIn(document, at).flatMap(({ key, hasDefault }) => (hasDefault ? [] : [key]))),
    )
    needed.set(policy.statements, known)
  }
  return known[index] as readonly string[]
}

/** Keys are compared without regard to case; the first spelling stays. */
export function unique(keys: readonly string[]): string[] {
  const seen = new Map<string, string>()
  for (const key of keys) if (!seen.has(key.toLowerCase())) seen.set(key.toLowerCase(), key)
  return [...seen.values()]
}

function askedIn(document: Elements, index: number): Asked[] {
  const written = document.get('Statement') as Json
  const statement = (Array.isArray(written) ? written[index] : written) as Elements
  const variables = document.get('Version') === '2012-10-17'
  const resources = [statement.get('Resource'), statement.get('NotResource')].flatMap(variablesIn)
  const condition = statement.get('Condition')
  const operators = condition instanceof Map ? [...(condition as Elements).values()] : []
  const asked = operators.flatMap((keys) => [
    ...[...(keys as Elements).keys()].map((key) => ({ key, hasDefault: false })),
    ...[...(keys as Elements).values()].flatMap(variables ? variablesIn : () => []),
  ])
  return variables ? [...resources, ...asked] : asked
}

/** `${key}` and `${key, 'default'}` in one text or a list; `${*}`, `${?}` and `${$}` are characters. */
function variablesIn(element: Json | undefined): Asked[] {
  const texts = Array.isArray(element) ? (element as readonly Json[]) : [element]
  return texts.flatMap((text) => {
    if (typeof text !== 'string') return []
    const found = [...text.matchAll(/\$\{([^},]*)(,[^}]*)?\}/g)]
    return found.flatMap(([, name = '', fallback]) => {
      const key = name.trim()
      return key === '' || /^[*?$]$/.test(name) ? [] : [{ key, hasDefault: fallback !== undefined }]
    })
  })
}
