import type { LogEvent } from './group.ts'
import { knownPattern, Message, pattern } from './filter/pattern.ts'
import { invalidParameter } from './refusals.ts'

/** How a metric filter makes a value of an event. */
export interface Transformation {
  readonly metricName: string
  readonly metricNamespace: string
  /** A number, or what of the event is one: `$.latency`, `$size`. */
  readonly metricValue: string
  readonly defaultValue?: number | undefined
  readonly dimensions?: Readonly<Record<string, string>> | undefined
  readonly unit?: string | undefined
}

export interface MetricFilter {
  readonly name: string
  readonly pattern: string
  readonly transformation: Transformation
  readonly createdAt: number
}

export interface Subscription {
  readonly name: string
  readonly pattern: string
  readonly destination: string
  readonly roleArn?: string | undefined
  readonly distribution: 'Random' | 'ByLogStream'
  readonly createdAt: number
}

/** Of one group. Source: CloudWatch Logs quotas. */
export const MOST_METRIC_FILTERS = 100
export const MOST_SUBSCRIPTIONS = 2
/** Filters of one group that hold expressions. Source: CloudWatch Logs user guide. */
export const MOST_WITH_REGEX = 5
/** Dimensions of one filter. Source: API_MetricTransformation. */
const MOST_DIMENSIONS = 3
/**
 * Steps that one filter, and all filters of a group, may take for one batch of events: beyond them the rest of the batch is not looked
 * at. Assumed; some tenths of a second, and a second.
 */
const MOST_STEPS = 20_000_000
const MOST_STEPS_OF_ALL = 60_000_000

/** What is left of the steps of a batch. */
export interface Steps {
  left: number
}

export const stepsOfBatch = (): Steps => ({ left: MOST_STEPS_OF_ALL })

/** Throws for what AWS refuses of a transformation. Source: API_MetricTransformation. */
export function checkTransformation({ metricValue, defaultValue, dimensions, metricNamespace }: Transformation): void {
  if (!/^\$/.test(metricValue) && !Number.isFinite(Number(metricValue === '' ? 'x' : metricValue)))
    throw invalidParameter('Invalid metric transformation: metricValue must be a number or a field of the pattern.')
  if (/^AWS\//.test(metricNamespace))
    throw invalidParameter('Invalid metric transformation: metric namespace must not begin with AWS/.')
  const names = Object.entries(dimensions ?? {})
  if (names.length > MOST_DIMENSIONS)
    throw invalidParameter('Invalid metric transformation: at most 3 dimensions can be specified.')
  if (names.some(([name, value]) => name === '' || !value.startsWith('$')))
    throw invalidParameter('Invalid metric transformation: dimension value must be valid selector')
  if (names.length > 0 && defaultValue !== undefined)
    throw invalidParameter(
      'Invalid metric transformation: dimensions and default value are mutually exclusive properties.',
    )
}

export const hasRegex = (text: string): boolean => pattern(text).cost > 0

/** A value of a metric, at a time. */
export interface Measured {
  readonly dimensions: readonly (readonly [string, string])[]
  readonly time: number
  readonly value: number
}

/** Events of one batch, taken apart once for all filters. */
export interface Looked {
  readonly event: LogEvent
  readonly message: Message
}

export const looked = (events: readonly LogEvent[]): Looked[] =>
  events.map((event) => ({ event, message: new Message(event.message) }))

/** The events that a pattern takes. */
export function taken(text: string, events: readonly Looked[], all: Steps): Looked[] {
  const { matches, work } = knownPattern(text)
  let left = Math.min(MOST_STEPS, all.left)
  return events.filter(({ message }) => {
    const steps = work * message.text.length
    left -= steps
    if (left < 0) return false
    all.left -= steps
    return matches(message)
  })
}

const MINUTE_MS = 60_000

/**
 * What a filter measures in a batch: a value for each event that its pattern takes, and its default value once for each minute in
 * which there are events and none of them is taken. Source: API_PutMetricFilter, API_MetricTransformation.
 */
export function measured(
  { pattern: text, transformation }: MetricFilter,
  events: readonly Looked[],
  all: Steps,
): Measured[] {
  const { value } = knownPattern(text)
  const { metricValue, defaultValue, dimensions = {} } = transformation
  const found: Measured[] = []
  const minutes = new Set<number>()
  for (const { event, message } of taken(text, events, all)) {
    minutes.add(minuteOf(event))
    const number = Number((metricValue.startsWith('$') ? value(message, metricValue) : metricValue) ?? 'none')
    const named = Object.entries(dimensions).map(([name, word]) => [name, value(message, word)] as const)
    // A value that is none is not measured, and a dimension that is not there keeps the event from being measured.
    if (!Number.isFinite(number) || named.some(([, word]) => word === undefined || word === '')) continue
    found.push({ dimensions: named as [string, string][], time: event.time, value: number })
  }
  if (defaultValue === undefined) return found
  for (const { event } of events) {
    if (minutes.has(minuteOf(event))) continue
    minutes.add(minuteOf(event))
    found.push({ dimensions: [], time: event.time, value: defaultValue })
  }
  return found
}

const minuteOf = ({ time }: LogEvent) => Math.floor(time / MINUTE_MS)
