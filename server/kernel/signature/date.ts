/** A date of a request. */
export interface SignedDate {
  /** Seconds since the epoch. */
  readonly seconds: number
  /** `20250102T030405Z`, as the string to sign has it. */
  readonly basic: string
}

/** `YYYYMMDDTHHMMSSZ` of a time in seconds since the epoch. */
export function basicDate(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

const EXTENDED = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?Z$/
const HTTP = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d) GMT$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * Reads a date in ISO-8601 basic or extended form, in UTC; `http` also allows the form of the Date header
 * (`Sun, 06 Nov 1994 08:49:37 GMT`). Undefined when it is none, or no day of the calendar. Source: access.md 1.5.
 */
export function parseDate(text: string, http = false): SignedDate | undefined {
  if (text.length === 16) return parseBasic(text)
  const extended = EXTENDED.exec(text)
  if (extended) {
    const [, year, month, day, hour, minute, second] = extended
    return parseBasic(`${year}${month}${day}T${hour}${minute}${second}Z`)
  }
  const parts = http ? HTTP.exec(text) : null
  if (!parts) return undefined
  const [, day, name, year, time] = parts as unknown as [string, string, string, string, string]
  const month = MONTHS.indexOf(name) + 1
  return parseBasic(`${year}${String(month).padStart(2, '0')}${day}T${time.replaceAll(':', '')}Z`)
}

function parseBasic(basic: string): SignedDate | undefined {
  if (basic.charCodeAt(8) !== 0x54 || basic.charCodeAt(15) !== 0x5a) return undefined
  const year = digits(basic, 0) * 100 + digits(basic, 2)
  const month = digits(basic, 4)
  const day = digits(basic, 6)
  const hour = digits(basic, 9)
  const minute = digits(basic, 11)
  const second = digits(basic, 13)
  // Years below 1000 are left out: Date.UTC means others by them. NaN fails every comparison.
  if (!(year >= 1000 && month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59)) {
    return undefined
  }
  if (day > 28 && day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined
  return { seconds: Date.UTC(year, month - 1, day, hour, minute, second) / 1000, basic }
}

/** Two decimal digits, or NaN. */
function digits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}
