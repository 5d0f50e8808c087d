import { readFileSync } from 'node:fs'
import { StorageError } from '#kernel/storage/error'

/** What AWS asks, by its list. Per month: for a whole one, by the hour. */
export interface Prices {
  readonly currency: string
  /** When they were looked up, and where. */
  readonly date: string
  readonly source: string
  readonly secretMonth: number
  readonly secretCalls: number
  readonly advancedParameterMonth: number
  readonly parameterInteractions: number
  readonly keyMonth: number
  /** Of the first and the second rotation of a key, each. */
  readonly keyRotationMonth: number
  readonly keyCalls: number
}

/** So many calls have the price of `secretCalls`, `parameterInteractions` and `keyCalls`. */
export const CALLS = 10_000

/** Of us-east-1, before any free tier or discount. Source: surroundings.md 9. */
export const LIST_PRICES: Prices = {
  currency: 'USD',
  date: '2026-11',
  source: 'list prices of us-east-1: aws.amazon.com/secrets-manager/pricing, /systems-manager/pricing, /kms/pricing',
  secretMonth: 0.4,
  secretCalls: 0.05,
  advancedParameterMonth: 0.05,
  parameterInteractions: 0.05,
  keyMonth: 1,
  keyRotationMonth: 1,
  keyCalls: 0.03,
}

/** Prices of one's own: a JSON file with any of the members of `Prices`; the others stay. Throws errors for people. */
export function readPrices(path: string): Prices {
  let own: unknown
  try {
    own = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new StorageError(`the prices in ${path} can not be read`, { cause, hint: 'give a JSON object' })
  }
  if (typeof own !== 'object' || own === null || Array.isArray(own)) throw wrong(path, 'is no JSON object')
  for (const [name, value] of Object.entries(own)) {
    if (!Object.hasOwn(LIST_PRICES, name)) throw wrong(path, `has ${name.slice(0, 40)}, which is no price`)
    const expected = typeof LIST_PRICES[name as keyof Prices]
    const fits = typeof value === expected && (expected === 'string' ? value.length <= 200 : value >= 0 && value < 1e9)
    if (!fits) throw wrong(path, `says no ${expected} for ${name}`)
  }
  // of whose date and source the others are is not known any more
  const { date = 'unknown', source = path } = own as Partial<Prices>
  return { ...LIST_PRICES, ...own, date, source }
}

const wrong = (path: string, what: string) =>
  new StorageError(`the file of prices ${path} ${what}`, { hint: `it may have ${Object.keys(LIST_PRICES).join(', ')}` })
