import { ApiError } from '#kernel/error'
import { Metrics } from './metrics.ts'
import type { Measured } from './model/measured.ts'
import { aggregateOf, aggregateOfSet } from './model/aggregate.ts'
import { NO_UNIT, sorted } from './model/metric.ts'
import type { Datum, Measures } from './port.ts'

/** What other services put, where callers may not. `most`: see `Metrics`. */
export function measures(most: number): Measures {
  return {
    async put(unit, { account, region, namespace, data }) {
      const metrics = new Metrics(unit, most)
      const measured = data.flatMap((datum) => {
        const aggregate = aggregateIn(datum)
        if (aggregate === undefined) return []
        const { name, dimensions = [], unit = NO_UNIT, time } = datum
        return [{ namespace, name, dimensions: sorted(dimensions), unit, time, aggregate } satisfies Measured]
      })
      // one by one, so that a metric for which there is no room takes no other with it
      for (const each of measured) {
        try {
          await metrics.add({ account, region }, [each])
        } catch (error) {
          if (!(error instanceof ApiError)) throw error
        }
      }
    },
  }
}

function aggregateIn({ value, stats }: Datum) {
  if (value !== undefined) return Number.isFinite(value) ? aggregateOf(value) : undefined
  if (stats === undefined || stats.count <= 0) return undefined
  const { count, sum, min, max } = stats
  return [count, sum, min, max].every(Number.isFinite) ? aggregateOfSet({ count, sum, min, max }) : undefined
}
