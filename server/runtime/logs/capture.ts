import type { Hidden } from './hidden.ts'

/** One line of a log. `time`: milliseconds since the epoch. */
export interface LogLine {
  readonly time: number
  readonly text: string
}

/** What is kept of the output of one invocation: its beginning, and its end. */
const HEAD_BYTES = 512 * 1024
const END_BYTES = 64 * 1024

/** Pieces are put together up to this size, when they come within this time. */
const SMALL_BYTES = 512
const TOGETHER_MS = 10
/** From so many pieces on also those that something of the other stream came between: the order of lines suffers then. */
const MOST_PIECES = 10_000

interface Chunk {
  /** Where it stands among everything that was printed. */
  readonly order: number
  readonly time: number
  readonly bytes: Buffer
}

/** One of the two streams. They are scrubbed apart: what stands together in one must not be torn by the other. */
class Channel {
  head: Chunk[] = []
  headBytes = 0
  end: Chunk[] = []
  endBytes = 0
  /** Bytes that were dropped between the two. */
  dropped = 0

  add(chunk: Chunk): void {
    let { bytes } = chunk
    const room = HEAD_BYTES - this.headBytes
    if (room > 0) {
      const part = bytes.subarray(0, room)
      this.head.push({ ...chunk, bytes: part })
      this.headBytes += part.length
      bytes = bytes.subarray(room)
    }
    if (bytes.length === 0) return
    this.end.push({ ...chunk, bytes })
    this.endBytes += bytes.length
    this.#trim()
  }

  #trim(): void {
    while (this.endBytes > END_BYTES) {
      const oldest = this.end[0] as Chunk
      const over = Math.min(this.endBytes - END_BYTES, oldest.bytes.length)
      this.dropped += over
      this.endBytes -= over
      if (over === oldest.bytes.length) this.end.shift()
      else this.end[0] = { ...oldest, bytes: Buffer.from(oldest.bytes.subarray(over)) }
    }
  }

  /** Adds to the last piece, while it is small and the beginning has room; false when it has to be a piece of its own. */
  extend(bytes: Buffer): boolean {
    const list = this.end.length > 0 ? this.end : this.head
    const last = list.at(-1)
    if (last === undefined || last.bytes.length >= SMALL_BYTES || bytes.length >= SMALL_BYTES) return false
    if (list === this.head && this.headBytes + bytes.length > HEAD_BYTES) return false
    list[list.length - 1] = { ...last, bytes: Buffer.concat([last.bytes, bytes]) }
    if (list === this.head) this.headBytes += bytes.length
    else {
      this.endBytes += bytes.length
      this.#trim()
    }
    return true
  }

  get pieces(): number {
    return this.head.length + this.end.length
  }

  get bytes(): number {
    return this.headBytes + this.endBytes + this.dropped
  }
}

/** Everything that is said in and about one invocation, until it has ended: only then all values to be hidden are known. */
export class Capture {
  #order = 0
  /** Where the last piece went, when more may be added to it. */
  #small: { readonly channel: 'out' | 'err'; readonly time: number } | undefined
  #channels = { out: new Channel(), err: new Channel() }
  #ours: { readonly order: number; readonly time: number; readonly text: string }[] = []

  /** Bytes that the function has printed so far. */
  get bytes(): number {
    return this.#channels.out.bytes + this.#channels.err.bytes
  }

  /** What the function prints. The bytes are kept as they are: hand over what nobody changes. */
  add(channel: 'out' | 'err', bytes: Buffer, time: number): void {
    const last = this.#small
    // Pieces that follow each other are one: an object for each would cost hundreds of bytes where the function pays one.
    const follows = last !== undefined && last.channel === channel && time - last.time < TOGETHER_MS
    const into = this.#channels[channel]
    if ((follows || into.pieces > MOST_PIECES) && into.extend(bytes)) return
    this.#channels[channel].add({ order: this.#order++, time, bytes })
    this.#small = { channel, time }
  }

  /** A line of the platform. */
  say(text: string, time: number): void {
    this.#small = undefined
    this.#ours.push({ order: this.#order++, time, text })
  }

  /** The lines so far, without the hidden values; it is empty afterwards. */
  take(hidden: Hidden): LogLine[] {
    const { out, err } = this.#channels
    const ours = this.#ours
    this.#small = undefined
    this.#channels = { out: new Channel(), err: new Channel() }
    this.#ours = []
    const found: Placed[] = [...ours]
    for (const channel of [out, err]) found.push(...(hidden.tooMany ? withheld(channel) : linesOf(channel, hidden)))
    found.sort((one, other) => one.order - other.order)
    return found.map(({ time, text }) => ({ time, text }))
  }
}

interface Placed extends LogLine {
  readonly order: number
}

/** Instead of what can't be searched for all that is to be hidden. */
function withheld({ head, bytes }: Channel): Placed[] {
  const [first] = head
  if (first === undefined) return []
  const { order, time } = first
  return [
    { order, time, text: `[${bytes} bytes of output were withheld: the function handled too many secret values]` },
  ]
}

function linesOf(channel: Channel, hidden: Hidden): Placed[] {
  const { head, end, dropped } = channel
  if (dropped === 0) return split([...head, ...end], hidden)
  // A value that was cut in two is not found: as much as one may be long goes with what was dropped.
  const first = split(cut(head, 0, hidden.longest), hidden)
  const last = split(cut(end, hidden.longest, 0), hidden)
  const at = head.at(-1) as Chunk
  return [...first, { order: at.order, time: at.time, text: `[${dropped} bytes of output were dropped]` }, ...last]
}

/** Without the first and the last bytes. */
function cut(chunks: readonly Chunk[], from: number, to: number): Chunk[] {
  const total = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const kept: Chunk[] = []
  let at = 0
  for (const chunk of chunks) {
    const bytes = chunk.bytes.subarray(Math.max(0, from - at), Math.max(0, total - to - at))
    at += chunk.bytes.length
    if (bytes.length > 0) kept.push({ ...chunk, bytes })
  }
  return kept
}

/** The lines of a stream, each placed where its first byte came. A hidden value may go over several lines: they become one. */
function split(chunks: readonly Chunk[], hidden: Hidden): Placed[] {
  const bytes = Buffer.concat(chunks.map((chunk) => chunk.bytes))
  const spans = hidden.spans(bytes)
  const lines: Placed[] = []
  let span = 0
  let parts: Buffer[] = []
  let begin = 0
  let chunk = 0
  let chunkAt = 0
  const close = (next: number) => {
    while (chunk < chunks.length - 1 && chunkAt + (chunks[chunk] as Chunk).bytes.length <= begin) {
      chunkAt += (chunks[chunk] as Chunk).bytes.length
      chunk++
    }
    const { order, time } = chunks[chunk] as Chunk
    lines.push({ order, time, text: Buffer.concat(parts).toString('utf8') })
    parts = []
    begin = next
  }
  for (let at = 0; at < bytes.length; ) {
    const [from, to] = spans[span] ?? [bytes.length, bytes.length]
    const newline = bytes.indexOf(10, at)
    if (newline >= 0 && newline < from) {
      parts.push(bytes.subarray(at, newline))
      close(newline + 1)
      at = newline + 1
      continue
    }
    parts.push(bytes.subarray(at, from))
    if (from < bytes.length) parts.push(STARS)
    at = to
    span++
  }
  if (parts.length > 0) close(bytes.length)
  return lines
}

const STARS = Buffer.from('****')
