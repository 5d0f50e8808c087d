import { hash } from 'node:crypto'

/** Whose metrics: nothing of one cell shows in another. */
export interface Cell {
  readonly account: string
  readonly region: string
}

export type Dimensions = readonly (readonly [name: string, value: string])[]

/** What a metric is called: names alone, and its dimensions in any order, tell it from others. */
export interface MetricName {
  readonly namespace: string
  readonly name: string
  /** Sorted by name: see `sorted`. */
  readonly dimensions: Dimensions
}

/** Dimensions in the one order that counts: two requests that name the same ones mean the same metric. */
export function sorted(dimensions: Dimensions): Dimensions {
  return dimensions.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

/** Dimensions as they come on the wire. */
export function dimensionsOf(
  wire: readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Dimensions {
  return sorted((wire ?? []).map(({ Name = '', Value = '' }) => [Name, Value] as const))
}

/** As the wire shows them. */
export const shownDimensions = (dimensions: Dimensions) => dimensions.map(([Name, Value]) => ({ Name, Value }))

/** Text of dimensions that is the same for the same ones. */
export const dimensionsText = (dimensions: Dimensions) => JSON.stringify(dimensions)

/** The key of a metric within its cell: of a fixed size, whatever its names are. */
export function keyOf({ namespace, name, dimensions }: MetricName): string {
  return hash('sha256', JSON.stringify([namespace, name, dimensions]), 'base64url').slice(0, 27)
}

/** The unit of what was put without one. */
export const NO_UNIT = 'None'

export const UNITS = [
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'Bits',
  'Kilobits',
  'Megabits',
  'Gigabits',
  'Terabits',
  'Percent',
  'Count',
  'Bytes/Second',
  'Kilobytes/Second',
  'Megabytes/Second',
  'Gigabytes/Second',
  'Terabytes/Second',
  'Bits/Second',
  'Kilobits/Second',
  'Megabits/Second',
  'Gigabits/Second',
  'Terabits/Second',
  'Count/Second',
  'None',
] as const
export type Unit = (typeof UNITS)[number]
