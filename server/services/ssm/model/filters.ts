import { ApiError } from '#kernel/error'
import { parentOf, pathOf } from './name.ts'
import type { Found } from './parameter.ts'
import { UNRECORDED } from './refusals.ts'
import { apart, beginning, below, EVERYTHING, point, type Segment, shared } from './segments.ts'

/** An item of `ParameterFilters` as it comes on the wire; of the old `Filters` as well, which has no option. */
export interface StringFilter {
  readonly Key?: string | undefined
  readonly Option?: string | undefined
  readonly Values?: readonly string[] | undefined
}

/** Says whether a parameter is selected. */
export type Selector = (found: Found) => boolean

/** What filters come to: where to look, and what to look for there. */
export interface Filtering {
  /** In order; nothing: no parameter can match. */
  readonly pieces: readonly Segment[]
  /** Undefined: everything that lies there. */
  readonly select: Selector | undefined
  /** The version that carries this label is meant, and parameters without it are none of it. */
  readonly label: string | undefined
}

/** Orders as recorded (GetParametersByPath) and reported (DescribeParameters). Source: parameterstore.md 8.1. */
const KEYS_BY_PATH = ['Type', 'KeyId', 'Label']
const KEYS_TO_DESCRIBE = ['Path', 'Name', 'Type', 'KeyId', 'Tier']
/** What else is taken there: the list in the text is older than these. */
const MORE_TO_DESCRIBE = ['DataType']

const TEXT_OPTIONS = ['BeginsWith', 'Equals']
/** Orders of Label and Path recorded and reported; of Name assumed. The default is said by `defaultOf`. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  Name: ['BeginsWith', 'Equals', 'Contains'],
  Path: ['Recursive', 'OneLevel'],
  Label: ['Equals'],
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  Type: ['String', 'StringList', 'SecureString'],
  Tier: ['Standard', 'Advanced', 'Intelligent-Tiering'],
}

/** A filter that was looked at: what it says is allowed. */
interface Checked {
  readonly key: string
  readonly option: string
  readonly values: readonly string[]
}

/**
 * The filters of DescribeParameters: all must hold, in each any of its values. Names, beginnings of names and paths are places to look
 * at (`pieces`), the rest is tested on what lies there.
 *
 * @throws ApiError InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, ValidationException.
 */
export function describing(filters: readonly StringFilter[] = []): Filtering {
  return filteringOf(
    checked(
      filters,
      (key) => KEYS_TO_DESCRIBE.includes(key) || MORE_TO_DESCRIBE.includes(key) || tagOf(key) !== undefined,
      KEYS_TO_DESCRIBE,
    ),
  )
}

/** The old `Filters`: a name by its beginning (recorded), type and key by equality. Source: parameterstore.md 8.2. */
export function describingOld(filters: readonly StringFilter[] = []): Filtering {
  return filteringOf(
    filters.map(({ Key: key = '', Values: values = [] }) => ({
      key,
      option: key === 'Name' ? 'BeginsWith' : 'Equals',
      values,
    })),
  )
}

/** The filters of GetParametersByPath for what lies below its path (see `below`). Throws as `describing`. */
export function reading(filters: readonly StringFilter[] = []): Pick<Filtering, 'select' | 'label'> {
  const { select, label } = filteringOf(checked(filters, (key) => KEYS_BY_PATH.includes(key), KEYS_BY_PATH))
  return { select, label }
}

/** Filters that ask the same in other words come to the same: what a token is bound to. Source: parameterstore.md 8.3. */
export function normalised(filters: readonly StringFilter[] = []): readonly unknown[] {
  return filters
    .map(({ Key = '', Option = defaultOf(Key), Values = [] }) => [Key, Option, ...new Set(Values)])
    .map(([key, option, ...values]) => [key, option, values.sort()])
    .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1))
}

/** Assumed: one filter after the other, in each first its key, then that it is the only one, its option and its values. */
function checked(
  filters: readonly StringFilter[],
  allowed: (key: string) => boolean,
  valid: readonly string[],
): Checked[] {
  const seen = new Set<string>()
  return filters.map(({ Key: key = '', Option, Values: values }) => {
    if (!allowed(key))
      throw invalidKey(
        `The following filter key is not valid: ${key}. Valid filter keys include: [${valid.join(', ')}].`,
      )
    if (seen.has(key)) {
      throw invalidKey(
        `The following filter is duplicated in the request: ${key}. A request can contain only one occurrence of a specific filter.`,
      )
    }
    seen.add(key)
    const options = OPTIONS[key] ?? TEXT_OPTIONS
    const option = Option ?? defaultOf(key)
    if (!options.includes(option)) throw invalidOption(option, options)
    if (values === undefined || values.length === 0) {
      if (tagOf(key) !== undefined) return { key, option, values: [] }
      throw invalidValue(`The following filter values are missing : null for filter key ${key}.`)
    }
    if (key === 'Label' && values.length > 1) throw invalidValue('The following filter Label can have only one value')
    const known = VALUES[key]
    const unknown = known && values.find((value) => !known.includes(value))
    if (unknown !== undefined) {
      throw invalidValue(
        `The following filter value is not valid: ${unknown}. Valid values include: [${known?.join(', ')}].`,
      )
    }
    return { key, option, values }
  })
}

function defaultOf(key: string): string {
  return key === 'Path' ? 'OneLevel' : 'Equals'
}

function filteringOf(filters: readonly Checked[]): Filtering {
  let points: readonly string[] | undefined
  let levels: readonly Segment[] | undefined
  let ranges: readonly Segment[] = [EVERYTHING]
  let label: string | undefined
  const tests: Selector[] = []
  for (const { key, option, values } of filters) {
    if (key === 'Path') {
      const within = apart(values.map((value) => below(pathToFilterBy(value), option === 'Recursive')))
      if (option === 'Recursive') ranges = shared(ranges, within)
      else levels = within
    } else if (key === 'Name' && option === 'Equals') points = [...new Set(values.map(keyOf))].sort()
    else if (key === 'Name' && option === 'BeginsWith') {
      ranges = shared(ranges, apart(values.flatMap((value) => beginning(keyOf(value)) ?? [])))
    } else if (key === 'Label') label = values[0]
    else tests.push(testOf(key, option, values))
  }
  return {
    pieces: piecesOf(points, levels, ranges),
    select: tests.length === 0 ? undefined : (found) => tests.every((test) => test(found)),
    label,
  }
}

/** The narrowest places that hold everything which names, levels and ranges have in common. */
function piecesOf(
  points: readonly string[] | undefined,
  levels: readonly Segment[] | undefined,
  ranges: readonly Segment[],
): Segment[] {
  if (points === undefined) return levels === undefined ? [...ranges] : shared(levels, ranges)
  const wanted = levels && new Set(levels.map(({ parent }) => parent))
  const these = points.filter((key) => wanted === undefined || wanted.has(parentOf(key)))
  return shared(
    these.flatMap((key) => point(key) ?? []),
    ranges,
  )
}

/** A name as it is compared: with a slash before it, whether the caller or its maker wrote one or not. Reported: 8.1. */
function keyOf(name: string): string {
  return name.startsWith('/') ? name.slice(1) : name
}

function testOf(key: string, option: string, values: readonly string[]): Selector {
  // Only Name has it: as given, in the name with its slash. Reported: 8.1.
  if (option === 'Contains') return ({ parameter }) => values.some((value) => `/${parameter.key}`.includes(value))
  const field = fieldOf(key)
  const any = values.length === 0
  const exact = option === 'Equals'
  return (found) => {
    const text = field(found)
    if (text === undefined) return false
    return any || values.some((value) => (exact ? text === value : text.startsWith(value)))
  }
}

function fieldOf(key: string): (found: Found) => string | undefined {
  const tag = tagOf(key)
  if (tag !== undefined) return ({ parameter }) => parameter.tags.get(tag)
  switch (key) {
    case 'Type':
      return ({ version }) => version.type
    case 'KeyId':
      return ({ version }) => version.keyId
    case 'Tier':
      return ({ version }) => version.tier
    case 'DataType':
      return ({ version }) => version.dataType
    default:
      throw new Error(`no filter by ${key}`)
  }
}

/** `tag:team` filters by the tag `team`. */
function tagOf(key: string): string | undefined {
  return key.startsWith('tag:') ? key.slice('tag:'.length) : undefined
}

function pathToFilterBy(value: string): string {
  // Reported: parameterstore.md 8.1.
  if (/^\/(aws|ssm)/i.test(value)) {
    throw new ApiError(
      'ValidationException',
      'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace.',
    )
  }
  return pathOf(value)
}

/** Reported: 8.1. */
export const bothFilters = () =>
  new ApiError('ValidationException', 'You can use either Filters or ParameterFilters in a single request.')

/** Source of the texts: parameterstore.md 8.1; by their marks recorded or reported there. */
const invalidKey = (text: string) => new ApiError('InvalidFilterKey', text)
const invalidValue = (text: string) => new ApiError('InvalidFilterValue', text, 400, undefined, UNRECORDED)
const invalidOption = (option: string, valid: readonly string[]) =>
  new ApiError(
    'InvalidFilterOption',
    `The following filter option is not valid: ${option}. Valid options include: [${valid.join(', ')}].`,
  )
