/** Readers of the values that condition operators compare. Each answers undefined (or NaN) for text that is no such value. */

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?$/

/** A decimal number: `01`, `+1`, `1.0`, `1e0` are one. NaN for anything else. Source: access.md 5.4 (recorded). */
export function numberOf(text: string): number {
  if (text.length > 64 || !DECIMAL.test(text)) return Number.NaN
  const value = Number(text)
  return Number.isFinite(value) ? value : Number.NaN
}

const MOMENT =
  /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?$/

/**
 * Milliseconds of an ISO 8601 time (the W3C profiles; without a zone: UTC) or of epoch seconds. NaN for anything else.
 * Four digits are a year.
 */
export function momentOf(text: string): number {
  if (text.length > 64) return Number.NaN
  const found = MOMENT.exec(text)
  if (found === null) return numberOf(text) * 1000
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = found
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}`
  const local = Date.parse(`${iso}Z`)
  // Date.parse rolls 31 February over; a date that does not exist is no date.
  if (Number.isNaN(local) || new Date(local).getUTCDate() !== Number(day)) return Number.NaN
  return zone === 'Z' ? local : Date.parse(iso + zone)
}

/** `true` or `false` whatever the case; undefined for other text. */
export function flagOf(text: string): boolean | undefined {
  if (text.length > 5) return undefined
  const lower = text.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : undefined
}

/** A network or (with all bits) one address: 4 or 16 bytes. */
export interface Network {
  readonly bytes: readonly number[]
  readonly bits: number
}

/** Reads `203.0.113.0/24`, `2001:db8::/32` or a bare address. IPv4 written as `::ffff:…` is IPv4. */
export function networkOf(text: string): Network | undefined {
  if (text.length > 64) return undefined
  const slash = text.indexOf('/')
  let bytes = addressOf(slash < 0 ? text : text.slice(0, slash))
  if (bytes === undefined) return undefined
  let bits = bytes.length * 8
  if (slash >= 0) {
    const written = text.slice(slash + 1)
    if (!/^[0-9]{1,3}$/.test(written) || Number(written) > bits) return undefined
    bits = Number(written)
  }
  if (bytes.length === 16 && bits >= 96 && bytes.every((byte, i) => (i < 10 ? byte === 0 : i > 11 || byte === 255))) {
    bytes = bytes.slice(12)
    bits -= 96
  }
  return { bytes, bits }
}

/** Whether the address lies in the network. */
export function within(network: Network, address: Network): boolean {
  if (network.bytes.length !== address.bytes.length || address.bits < network.bits) return false
  for (let i = 0, left = network.bits; left > 0; i++, left -= 8) {
    const mask = left >= 8 ? 0xff : (0xff << (8 - left)) & 0xff
    if (((network.bytes[i] as number) & mask) !== ((address.bytes[i] as number) & mask)) return false
  }
  return true
}

function addressOf(text: string): number[] | undefined {
  return text.includes(':') ? address6(text) : address4(text)
}

function address4(text: string): number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) < 256)) return undefined
  return parts.map(Number)
}

function address6(text: string): number[] | undefined {
  let hex = text
  const dotted = text.lastIndexOf(':')
  if (text.includes('.')) {
    const tail = address4(text.slice(dotted + 1))
    if (tail === undefined) return undefined
    const [a, b, c, d] = tail as [number, number, number, number]
    hex = `${text.slice(0, dotted + 1)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  }
  const halves = hex.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':'))) as [string[], string[] | undefined]
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<string>(tail === undefined ? 0 : missing).fill('0'), ...(tail ?? [])]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
}
