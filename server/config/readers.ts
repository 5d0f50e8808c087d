import { isIP } from 'node:net'

/** Thrown by a reader: what is wrong with a value, and what would be right. Never contains the value of a secret. */
export class Unreadable extends Error {
  readonly hint: string | undefined
  constructor(what: string, hint?: string) {
    super(what)
    this.name = 'Unreadable'
    this.hint = hint
  }
}

/** Where to listen. `host` has no brackets; port 0 lets the system choose. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:4566`, `[::1]:4566`, `localhost:4566`, `:4566` (every interface), `4566` (loopback). */
export function readAddress(text: string): Address {
  const hint = 'write it like 127.0.0.1:4566 or [::1]:4566; port 0 picks a free one'
  const match = /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*)):)?(\d{1,5})$/.exec(text)
  if (match === null) throw new Unreadable(`'${shown(text)}' is not an address with a port`, hint)
  const [, six, other, digits] = match
  const port = Number(digits)
  if (port > 65_535) throw new Unreadable(`port ${port} is above 65535`, hint)
  if (six !== undefined && isIP(six) !== 6) throw new Unreadable(`'[${six}]' is not an IPv6 address`, hint)
  if (other !== undefined && /^[\d.]+$/.test(other) && isIP(other) !== 4)
    throw new Unreadable(`'${other}' is not an IPv4 address`, hint)
  if (six === undefined && other === undefined) return { host: '127.0.0.1', port }
  return { host: six ?? (other === '' || other === undefined ? '::' : other), port }
}

/** True for hosts that only this machine can reach. A name other than `localhost` may mean anything, so it does not count. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  if (bare === 'localhost' || bare === '::1') return true
  const four = bare.startsWith('::ffff:') ? bare.slice(7) : bare
  return isIP(four) === 4 && four.startsWith('127.')
}

const REGION = /^[a-z]{2,3}(-[a-z]+){1,2}-\d{1,2}$/

/** `us-east-1,eu-west-1`: the first is where the root credentials' examples point to. */
export function readRegions(text: string): readonly [string, ...string[]] {
  const regions = text.split(',').map((region) => region.trim())
  for (const region of regions)
    if (!REGION.test(region))
      throw new Unreadable(`'${shown(region)}' is not a region`, 'write regions like us-east-1,eu-west-1')
  const [first, ...rest] = regions
  if (new Set(regions).size !== regions.length) throw new Unreadable('a region is named twice')
  if (first === undefined) throw new Unreadable('no region is named', 'write regions like us-east-1,eu-west-1')
  return [first, ...rest]
}

export function readAccount(text: string): string {
  if (!/^\d{12}$/.test(text))
    throw new Unreadable(
      `'${shown(text)}' is not an account id`,
      'an account id has 12 digits, for example 123456789012',
    )
  return text
}

/** A whole number within bounds. */
export function readNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(number >= least && number <= most))
      throw new Unreadable(`'${shown(text)}' is not a whole number from ${least} to ${most}`)
    return number
  }
}

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** An http or https URL without path: `https://secrets.example.com:4566`. */
export function readUrl(text: string): string {
  const hint = 'write it like https://secrets.example.com:4566'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new Unreadable(`'${shown(text)}' is not a URL of http or https`, hint)
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw new Unreadable(`'${shown(text)}' has more than a host and a port`, hint)
  return url.origin
}

/** An http or https URL that may have a path: `https://otlp.example.com/otlp`. */
export function readBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new Unreadable(`'${shown(text)}' is not a URL of http or https`, 'write it like http://localhost:4318')
  // What stands there may be a password: it is not repeated.
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw new Unreadable('the URL has more than a host, a port and a path', 'keys go into headers')
  return url.href.replace(/\/+$/, '')
}

/** A share from 0 to 1: `0.25`. */
export function readShare(text: string): number {
  const share = /^\d(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN
  if (!(share >= 0 && share <= 1)) throw new Unreadable(`'${shown(text)}' is not a share from 0 to 1`, 'such as 0.05')
  return share
}

/** A span such as `30s`, `7d` or `1d12h30m`, in milliseconds. Units: ms, s, m, h, d, w. */
export function readSpan(text: string, hint = 'write a span like 30s, 15m, 12h, 7d or 1d12h'): number {
  if (text.length > 40 || !/^(\d{1,9}(ms|s|m|h|d|w))+$/.test(text))
    throw new Unreadable(`'${shown(text)}' is not a span of time`, hint)
  let spanMs = 0
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|s|m|h|d|w)/g))
    spanMs += Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS]
  // A hundred years: beyond that the dates of the wire stop making sense.
  if (spanMs > 36_525 * UNIT_MS.d) throw new Unreadable(`'${shown(text)}' is longer than 100 years`, hint)
  return spanMs
}

export function readSwitch(text: string): boolean {
  if (/^(true|1|yes|on)$/i.test(text)) return true
  if (/^(false|0|no|off)$/i.test(text)) return false
  throw new Unreadable(`'${shown(text)}' is neither true nor false`)
}

/** One of a few words. */
export function readChoice<const T extends readonly string[]>(choices: T): (text: string) => T[number] {
  return (text) => {
    const choice = choices.find((one) => one === text)
    if (choice === undefined) throw new Unreadable(`'${shown(text)}' is none of ${choices.join(', ')}`)
    return choice
  }
}

/** A list of addresses and networks: `10.0.0.0/8,192.168.1.4,fd00::/8`. */
export function readNetworks(text: string): readonly string[] {
  return text.split(',').map((entry) => {
    const network = entry.trim()
    const [address = '', bits, ...more] = network.split('/')
    const family = isIP(address)
    const most = family === 6 ? 128 : 32
    const bitsFit = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
    if (family === 0 || !bitsFit || more.length > 0)
      throw new Unreadable(
        `'${shown(network)}' is neither an address nor a network`,
        'write it like 10.0.0.0/8,192.168.1.4',
      )
    return network
  })
}

/** A list of names, addresses and networks: `hooks.internal,10.0.0.0/8`. Names in lower case, as URLs have them. */
export function readHosts(text: string): readonly string[] {
  return text.split(',').flatMap((entry) => {
    const host = entry.trim().toLowerCase()
    const isName = /^(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host) && !/(^|\.)(\d+|0x[\da-f]*)$/.test(host)
    return isName ? [host] : readNetworks(host)
  })
}

/** A PostgreSQL URL. Its text may hold a password, so no message repeats any of it. */
export function readDatabaseUrl(text: string): string {
  const hint = 'write it like postgres://user@host:5432/strongroom; the password may come from PGPASSWORD or ~/.pgpass'
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new Unreadable('the value is not a URL (it is not shown, since it may hold a password)', hint)
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:')
    throw new Unreadable('the URL is not one of PostgreSQL', hint)
  return text
}

export function readPath(text: string): string {
  if (text === '') throw new Unreadable('the path is empty')
  if (text.includes('\0')) throw new Unreadable('the path has a zero byte')
  return text
}

/** A value as it may stand in a message: bounded, on one line. */
function shown(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?')
  return printable.length <= 60 ? printable : `${printable.slice(0, 57)}...`
}
