import {
  dayBit,
  firstWeekday,
  lastWeekday,
  type Month,
  monthOf,
  nearestWorkday,
  weekdays,
} from '#kernel/values/calendar'

/**
 * The cron expressions of EventBridge, in UTC: minutes hours day-of-month month day-of-week year. The dialect of rotation
 * schedules is narrower: secretsmanager/model/cron.ts. Source: surroundings.md 4.2, the cron reference of EventBridge.
 */
export interface Cron {
  /** Ascending, at least one. */
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  /** From 1. */
  readonly months: ReadonlySet<number>
  readonly years: ReadonlySet<number>
  /** A day fires when one of these names it; bit d - 1 stands for day d. */
  readonly days: readonly ((month: Month) => number)[]
}

interface Field {
  readonly least: number
  readonly most: number
  readonly names: readonly string[]
}

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const MINUTE: Field = { least: 0, most: 59, names: [] }
const HOUR: Field = { least: 0, most: 23, names: [] }
const DAY: Field = { least: 1, most: 31, names: [] }
const MONTH: Field = { least: 1, most: 12, names: MONTHS }
const WEEKDAY: Field = { least: 1, most: 7, names: WEEKDAYS }
const YEAR: Field = { least: 1970, most: 2199, names: [] }

/** Thrown within this file only. */
class Bad extends Error {}

/** Reads what stands between the brackets of `cron(…)`; undefined when it is no such expression. Linear in the text. */
export function cronOf(text: string): Cron | undefined {
  const [minutes, hours, daysOfMonth, months, daysOfWeek, years, ...more] = text
    .toUpperCase()
    .split(' ')
    .filter((field) => field !== '')
  if (!minutes || !hours || !daysOfMonth || !months || !daysOfWeek || !years || more.length > 0) return undefined
  // Source: recorded, `cron(0 1 * * * *)` is refused. Two ? say nothing.
  if ((daysOfMonth === '?') === (daysOfWeek === '?')) return undefined
  try {
    return {
      minutes: ascending(numbersOf(minutes, MINUTE)),
      hours: ascending(numbersOf(hours, HOUR)),
      months: numbersOf(months, MONTH),
      years: numbersOf(years, YEAR),
      days: daysOfWeek === '?' ? itemsOf(daysOfMonth).map(dayOfMonth) : daysOfWeekRules(daysOfWeek),
    }
  } catch (error) {
    if (error instanceof Bad) return undefined
    throw error
  }
}

/** The first moment after `after` at which it fires, both in milliseconds; undefined when it never does again. */
export function nextFired(cron: Cron, after: number): number | undefined {
  const from = new Date(after)
  const first = Math.max(from.getUTCFullYear(), YEAR.least)
  for (let year = first; year <= YEAR.most; year++) {
    if (!cron.years.has(year)) continue
    for (let month = 1; month <= 12; month++) {
      if (!cron.months.has(month)) continue
      if (Date.UTC(year, month, 1) <= after) continue
      const found = inMonth(cron, year, month, after)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function inMonth(cron: Cron, year: number, month: number, after: number): number | undefined {
  const shape = monthOf(year, month - 1)
  let days = 0
  for (const rule of cron.days) days |= rule(shape)
  for (let day = 1; day <= shape.length; day++) {
    if (((days >> (day - 1)) & 1) === 0 || Date.UTC(year, month - 1, day + 1) <= after) continue
    for (const hour of cron.hours) {
      if (Date.UTC(year, month - 1, day, hour + 1) <= after) continue
      for (const minute of cron.minutes) {
        const at = Date.UTC(year, month - 1, day, hour, minute)
        if (at > after) return at
      }
    }
  }
  return undefined
}

function dayOfMonth(item: string): (month: Month) => number {
  if (item === 'L') return ({ length }) => dayBit(length)
  if (item === 'LW') return (month) => dayBit(nearestWorkday(month, month.length))
  if (item.endsWith('W')) {
    const day = numberOf(item.slice(0, -1), DAY)
    return (month) => dayBit(nearestWorkday(month, day))
  }
  let days = 0
  for (const day of numbersOf(item, DAY)) days |= dayBit(day)
  return () => days
}

function daysOfWeekRules(text: string): ((month: Month) => number)[] {
  const all = itemsOf(text)
  return all.map((item) => {
    const [day = '', nth, ...more] = item.split('#')
    if (nth !== undefined) {
      // Source: the cron reference of EventBridge: with # the field holds one expression only.
      if (all.length > 1 || more.length > 0 || !/^[1-5]$/.test(nth)) throw new Bad()
      const weekday = numberOf(day, WEEKDAY) - 1
      return (month) => dayBit(firstWeekday(month, weekday) + 7 * (Number(nth) - 1))
    }
    if (item === 'L') return (month) => weekdays(month, 1 << 6)
    if (item.endsWith('L')) {
      const weekday = numberOf(item.slice(0, -1), WEEKDAY) - 1
      return (month) => lastWeekday(month, weekday)
    }
    let named = 0
    for (const weekday of numbersOf(item, WEEKDAY)) named |= 1 << (weekday - 1)
    return (month) => weekdays(month, named)
  })
}

function itemsOf(text: string): string[] {
  const all = text.split(',')
  if (all.includes('') || (all.length > 1 && all.includes('?'))) throw new Bad()
  return all
}

const ascending = (numbers: ReadonlySet<number>) => [...numbers].toSorted((a, b) => a - b)

/** `*` `7` `MON-FRI` `/8` `2/10` `8-20/4`, separated by commas. A range of names may run over the end: FRI-MON. */
function numbersOf(text: string, field: Field): ReadonlySet<number> {
  const numbers = new Set<number>()
  for (const item of itemsOf(text)) {
    const [range = '', step, ...rest] = item.split('/')
    if (rest.length > 0) throw new Bad()
    const stride = step === undefined ? 1 : strideOf(step, field)
    const [from, to] = boundsOf(range, step !== undefined, field)
    for (let number = from; number <= to; number += stride)
      numbers.add(number > field.most ? number - field.most + field.least - 1 : number)
  }
  return numbers
}

function boundsOf(range: string, stepped: boolean, field: Field): readonly [number, number] {
  if (range === '*' || (range === '' && stepped)) return [field.least, field.most]
  const [from = '', to, ...more] = range.split('-')
  if (more.length > 0) throw new Bad()
  const start = numberOf(from, field)
  if (to === undefined) return [start, stepped ? field.most : start]
  const end = numberOf(to, field)
  if (end >= start) return [start, end]
  if (field.names.length === 0) throw new Bad()
  return [start, end + field.most - field.least + 1]
}

function strideOf(text: string, { most }: Field): number {
  const stride = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (stride < 1 || stride > most) throw new Bad()
  return stride
}

function numberOf(text: string, { least, most, names }: Field): number {
  const named = names.indexOf(text)
  if (named >= 0) return named + least
  const number = /^[0-9]{1,4}$/.test(text) ? Number(text) : -1
  if (number < least || number > most) throw new Bad()
  return number
}
