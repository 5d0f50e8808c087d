/** Days of months as bits: bit d - 1 stands for day d. What cron expressions of different dialects share. All in UTC. */

/** A calendar month, as far as it decides which of its days fire. */
export interface Month {
  readonly length: number
  /** Day of the week of its first day; Sunday is 0. */
  readonly first: number
}

const DAY_MS = 86_400_000

/** `month` counts from 0 and may run over the year. */
export function monthOf(year: number, month: number): Month {
  const day = Math.floor(Date.UTC(year, month, 1) / DAY_MS)
  // 1 January 1970 was a Thursday.
  return { length: Math.floor(Date.UTC(year, month + 1, 1) / DAY_MS) - day, first: (((day + 4) % 7) + 7) % 7 }
}

/** The fifth Sunday may fall on a day past 31: no such bit. */
export const dayBit = (day: number): number => (day >= 1 && day <= 31 ? 1 << (day - 1) : 0)

/** The first day of the month that is `weekday` (Sunday 0): 1 to 7. */
export const firstWeekday = ({ first }: Month, weekday: number): number => ((weekday - first + 7) % 7) + 1

/** The last such day, as a bit. */
export function lastWeekday(month: Month, weekday: number): number {
  const first = firstWeekday(month, weekday)
  return dayBit(first + 7 * Math.floor((month.length - first) / 7))
}

/** Every day of the month whose day of the week is in `named` (bit 0 is Sunday). */
export function weekdays(month: Month, named: number): number {
  let days = 0
  for (let day = 1; day <= month.length; day++) if ((named >> ((month.first + day - 1) % 7)) & 1) days |= dayBit(day)
  return days
}

/** The day from Monday to Friday that is nearest to `day` within the month; 0 when the month has no such day. */
export function nearestWorkday(month: Month, day: number): number {
  if (day < 1 || day > month.length) return 0
  const weekday = (month.first + day - 1) % 7
  if (weekday === 6) return day > 1 ? day - 1 : day + 2
  if (weekday === 0) return day < month.length ? day + 1 : day - 2
  return day
}
