import { type Cron, cronOf, nextFired } from './cron.ts'

/** When a rule fires by the clock. Source: surroundings.md 4.2. */
export interface Schedule {
  /**
   * The first moment after `after` at which it fires; undefined when it never does again. `base`: since when it stands, from which
   * rates count: the first firing is one period later. All in milliseconds.
   */
  next(after: number, base: number): number | undefined
}

const RATE = /^rate\(([1-9][0-9]{0,8}) (minute|hour|day)(s?)\)$/
const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** Reads `rate(5 minutes)` or `cron(…)`; undefined when it is neither. Trap 22: the singular is for 1, and for nothing else. */
export function scheduleOf(text: string): Schedule | undefined {
  const [, value, unit, plural] = RATE.exec(text) ?? []
  if (value !== undefined) {
    if ((value === '1') !== (plural === '')) return undefined
    return rate(Number(value) * (UNIT_MS[unit as string] as number))
  }
  const cron = text.startsWith('cron(') && text.endsWith(')') ? cronOf(text.slice(5, -1)) : undefined
  return cron && byCron(cron)
}

const byCron = (cron: Cron): Schedule => ({ next: (after) => nextFired(cron, after) })

function rate(periodMs: number): Schedule {
  return { next: (after, base) => base + Math.max(1, Math.floor((after - base) / periodMs) + 1) * periodMs }
}
