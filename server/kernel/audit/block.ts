import type { KeyObject } from 'node:crypto'
import { type Head, headMac, link } from '#kernel/audit/chain'

/**
 * A row of the journal: records of one writer that were written together. One row for many records makes a record cheap;
 * that each record stands in it with its own hash lets `verify` name the one that was altered.
 */
export interface Block {
  readonly writer: string
  /** Of its first record; 0 for the block that holds the opening of a writer, alone. */
  readonly sequence: number
  /** Of its records. */
  readonly count: number
  /** The earliest and the latest time of its records, milliseconds. */
  readonly firstTime: number
  readonly lastTime: number
  /** After its last record. */
  readonly hash: string
  /** Of the head that `hash` is. */
  readonly mac: string
  /** `sequence hash line` of each record, separated by line ends. */
  readonly lines: string
}

/** Bounds of a block, in records and in UTF-16 units. A batch that is larger becomes several blocks. */
const MOST_RECORDS = 1000
const MOST_UNITS = 2 ** 20

/** Chains `lines` (of `lineOf`) on behind `from`: the blocks to write, and the new head. */
export function chain(
  from: Head,
  lines: readonly string[],
  key: KeyObject,
): { readonly blocks: readonly Block[]; readonly head: Head; readonly mac: string } {
  const { writer } = from
  const blocks: Block[] = []
  let { sequence, hash } = from
  for (let at = 0; at < lines.length; ) {
    const first = sequence + 1
    let text = ''
    let firstTime = Number.MAX_SAFE_INTEGER
    let lastTime = 0
    while (at < lines.length && sequence - first < MOST_RECORDS - 1) {
      const line = lines[at] as string
      if (text !== '' && text.length + line.length > MOST_UNITS) break
      hash = link(hash, writer, ++sequence, line)
      text += text === '' ? `${sequence} ${hash} ${line}` : `\n${sequence} ${hash} ${line}`
      const time = timeOf(line)
      if (time < firstTime) firstTime = time
      if (time > lastTime) lastTime = time
      at++
    }
    const mac = headMac(key, { writer, sequence, hash })
    blocks.push({ writer, sequence: first, count: sequence - first + 1, firstTime, lastTime, hash, mac, lines: text })
  }
  const last = blocks.at(-1)
  const head = { writer, sequence, hash }
  return { blocks, head, mac: last?.mac ?? headMac(key, head) }
}

/** The block of a writer's opening. */
export function openingBlock(writer: string, timeMs: number, hash: string, mac: string, line: string): Block {
  return { writer, sequence: 0, count: 1, firstTime: timeMs, lastTime: timeMs, hash, mac, lines: `0 ${hash} ${line}` }
}

/** A record as it stands in a block. */
export interface Entry {
  /** What the record says of itself; -1 when it says nothing that can be read. */
  readonly sequence: number
  readonly hash: string
  readonly line: string
}

/** The records of a block, in the order in which they stand there. Nothing is believed: this is for `verify`. */
export function entriesOf({ lines }: Pick<Block, 'lines'>): Entry[] {
  return lines.split('\n').map((text) => {
    const hash = text.indexOf(' ') + 1
    const line = text.indexOf(' ', hash) + 1
    const sequence = text.slice(0, hash - 1)
    // One way to write a number: else two texts would be the same record.
    if (hash === 0 || line === 0 || !/^(0|[1-9]\d{0,14})$/.test(sequence)) return { sequence: -1, hash: '', line: text }
    return { sequence: Number(sequence), hash: text.slice(hash, line - 1), line: text.slice(line) }
  })
}

/** The second word of a line. */
export function timeOf(line: string): number {
  const from = line.indexOf(' ') + 1
  return Number(line.slice(from, line.indexOf(' ', from)))
}

/** The first word of a line. */
export function eventIdOf(line: string): string {
  return line.slice(0, Math.max(line.indexOf(' '), 0))
}

/** The events that are looked for in the journal, and the time in which they happened. */
export interface Wanted {
  readonly ids: Set<string>
  readonly from: number
  readonly to: number
}

/** What to look for before `lines` are appended a second time, perhaps. */
export function wanted(lines: readonly string[]): Wanted {
  const times = lines.map(timeOf)
  return { ids: new Set(lines.map(eventIdOf)), from: Math.min(...times), to: Math.max(...times) }
}

/** `lines` without those whose event stands in one of `blocks`, and each event once. */
export function missing(lines: readonly string[], { ids }: Wanted, blocks: Iterable<Pick<Block, 'lines'>>): string[] {
  for (const block of blocks) {
    for (const { line } of entriesOf(block)) ids.delete(eventIdOf(line))
  }
  return lines.filter((line) => ids.delete(eventIdOf(line)))
}
