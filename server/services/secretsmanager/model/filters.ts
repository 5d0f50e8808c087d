import { ApiError } from '#kernel/error'
import { isInNames } from './identity.ts'
import { Words, wordsOf } from './words.ts'

/** A filter as it comes on the wire. */
export interface Filter {
  readonly Key?: string | undefined
  readonly Values?: readonly string[] | undefined
}

/** What filters look at in a secret. */
export interface Filterable {
  readonly name: string
  readonly description?: string | undefined
  /** Key and value of each tag. */
  readonly tags?: Iterable<readonly [string, string]> | undefined
  /** Replicated secrets only. */
  readonly primaryRegion?: string | undefined
  /** Service-managed secrets only. */
  readonly owningService?: string | undefined
}

/** Says whether a secret is selected. */
export type Selector = (secret: Filterable) => boolean

/** Answers for one value of one filter, its `!` taken off. */
type Test = (fields: Fields) => boolean

/**
 * The selector of a request's filters: every filter must hold, in a filter any of its values; a value that begins with
 * `!` holds when its rest does not. Undefined when there is nothing to filter by, so that callers can skip the work.
 * Costs per secret are linear in its text and in the values.
 *
 * @throws ApiError InvalidParameterException for a filter without key or values.
 * Source: secretsmanager.md section 9; the texts are carried by emulators.
 */
export function selectorOf(filters: readonly Filter[] | undefined): Selector | undefined {
  if (filters === undefined || filters.length === 0) return undefined
  const all = filters.map(testOf)
  return (secret) => {
    const fields = new Fields(secret)
    return all.every((test) => test(fields))
  }
}

/**
 * What the name of a selected secret begins with: one of these, in their order, none of which begins with another. Undefined: that is not
 * said, or not by what the names are.
 */
export function namePrefixes(filters: readonly Filter[] | undefined): readonly string[] | undefined {
  const values = filters?.find(
    ({ Key, Values }) => Key === 'name' && Values?.every((value) => value !== '' && !value.startsWith('!')),
  )?.Values
  if (values === undefined || values.length === 0) return undefined
  const prefixes: string[] = []
  for (const value of values.filter(isInNames).toSorted(byUnits)) {
    const last = prefixes.at(-1)
    if (last === undefined || !value.startsWith(last)) prefixes.push(value)
  }
  return prefixes
}

const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function testOf({ Key, Values }: Filter): Test {
  if (Key === undefined) throw new ApiError('InvalidParameterException', 'Invalid filter key')
  if (Values === undefined || Values.length === 0) {
    throw new ApiError('InvalidParameterException', `Invalid filter values for key: ${Key}`)
  }
  const make = tests.get(Key)
  if (make === undefined) throw new ApiError('InvalidParameterException', 'Invalid filter key')
  const any = Values.map((value) => {
    if (!value.startsWith('!')) return make(value)
    const test = make(value.slice(1))
    return (fields: Fields) => !test(fields)
  })
  return (fields) => any.some((test) => test(fields))
}

const tests: ReadonlyMap<string, (value: string) => Test> = new Map([
  [
    'name',
    (value: string): Test =>
      ({ secret }) =>
        secret.name.startsWith(value),
  ],
  [
    'tag-key',
    (value: string): Test =>
      ({ tags }) =>
        tags.some(([key]) => key.startsWith(value)),
  ],
  [
    'tag-value',
    (value: string): Test =>
      ({ tags }) =>
        tags.some(([, text]) => text.startsWith(value)),
  ],
  [
    'primary-region',
    (value: string): Test =>
      ({ secret }) =>
        secret.primaryRegion?.startsWith(value) === true,
  ],
  [
    'owning-service',
    (value: string): Test =>
      ({ secret }) =>
        secret.owningService?.startsWith(value) === true,
  ],
  ['description', (value: string): Test => words(value, (fields) => [fields.description])],
  ['all', (value: string): Test => words(value, (fields) => fields.all)],
])

/** Every word of `value` begins a word of one and the same field. A value without words matches nothing. */
function words(value: string, where: (fields: Fields) => readonly Words[]): Test {
  const wanted = [...new Set(wordsOf(value))]
  if (wanted.length === 0) return () => false
  return (fields) => where(fields).some((field) => field.haveAll(wanted))
}

/** A secret under the filters; what is split once is kept for the next value. */
class Fields {
  readonly secret: Filterable
  #tags: readonly (readonly [string, string])[] | undefined
  #description: Words | undefined
  #all: readonly Words[] | undefined

  constructor(secret: Filterable) {
    this.secret = secret
  }

  get tags(): readonly (readonly [string, string])[] {
    this.#tags ??= [...(this.secret.tags ?? [])]
    return this.#tags
  }

  get description(): Words {
    this.#description ??= new Words(this.secret.description ?? '')
    return this.#description
  }

  get all(): readonly Words[] {
    this.#all ??= [
      new Words(this.secret.name),
      this.description,
      ...this.tags.map(([key]) => new Words(key)),
      ...this.tags.map(([, value]) => new Words(value)),
    ]
    return this.#all
  }
}
