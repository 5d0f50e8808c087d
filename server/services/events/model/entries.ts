import { invalid } from './refusals.ts'

/** What PutEvents looks at in each event. Source: surroundings.md 4.2; API_PutEvents. */

/** An event as a request brings it. */
export interface Entry {
  readonly Time?: Date | undefined
  readonly Source?: string | undefined
  readonly Resources?: readonly string[] | undefined
  readonly DetailType?: string | undefined
  readonly Detail?: string | undefined
  readonly EventBusName?: string | undefined
}

export interface Refused {
  readonly ErrorCode: string
  readonly ErrorMessage: string
}

/** An entry that can go onto a bus. */
export interface Good extends Entry {
  readonly Source: string
  readonly DetailType: string
  readonly Detail: string
}

/** Bytes of all entries of a request. Source: surroundings.md 4.2 (AWS takes 1 MB lately; requests here have no more altogether). */
const MOST_BYTES = 262_144
/** What a time counts for. Source: the user guide, "Calculating event size". */
const TIME_BYTES = 14
/** Levels of a detail: no parser that comes after has to go deeper. Assumed. */
const DEEPEST = 1000

const bytes = (text: string | undefined) => (text === undefined ? 0 : Buffer.byteLength(text))

/** Refuses a request that is too large. */
export function checkSize(entries: readonly Entry[]): void {
  let total = 0
  for (const { Time, Source, Resources, DetailType, Detail } of entries) {
    total += (Time === undefined ? 0 : TIME_BYTES) + bytes(Source) + bytes(DetailType) + bytes(Detail)
    for (const resource of Resources ?? []) total += bytes(resource)
  }
  if (total > MOST_BYTES) throw invalid('Total size of the entries in the request is over the limit.')
}

/** What is wrong with an entry; undefined when nothing is. */
export function refusalOf(entry: Entry): Refused | undefined {
  for (const name of ['Source', 'DetailType', 'Detail'] as const)
    if (!entry[name])
      return {
        ErrorCode: 'InvalidArgument',
        ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      }
  // Assumed: the text.
  if (/^aws\./.test(entry.Source as string))
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' }
  if (!isObject(entry.Detail as string)) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
  return undefined
}

function isObject(text: string): boolean {
  if (tooDeep(text)) return false
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** Whether a JSON text has more levels than anybody wants to go down. */
export function tooDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (quoted) {
      if (code === BACKSLASH) i++
      else if (code === QUOTE) quoted = false
    } else if (code === QUOTE) quoted = true
    else if (code === BRACE || code === BRACKET) {
      if (++depth > DEEPEST) return true
    } else if (code === BRACE_END || code === BRACKET_END) depth--
  }
  return false
}

const [QUOTE, BACKSLASH, BRACE, BRACE_END, BRACKET, BRACKET_END] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]
