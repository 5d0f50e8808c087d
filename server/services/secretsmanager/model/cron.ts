import { dayBit as bit, firstWeekday, lastWeekday, type Month, monthOf, weekdays } from '#kernel/values/calendar'
import { badSchedule } from './refusals.ts'

/**
 * The cron expressions of rotation schedules: when they fire, in UTC.
 * Source: rotation.md 7, secretsmanager.md 10.3, the cron reference of EventBridge (for L and #).
 */
export interface Cron {
  /** Hours of the day that fire, ascending, at least one. */
  readonly hours: readonly number[]
  /** Bit m - 1 stands for month m. */
  readonly months: number
  /** A day fires when one of these names it. */
  readonly days: readonly DayRule[]
}

/** The days of a month that a rule names; bit d - 1 stands for day d, bits past the month's end do not count. */
type DayRule = (month: Month) => number

interface Field {
  readonly called: string
  readonly least: number
  readonly most: number
  /** In the order of their numbers. */
  readonly names: readonly string[]
  /** Whether a range may run over the end: FRI-MON. Assumed. */
  readonly turns: boolean
}

const HOUR_MS = 3_600_000
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

const HOURS: Field = { called: 'hours', least: 0, most: 23, names: [], turns: false }
const DAYS_OF_MONTH: Field = { called: 'day-of-month', least: 1, most: 31, names: [], turns: false }
const MONTHS_OF_YEAR: Field = { called: 'month', least: 1, most: 12, names: MONTHS, turns: true }
const DAYS_OF_WEEK: Field = { called: 'day-of-week', least: 1, most: 7, names: WEEKDAYS, turns: true }

/** Leap years and days of the week are through after so many years; what has not fired by then never does. */
const CYCLE_YEARS = 28

/**
 * Reads what stands between the brackets of `cron(…)`: minutes hours day-of-month month day-of-week year. Says nothing
 * about spacing. Throws InvalidParameterException. Linear in the text.
 */
export function parseCron(text: string): Cron {
  const fields = text
    .toUpperCase()
    .split(' ')
    .filter((field) => field !== '')
  const [minutes, hours, daysOfMonth, months, daysOfWeek, year] = fields
  if (fields.length !== 6 || !minutes || !hours || !daysOfMonth || !months || !daysOfWeek || !year)
    throw badSchedule('a cron expression has six fields: minutes, hours, day-of-month, month, day-of-week and year')
  if (minutes !== '0') throw badSchedule('the minutes field must be 0')
  if (year !== '*') throw badSchedule('the year field must be *')
  if ((daysOfMonth === '?') === (daysOfWeek === '?'))
    throw badSchedule('exactly one of the day-of-month and day-of-week fields must be ?')
  return {
    hours: numbersIn(maskOf(hours, HOURS)),
    months: maskOf(months, MONTHS_OF_YEAR) >>> 1,
    days: daysOfWeek === '?' ? daysOfMonthRules(daysOfMonth) : daysOfWeekRules(daysOfWeek),
  }
}

/** The first moment after `after` at which it fires, both in milliseconds; undefined when there is none within 28 years. */
export function nextFired(cron: Cron, after: number): number | undefined {
  const from = new Date(after)
  const year = from.getUTCFullYear()
  const month = from.getUTCMonth()
  for (let ahead = 0; ahead <= CYCLE_YEARS * 12; ahead++) {
    const days = firedDays(cron, year, month + ahead)
    for (let day = ahead === 0 ? from.getUTCDate() : 1; days >> (day - 1) !== 0; day++) {
      if (((days >> (day - 1)) & 1) === 0) continue
      const midnight = Date.UTC(year, month + ahead, day)
      for (const hour of cron.hours) if (midnight + hour * HOUR_MS > after) return midnight + hour * HOUR_MS
    }
  }
  return undefined
}

/** What holds of an expression in all years: over 28 of them every kind of year and every neighbourhood of days occurs. */
export interface Rhythm {
  /** Whether every calendar year has a start. */
  readonly yearly: boolean
  /** Two starts that follow each other are at least so many hours apart. */
  readonly leastGapHours: number
}

/** Looks at 28 years, month by month. */
export function rhythmOf(cron: Cron): Rhythm {
  let yearly = true
  let adjacent = false
  let lastFired = false
  // From December 2000, so that each turn of the year is seen too.
  let firedInYear = true
  for (let month = -1; month < CYCLE_YEARS * 12; month++) {
    const days = firedDays(cron, 2001, month)
    if (month % 12 === 0) {
      yearly &&= firedInYear
      firedInYear = false
    }
    firedInYear ||= days !== 0
    adjacent ||= (days & (days >> 1)) !== 0 || (lastFired && (days & 1) !== 0)
    lastFired = days >> (monthOf(2001, month).length - 1) !== 0
  }
  return { yearly: yearly && firedInYear, leastGapHours: leastGap(cron.hours, adjacent) }
}

function leastGap(hours: readonly number[], adjacentDays: boolean): number {
  let least = Number.POSITIVE_INFINITY
  let before: number | undefined
  const first = hours[0] ?? 0
  for (const hour of [...hours, first + (adjacentDays ? 24 : 48)]) {
    if (before !== undefined) least = Math.min(least, hour - before)
    before = hour
  }
  return least
}

/** `month` counts from 0 and may run over the year. */
function firedDays(cron: Cron, year: number, month: number): number {
  const inYear = ((month % 12) + 12) % 12
  if (((cron.months >> inYear) & 1) === 0) return 0
  const shape = monthOf(year, month)
  let days = 0
  for (const rule of cron.days) days |= rule(shape)
  return days & (2 ** shape.length - 1)
}

function daysOfMonthRules(text: string): DayRule[] {
  return items(text, DAYS_OF_MONTH).map((item) => {
    if (item === 'L') return ({ length }) => bit(length)
    if (item.endsWith('L')) {
      const weekday = WEEKDAYS.indexOf(item.slice(0, -1))
      if (weekday < 0) throw badSchedule('L in the day-of-month field stands alone or after the name of a day')
      return (month) => lastWeekday(month, weekday)
    }
    const named = itemMask(item, DAYS_OF_MONTH) >>> 1
    return () => named
  })
}

function daysOfWeekRules(text: string): DayRule[] {
  const all = items(text, DAYS_OF_WEEK)
  return all.map((item) => {
    const hash = item.indexOf('#')
    if (hash >= 0) {
      // EventBridge: nothing else beside it.
      if (all.length > 1) throw badSchedule('a day-of-week field with # holds one day only')
      const weekday = numberOf(item.slice(0, hash), DAYS_OF_WEEK) - 1
      const nth = item.slice(hash + 1)
      if (!/^[1-5]$/.test(nth)) throw badSchedule('the number after # must be between 1 and 5')
      return (month) => bit(firstWeekday(month, weekday) + 7 * (Number(nth) - 1))
    }
    // The last day of the week, as EventBridge has it.
    if (item === 'L') return (month) => weekdays(month, bit(7))
    if (item.endsWith('L')) {
      const weekday = numberOf(item.slice(0, -1), DAYS_OF_WEEK) - 1
      return (month) => lastWeekday(month, weekday)
    }
    const named = itemMask(item, DAYS_OF_WEEK) >>> 1
    return (month) => weekdays(month, named)
  })
}

function items(text: string, field: Field): string[] {
  const all = text.split(',')
  if (all.includes('')) throw badSchedule(`the ${field.called} field has an empty item`)
  if (all.length > 1 && all.includes('?')) throw badSchedule('? stands alone in its field')
  return all
}

/** Bit n stands for the number n. */
function maskOf(text: string, field: Field): number {
  let mask = 0
  for (const item of items(text, field)) mask |= itemMask(item, field)
  return mask
}

/** `*` `7` `MON-FRI` `/8` `2/10` `8-20/4`. A step without a start begins with the least number; without an end it runs to the most. */
function itemMask(item: string, field: Field): number {
  const [range = '', step, ...rest] = item.split('/')
  if (rest.length > 0) throw badSchedule(`the ${field.called} field has more than one / in an item`)
  const stride = step === undefined ? 1 : strideOf(step, field)
  if (range === '*' || (range === '' && step !== undefined)) return spread(field.least, field.most, stride, field)
  const [from = '', to, ...more] = range.split('-')
  if (more.length > 0) throw badSchedule(`the ${field.called} field has more than one - in an item`)
  const start = numberOf(from, field)
  if (to === undefined) return spread(start, step === undefined ? start : field.most, stride, field)
  const end = numberOf(to, field)
  if (end >= start) return spread(start, end, stride, field)
  if (!field.turns) throw badSchedule(`a range in the ${field.called} field ends before it begins`)
  return spread(start, end + field.most, stride, field)
}

function spread(from: number, to: number, stride: number, { most }: Field): number {
  let mask = 0
  for (let number = from; number <= to; number += stride) mask |= 1 << (number > most ? number - most : number)
  return mask
}

function strideOf(text: string, field: Field): number {
  const stride = /^[0-9]{1,2}$/.test(text) ? Number(text) : 0
  if (stride < 1 || stride > field.most)
    throw badSchedule(`a step in the ${field.called} field must be between 1 and ${field.most}`)
  return stride
}

function numberOf(text: string, field: Field): number {
  const named = field.names.indexOf(text)
  if (named >= 0) return named + field.least
  const number = /^[0-9]{1,2}$/.test(text) ? Number(text) : -1
  if (number < field.least || number > field.most)
    throw badSchedule(`the ${field.called} field must hold values between ${field.least} and ${field.most}`)
  return number
}

function numbersIn(mask: number): number[] {
  const numbers: number[] = []
  for (let number = 0; mask >> number !== 0; number++) if ((mask >> number) & 1) numbers.push(number)
  return numbers
}
