/** Records in a segment: their places fit into 16 bits. */
export const SEGMENT = 65_536
/** Records whose rows stand in one piece. */
export const PART = 1024
/** Pieces of terms, by the first byte of their code. */
export const BUCKETS = 256

/** A list this long is as short as a bitmap. */
const DENSE = SEGMENT / 16
const BITMAP_BYTES = SEGMENT / 8
const HEAD = 6 + 4 + 4

/** Where a record stands. */
export interface RowOf {
  readonly time: number
  readonly number: number
  readonly sequence: number
}

/** Lists of places, ascending, by the code of their term, ascending: as bytes. */
export function packBucket(terms: readonly { readonly code: number; readonly places: Uint16Array }[]): Buffer {
  const size = ({ length }: Uint16Array) => (length >= DENSE ? BITMAP_BYTES : length * 2)
  const heads = 4 + terms.length * HEAD
  const out = Buffer.alloc(terms.reduce((sum, { places }) => sum + size(places), heads))
  out.writeUInt32LE(terms.length, 0)
  let at = heads
  terms.forEach(({ code, places }, i) => {
    const head = 4 + i * HEAD
    out.writeUIntLE(code, head, 6)
    out.writeUInt32LE(at, head + 6)
    out.writeUInt32LE(places.length, head + 10)
    if (places.length >= DENSE)
      for (let j = 0; j < places.length; j++) {
        const place = places[j] as number
        const byte = at + (place >> 3)
        out[byte] = (out[byte] as number) | (1 << (place & 7))
      }
    else for (let j = 0; j < places.length; j++) out.writeUInt16LE(places[j] as number, at + 2 * j)
    at += size(places)
  })
  return out
}

/** The list of a term; undefined when the bucket has none of it. */
export function listIn(bucket: Buffer, code: number): Uint16Array | undefined {
  let low = 0
  let high = bucket.readUInt32LE(0)
  while (low < high) {
    const middle = (low + high) >> 1
    const found = bucket.readUIntLE(4 + middle * HEAD, 6)
    if (found === code)
      return unpack(bucket, bucket.readUInt32LE(4 + middle * HEAD + 6), bucket.readUInt32LE(4 + middle * HEAD + 10))
    if (found < code) low = middle + 1
    else high = middle
  }
  return undefined
}

function unpack(bucket: Buffer, at: number, length: number): Uint16Array {
  const places = new Uint16Array(length)
  if (length < DENSE) {
    for (let i = 0; i < length; i++) places[i] = bucket.readUInt16LE(at + 2 * i)
    return places
  }
  let next = 0
  for (let i = 0; i < BITMAP_BYTES; i++) {
    let byte = bucket[at + i] as number
    while (byte !== 0) {
      const bit = 31 - Math.clz32(byte & -byte)
      places[next++] = i * 8 + bit
      byte &= byte - 1
    }
  }
  return places
}

/** Rows of a part, in the order of time; and the bounds of the times in their records' ids. */
export interface Part {
  readonly firstId: number
  readonly lastId: number
  readonly rows: readonly RowOf[]
}

export function packPart({ firstId, lastId, rows }: Part): Buffer {
  const out = Buffer.alloc(16 + rows.length * 27)
  out.writeDoubleLE(firstId, 0)
  out.writeDoubleLE(lastId, 8)
  let at = 16
  const put = (value: number) => {
    let left = value
    while (left >= 128) {
      out[at++] = (left % 128) | 128
      left = Math.floor(left / 128)
    }
    out[at++] = left
  }
  // Signed, so that small steps either way stay short.
  const step = (value: number) => put(value >= 0 ? value * 2 : -value * 2 - 1)
  let before: RowOf = { time: 0, number: 0, sequence: 0 }
  for (const row of rows) {
    step(row.time - before.time)
    step(row.number - before.number)
    step(row.sequence - before.sequence)
    before = row
  }
  return out.subarray(0, at)
}

export function unpackPart(packed: Buffer): Part {
  const rows: RowOf[] = []
  let at = 16
  const take = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = packed[at++] as number
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  const step = () => {
    const value = take()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  let time = 0
  let number = 0
  let sequence = 0
  while (at < packed.length) {
    time += step()
    number += step()
    sequence += step()
    rows.push({ time, number, sequence })
  }
  return { firstId: packed.readDoubleLE(0), lastId: packed.readDoubleLE(8), rows }
}

/** What stands in both of two ascending lists. */
export function both(a: Uint16Array, b: Uint16Array): Uint16Array {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  const found = new Uint16Array(short.length)
  let count = 0
  let at = 0
  for (const place of short) {
    while (at < long.length && (long[at] as number) < place) at++
    if (at === long.length) break
    if (long[at] === place) found[count++] = place
  }
  return found.subarray(0, count)
}

/** From here on marking places is cheaper than sorting them. */
const MANY = 2048

/** What stands in any of some lists of places, by their ranks: ascending. */
export function union(lists: readonly (readonly number[])[], ranks: Uint16Array): Uint16Array {
  let total = 0
  for (const list of lists) total += list.length
  if (total >= MANY && lists.length > 1) return marked(lists, ranks)
  const found = new Uint16Array(total)
  let next = 0
  let before = -1
  let ascending = true
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      const rank = ranks[list[i] as number] as number
      ascending &&= rank > before
      before = rank
      found[next++] = rank
    }
  if (ascending) return found
  found.sort()
  let count = 0
  for (let i = 0; i < found.length; i++) if (i === 0 || found[i] !== found[i - 1]) found[count++] = found[i] as number
  return found.subarray(0, count)
}

function marked(lists: readonly (readonly number[])[], ranks: Uint16Array): Uint16Array {
  const there = new Uint8Array(ranks.length)
  for (const list of lists) for (let i = 0; i < list.length; i++) there[ranks[list[i] as number] as number] = 1
  const found = new Uint16Array(there.length)
  let count = 0
  for (let place = 0; place < there.length; place++) if (there[place] === 1) found[count++] = place
  return found.slice(0, count)
}

/** What stands in any of some ascending lists. */
export function any(lists: readonly Uint16Array[]): Uint16Array {
  const [only] = lists
  if (only === undefined) return new Uint16Array(0)
  if (lists.length === 1) return only
  const there = new Uint8Array(SEGMENT)
  for (const list of lists) for (const place of list) there[place] = 1
  let count = 0
  for (const each of there) count += each
  const found = new Uint16Array(count)
  let next = 0
  there.forEach((is, place) => {
    if (is === 1) found[next++] = place
  })
  return found
}
