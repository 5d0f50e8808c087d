/** As much of DER as is needed to find a key's bytes in what OpenSSL itself has written. */

interface Element {
  readonly tag: number
  readonly from: number
  readonly to: number
}

function elementAt(der: Uint8Array, at: number): Element {
  const tag = der[at] as number
  let size = der[at + 1] as number
  let from = at + 2
  if (size > 0x80) {
    const bytes = size - 0x80
    size = 0
    for (let i = 0; i < bytes; i++) size = size * 256 + (der[from + i] as number)
    from += bytes
  }
  const to = from + size
  if (!(to <= der.length)) throw new Error('the encoding of a key ends too early')
  return { tag, from, to }
}

/** A copy of what stands in the first element of each tag in turn, the next one within the one before. */
export function octets(der: Uint8Array, way: readonly number[]): Uint8Array {
  let from = 0
  let to = der.length
  for (const wanted of way) {
    let found: Element | undefined
    for (let at = from; at < to; at = found.to) {
      found = elementAt(der, at)
      if (found.tag === wanted) break
    }
    if (found?.tag !== wanted) throw new Error('a key is encoded in another way than expected')
    from = found.from
    to = found.to
  }
  return Uint8Array.from(der.subarray(from, to))
}
