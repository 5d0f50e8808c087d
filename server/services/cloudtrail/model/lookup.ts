import { ApiError } from '#kernel/error'

/** A question to LookupEvents. */
export interface Question {
  readonly LookupAttributes?:
    | readonly { readonly AttributeKey?: string | undefined; readonly AttributeValue?: string | undefined }[]
    | undefined
  readonly StartTime?: Date | undefined
  readonly EndTime?: Date | undefined
  readonly EventCategory?: string | undefined
  readonly MaxResults?: number | undefined
  readonly NextToken?: string | undefined
}

/** Seals and opens tokens: see `PageTokens`. */
interface Tokens {
  open(token: string, bound: readonly unknown[]): string | undefined
}

interface Asker {
  readonly account: string
  readonly region: string
  readonly now: number
}

const DAY_MS = 86_400_000
/** How far back records are looked up. Source: API_LookupEvents. */
export const HISTORY_MS = 90 * DAY_MS
const MOST = 50
const LONGEST_VALUE = 2000

/**
 * What is asked of the index, and what a token for the next page is bound to: all parameters but the token. Undefined when
 * nothing can be found. Which error is whose is AWS's (surroundings.md 1.5); its texts are not reported: Assumed.
 */
export function askedOf(question: Question, tokens: Tokens, { account, region, now }: Asker) {
  const { LookupAttributes = [], StartTime, EndTime, EventCategory, MaxResults = MOST, NextToken } = question
  if (LookupAttributes.length > 1)
    throw new ApiError('InvalidLookupAttributesException', 'You can only specify one lookup attribute.')
  const [one] = LookupAttributes
  const value = one?.AttributeValue ?? ''
  if (one !== undefined && (value.length < 1 || value.length > LONGEST_VALUE))
    throw new ApiError(
      'InvalidLookupAttributesException',
      `The value of a lookup attribute must have 1 to ${LONGEST_VALUE} characters.`,
    )
  if (MaxResults < 1 || MaxResults > MOST)
    throw new ApiError('InvalidMaxResultsException', `The maximum number of results must be between 1 and ${MOST}.`)
  if (EventCategory !== undefined && EventCategory !== 'insight')
    throw new ApiError('InvalidEventCategoryException', 'The only event category that can be specified is insight.')
  if (StartTime !== undefined && EndTime !== undefined && StartTime > EndTime)
    throw new ApiError('InvalidTimeRangeException', 'The start time must not be after the end time.')
  const attribute = one && { key: one.AttributeKey ?? '', value }
  const bound = [
    'LookupEvents',
    ...[account, region, attribute, StartTime?.getTime(), EndTime?.getTime(), EventCategory, MaxResults].map(
      (each) => each ?? null,
    ),
  ]
  const place = NextToken === undefined ? undefined : tokens.open(NextToken, bound)
  if (NextToken !== undefined && place === undefined)
    throw new ApiError(
      'InvalidNextTokenException',
      'Invalid token or token that was previously used in a request with different parameters.',
    )
  // Records have whole seconds, and both bounds are inside.
  const from = Math.max(StartTime === undefined ? 0 : Math.ceil(StartTime.getTime() / 1000) * 1000, now - HISTORY_MS)
  const to = EndTime === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(EndTime.getTime() / 1000) * 1000 + 999
  if (from > to || EventCategory === 'insight') return undefined
  return {
    bound,
    lookup: {
      ...{ account, region, from, to, limit: MaxResults },
      ...(attribute && { attribute }),
      ...(place !== undefined && { after: JSON.parse(place) as unknown }),
    },
  }
}
