import type { Endpoint } from '#kernel/call'

/** A request as it stood on the wire, its body read in full, before anything is believed. */
export interface RawRequest {
  readonly method: string
  /** The request target, untouched: `/`, `/?Action=…`. */
  readonly target: string
  /** Name, value, name, value … in arrival order and spelling (`IncomingMessage.rawHeaders`); values are latin1 text. */
  readonly headers: readonly string[]
  /** The same headers, ready to be asked. */
  readonly header: HeaderIndex
  readonly body: Buffer
  readonly remoteAddress: string
  /** Whether it came over TLS. */
  readonly secure: boolean
  readonly tls?: { readonly version: string; readonly cipher: string }
  /** The private listener that it came in by. */
  readonly endpoint?: Endpoint
}

/** Puts a raw request together; its headers are indexed here, once. */
export function rawRequest(parts: Omit<RawRequest, 'header'>): RawRequest {
  return { ...parts, header: new HeaderIndex(parts.headers) }
}

/** The value of the first header of this (lower-case) name. */
export function header(raw: RawRequest, name: string): string | undefined {
  return raw.header.first(name)
}

/** From this many header lines on a map answers, so that hostile requests cost linear time. */
const MAPPED_FROM = 32

/**
 * Headers by lower-cased name. Repeated ones are kept, which `IncomingMessage.headers` does not do. The headers that the
 * server acts on are fields: they are found in the same pass that lower-cases the names.
 */
export class HeaderIndex {
  readonly host: string | undefined
  readonly authorization: string | undefined
  readonly date: string | undefined
  readonly amzDate: string | undefined
  readonly amzTarget: string | undefined
  readonly securityToken: string | undefined
  readonly contentSha256: string | undefined
  readonly contentType: string | undefined
  readonly contentLength: string | undefined
  /** Name of a header that the server acts on and that came more than once: such a request is ambiguous, not signed. */
  readonly repeated: string | undefined
  /** Lower-cased names in arrival order. */
  readonly names: readonly string[]
  readonly #raw: readonly string[]
  #places: Map<string, number[]> | undefined

  constructor(rawHeaders: readonly string[]) {
    const names = new Array<string>(rawHeaders.length >> 1)
    let host: string | undefined
    let authorization: string | undefined
    let date: string | undefined
    let amzDate: string | undefined
    let amzTarget: string | undefined
    let securityToken: string | undefined
    let contentSha256: string | undefined
    let contentType: string | undefined
    let contentLength: string | undefined
    let repeated: string | undefined
    for (let i = 0; i < names.length; i++) {
      const name = (rawHeaders[2 * i] as string).toLowerCase()
      const value = rawHeaders[2 * i + 1] as string
      names[i] = name
      // By length first: most names are passed over with one comparison of numbers.
      switch (name.length) {
        case 4:
          if (name === 'host') {
            if (host !== undefined) repeated = name
            host = value
          } else if (name === 'date') {
            if (date !== undefined) repeated = name
            date = value
          }
          break
        case 10:
          if (name === 'x-amz-date') {
            if (amzDate !== undefined) repeated = name
            amzDate = value
          }
          break
        case 12:
          if (name === 'content-type') {
            if (contentType !== undefined) repeated = name
            contentType = value
          } else if (name === 'x-amz-target') {
            if (amzTarget !== undefined) repeated = name
            amzTarget = value
          }
          break
        case 13:
          if (name === 'authorization') {
            if (authorization !== undefined) repeated = name
            authorization = value
          }
          break
        case 14:
          if (name === 'content-length') {
            if (contentLength !== undefined) repeated = name
            contentLength = value
          }
          break
        case 20:
          if (name === 'x-amz-security-token') {
            if (securityToken !== undefined) repeated = name
            securityToken = value
          } else if (name === 'x-amz-content-sha256') {
            if (contentSha256 !== undefined) repeated = name
            contentSha256 = value
          }
          break
      }
    }
    this.names = names
    this.#raw = rawHeaders
    this.host = host
    this.authorization = authorization
    this.date = date
    this.amzDate = amzDate
    this.amzTarget = amzTarget
    this.securityToken = securityToken
    this.contentSha256 = contentSha256
    this.contentType = contentType
    this.contentLength = contentLength
    this.repeated = repeated
  }

  /** The value of the first header of this (lower-case) name. */
  first(name: string): string | undefined {
    const at = this.at(name, 0)
    return at < 0 ? undefined : this.value(at)
  }

  /** All values of this (lower-case) name, in arrival order. */
  all(name: string): string[] {
    const found: string[] = []
    for (let at = this.at(name, 0); at >= 0; at = this.at(name, at + 1)) found.push(this.value(at))
    return found
  }

  /** Place of the first header of this name at or after `from`; -1 when there is none. */
  at(name: string, from: number): number {
    const { names } = this
    if (names.length >= MAPPED_FROM) return this.#mapped(name, from)
    for (let i = from; i < names.length; i++) if (names[i] === name) return i
    return -1
  }

  /** The value at a place that `at` gave. */
  value(at: number): string {
    return this.#raw[2 * at + 1] as string
  }

  #mapped(name: string, from: number): number {
    if (this.#places === undefined) {
      this.#places = new Map()
      for (let i = 0; i < this.names.length; i++) {
        const places = this.#places.get(this.names[i] as string)
        if (places) places.push(i)
        else this.#places.set(this.names[i] as string, [i])
      }
    }
    const places = this.#places.get(name)
    if (places === undefined) return -1
    // Binary search: one name may fill all places.
    let low = 0
    let high = places.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((places[middle] as number) < from) low = middle + 1
      else high = middle
    }
    return low < places.length ? (places[low] as number) : -1
  }
}
