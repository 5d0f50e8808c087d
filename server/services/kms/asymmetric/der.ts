/** As much of DER as is needed to find a key's bytes in what OpenSSL itself has written, and to write one down. */

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

/** An element of a tag around its parts. Up to 255 bytes: a key on a curve is shorter. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  if (size > 255) throw new Error('the parts of a key are longer than any key')
  return Buffer.concat([Buffer.of(tag, ...(size < 128 ? [size] : [0x81, size])), ...parts])
}

/** The whole numbers that stand in the sequence that `der` is. Not negative: keys have no others. */
export function numbers(der: Uint8Array): bigint[] {
  const { from, to } = elementAt(der, 0)
  const found: bigint[] = []
  for (let at = from; at < to; ) {
    const each = elementAt(der, at)
    if (each.tag !== 0x02) throw new Error('a key is encoded in another way than expected')
    let value = 0n
    for (let i = each.from; i < each.to; i++) value = (value << 8n) | BigInt(der[i] as number)
    found.push(value)
    at = each.to
  }
  return found
}
