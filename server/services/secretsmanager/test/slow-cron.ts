import fc from 'fast-check'

/**
 * A second reading of cron expressions, written apart from model/cron.ts from the table of rotation.md 7: it asks of one
 * moment at a time whether it fires, and knows nothing of months, masks or what comes next. For well-formed text only.
 */
export function firesAt(text: string, at: number): boolean {
  const date = new Date(at)
  if (date.getUTCMinutes() !== 0 || date.getUTCSeconds() !== 0 || date.getUTCMilliseconds() !== 0) return false
  const [, hours = '', daysOfMonth = '', months = '', daysOfWeek = ''] = text.toUpperCase().split(/ +/)
  return (
    some(hours, (item) => listed(item, 0, 23, []).includes(date.getUTCHours())) &&
    some(months, (item) => listed(item, 1, 12, MONTHS).includes(date.getUTCMonth() + 1)) &&
    (daysOfMonth === '?' || some(daysOfMonth, (item) => isDayOfMonth(item, date))) &&
    (daysOfWeek === '?' || some(daysOfWeek, (item) => isDayOfWeek(item, date)))
  )
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')
const WEEKDAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ')

const some = (field: string, holds: (item: string) => boolean) => field.split(',').some(holds)
const plus = (date: Date, days: number) => new Date(date.getTime() + days * 86_400_000)
const sameMonth = (one: Date, other: Date) => one.getUTCMonth() === other.getUTCMonth()
const isLastOfMonth = (date: Date) => !sameMonth(date, plus(date, 1))

function isDayOfMonth(item: string, date: Date): boolean {
  if (item === 'L') return isLastOfMonth(date)
  if (/^[A-Z]{3}L$/.test(item)) return isDayOfWeek(item, date)
  return listed(item, 1, 31, []).includes(date.getUTCDate())
}

function isDayOfWeek(item: string, date: Date): boolean {
  const weekday = date.getUTCDay() + 1
  const named = (name: string) => (WEEKDAYS.includes(name) ? WEEKDAYS.indexOf(name) + 1 : Number(name))
  if (item === 'L') return weekday === 7
  if (item.endsWith('L')) return named(item.slice(0, -1)) === weekday && !sameMonth(date, plus(date, 7))
  const [name = '', nth] = item.split('#')
  if (nth !== undefined) return named(name) === weekday && Math.ceil(date.getUTCDate() / 7) === Number(nth)
  return listed(item, 1, 7, WEEKDAYS).includes(weekday)
}

/** The numbers that an item names, in their order. */
function listed(item: string, least: number, most: number, names: readonly string[]): number[] {
  const [range = '', step] = item.split('/')
  const all = Array.from({ length: most - least + 1 }, (_, at) => least + at)
  const [from, to] = range.split('-').map((part) => (names.includes(part) ? names.indexOf(part) + least : Number(part)))
  let numbers = all
  if (range !== '*' && range !== '' && from !== undefined) {
    const turned = [...all.slice(all.indexOf(from)), ...all.slice(0, all.indexOf(from))]
    if (to !== undefined) numbers = turned.slice(0, turned.indexOf(to) + 1)
    else numbers = step === undefined ? [from] : all.slice(all.indexOf(from))
  }
  return numbers.filter((_, at) => at % Number(step ?? 1) === 0)
}

const numbered = (least: number, most: number) => fc.integer({ min: least, max: most }).map(String)

function list(least: number, most: number, names: readonly string[], turns: boolean, ...more: fc.Arbitrary<string>[]) {
  const one = names.length > 0 ? fc.oneof(numbered(least, most), fc.constantFrom(...names)) : numbered(least, most)
  const order = (text: string) => (names.includes(text) ? names.indexOf(text) + least : Number(text))
  const range = fc
    .tuple(one, one)
    .map(([from, to]) => (turns || order(from) <= order(to) ? `${from}-${to}` : `${to}-${from}`))
  const start = fc.oneof(fc.constantFrom('', '*'), one, range)
  const stepped = fc.tuple(start, fc.integer({ min: 1, max: most })).map(([from, step]) => `${from}/${step}`)
  const item = fc.oneof(one, range, stepped, fc.constant('*'), ...more)
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(','))
}

const weekday = fc.oneof(numbered(1, 7), fc.constantFrom(...WEEKDAYS))
const lastNamed = fc.constantFrom(...WEEKDAYS).map((name) => `${name}L`)
const daysOfMonth = list(1, 31, [], false, fc.constant('L'), lastNamed)
const daysOfWeek = fc.oneof(
  list(
    1,
    7,
    WEEKDAYS,
    true,
    fc.constant('L'),
    weekday.map((name) => `${name}L`),
  ),
  fc.tuple(weekday, numbered(1, 5)).map(([name, nth]) => `${name}#${nth}`),
)

const fieldsWith = (hours: fc.Arbitrary<string>) =>
  fc
    .tuple(
      hours,
      list(1, 12, MONTHS, true),
      fc.oneof(
        daysOfMonth.map((days) => [days, '?']),
        daysOfWeek.map((days) => ['?', days]),
      ),
    )
    .chain(([hour, month, [ofMonth, ofWeek]]) => {
      const text = `0 ${hour} ${ofMonth} ${month} ${ofWeek} *`
      return fc.constantFrom(text, text.toLowerCase())
    })

/** The six fields of a well-formed expression, which may fire too often or too rarely. */
export const cronFields = fieldsWith(list(0, 23, [], false))

/** Those of which most start at least four hours apart. */
export const spacedFields = fieldsWith(
  fc.oneof(numbered(0, 23), fc.constantFrom('/4', '1/8', '2/10', '0,5,20', '4-20/6')),
)

/** Milliseconds, around leap years and the turn of a century too. */
export const anyMoment = fc
  .tuple(
    fc.constantFrom('1996-02-28', '2026-01-01', '2027-12-25', '2028-02-25', '2096-02-27', '2100-02-27'),
    fc.integer({ min: 0, max: 400 * 86_400_000 }),
  )
  .map(([day, later]) => Date.parse(`${day}T00:00:00Z`) + later)
