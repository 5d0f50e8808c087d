import { type Block, entriesOf, eventIdOf, timeOf } from '#kernel/audit/block'
import type { Head, Register } from '#kernel/audit/chain'
import type { StoredPruned } from '#kernel/audit/pruned'
import { type Line, parseLine } from '#kernel/audit/record'

/** A record as it stands in the journal. */
export interface StoredRecord extends Line {
  readonly writer: string
  /** 0 for the opening of a writer. */
  readonly sequence: number
  readonly hash: string
  /** On the last record of each block. */
  readonly mac: string | null
}

/** A writer as it stands in the journal. */
export interface StoredWriter extends Head {
  readonly number: number
  readonly mac: string
}

export interface StoredRegister extends Register {
  readonly mac: string
}

/** The journal as one moment shows it: nothing that is appended meanwhile is seen. */
export interface Snapshot {
  register(): Promise<StoredRegister | undefined>
  /** In the order in which they opened. */
  writers(): Promise<readonly StoredWriter[]>
  /** The block with the opening of a writer. */
  opening(writer: string): Promise<Block | undefined>
  /** What the retention has taken out. */
  pruned(): Promise<readonly StoredPruned[]>
  /** All records, in their blocks, by writer and sequence. */
  blocks(): AsyncIterable<Block>
}

/** Reads a journal beside the one who writes it; never writes. */
export interface AuditReader {
  snapshot<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T>
  /** The newest `count` records of calls, oldest first, and where each writer stands, to go on from with `after`. */
  last(count: number): Promise<{ readonly records: readonly StoredRecord[]; readonly position: Position }>
  /**
   * Records that were written after `position`, about a thousand at most, and the position after them. None: there are no
   * more now. From an empty position on it gives the whole journal, every record once: an index can be kept by it.
   */
  after(position: Position): Promise<{ readonly records: readonly StoredRecord[]; readonly position: Position }>
  close(): Promise<void>
}

/** The last sequence read, by writer. */
export type Position = ReadonlyMap<string, number>

/** About how many records `after` gives at once. */
export const AT_ONCE = 1000

/** The records of a block as they are shown; one that can't be taken apart is shown as it is. */
function recordsOf(block: Block): StoredRecord[] {
  const entries = entriesOf(block)
  return entries.map(({ sequence, hash, line }, at) => ({
    ...taken(line),
    writer: block.writer,
    sequence: sequence < 0 ? block.sequence + at : sequence,
    hash,
    mac: at === entries.length - 1 ? block.mac : null,
  }))
}

/** A line as it is shown, when it can't be taken apart too. */
export function taken(line: string): Line {
  try {
    return parseLine(line)
  } catch {
    return { eventId: eventIdOf(line), eventTime: timeOf(line) || 0, account: '-', region: '-', record: line }
  }
}

/** The newest `count` records, out of blocks that come with their newest time first. */
export async function newest(
  blocks: AsyncIterable<Block> | Iterable<Block>,
  count: number,
): Promise<readonly StoredRecord[]> {
  let found: StoredRecord[] = []
  for await (const block of blocks) {
    if (found.length >= count) {
      found = byTime(found).slice(-count)
      // What comes from here on is older than all that was found.
      if (count === 0 || block.lastTime < (found[0] as StoredRecord).eventTime) return found
    }
    for (const record of recordsOf(block)) if (record.sequence > 0) found.push(record)
  }
  return count === 0 ? [] : byTime(found).slice(-count)
}

/** What of `blocks` (of one writer, ascending) stands after `sequence`. */
export function behind(blocks: readonly Block[], sequence: number): StoredRecord[] {
  return blocks.flatMap(recordsOf).filter((record) => record.sequence > sequence)
}

/** `position` moved past `records`. */
export function moved(position: Position, records: readonly StoredRecord[]): Position {
  const next = new Map(position)
  for (const { writer, sequence } of records) next.set(writer, Math.max(sequence, next.get(writer) ?? 0))
  return next
}

/** Records of several writers as a person reads them: by time, then by id. */
export function byTime(records: readonly StoredRecord[]): StoredRecord[] {
  return [...records].sort((a, b) => a.eventTime - b.eventTime || (a.eventId < b.eventId ? -1 : 1))
}
