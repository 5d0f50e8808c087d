/**
 * Identities as bytes, for authenticated data: how many, then each with its length before it. Two different lists never
 * give the same bytes; joining with a separator would not promise that.
 */

/** What `writeBound` may need at the most for these texts, in bytes. */
export function boundRoom(bound: readonly string[]): number {
  let room = 4
  for (const text of bound) room += 4 + text.length * 3
  return room
}

/** Writes `u32be(n)`, then for each text `u32be(bytes) utf8`, from `at` on; answers where the next byte goes. */
export function writeBound(into: Buffer, at: number, bound: readonly string[]): number {
  let end = into.writeUInt32BE(bound.length, at)
  for (const text of bound) end = writeText(into, end, text)
  return end
}

/** Writes one text as `u32be(bytes) utf8`; answers where the next byte goes. The caller has seen to the room. */
export function writeText(into: Buffer, at: number, text: string): number {
  const size = into.write(text, at + 4, 'utf8')
  into.writeUInt32BE(size, at)
  return at + 4 + size
}

/** The list on its own. */
export function boundBytes(bound: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafeSlow(boundRoom(bound))
  return bytes.subarray(0, writeBound(bytes, 0, bound))
}
