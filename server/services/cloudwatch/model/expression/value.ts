/** Values by where their period begins (seconds), in any order. */
export type Points = ReadonlyMap<number, number>

/** What an expression comes to. */
export type Value =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'series'; readonly points: Points; readonly period: number }
  | { readonly kind: 'list'; readonly of: readonly (Value & { readonly kind: 'series' })[] }
  | { readonly kind: 'text'; readonly value: string }

export type SeriesValue = Value & { readonly kind: 'series' }

export const scalar = (value: number): Value => ({ kind: 'scalar', value })
export const seriesOf = (points: Points, period: number): SeriesValue => ({ kind: 'series', points, period })

/** Each point of a series made new; what is no number is left out. */
export function mapped(
  { points, period }: SeriesValue,
  change: (value: number, at: number) => number | undefined,
): SeriesValue {
  const found = new Map<number, number>()
  for (const [at, value] of points) {
    const changed = change(value, at)
    if (changed !== undefined && Number.isFinite(changed)) found.set(at, changed)
  }
  return seriesOf(found, period)
}

/** Points in order of time. */
export const inOrder = (points: Points): [number, number][] => [...points].sort(([a], [b]) => a - b)
