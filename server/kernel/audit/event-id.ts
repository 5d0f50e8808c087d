import type { Random } from '#kernel/random'

/**
 * Makes event ids: version 7 UUIDs, so that ids of one process ascend and an index over them grows at its end only.
 * Unique between processes by 62 bits of chance, within one by time and count. Source of the layout: RFC 9562 section 5.7.
 */
export function eventIds(random: Random): (nowMs: number) => string {
  const chance = random.bytes(8)
  chance[0] = (chance.readUInt8(0) & 0x3f) | 0x80
  const hex = chance.toString('hex')
  const tail = `-${hex.slice(0, 4)}-${hex.slice(4)}`
  let last = -1
  let count = 0
  let head = ''
  return (nowMs) => {
    if (nowMs > last || count === 0xfff) {
      last = nowMs > last ? nowMs : last + 1
      count = 0
      const time = last.toString(16).padStart(12, '0')
      head = `${time.slice(0, 8)}-${time.slice(8)}-7`
    } else {
      count++
    }
    return head + HEX3[count] + tail
  }
}

const HEX3: readonly string[] = Array.from({ length: 0x1000 }, (_, n) => n.toString(16).padStart(3, '0'))
