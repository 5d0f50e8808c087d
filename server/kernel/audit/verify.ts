import type { KeyObject } from 'node:crypto'
import { type Block, type Entry, entriesOf, eventIdOf, timeOf } from '#kernel/audit/block'
import { GENESIS, type Head, headMac, link, parseOpening, type Register, registerMac, same } from '#kernel/audit/chain'
import { type Pruned, prunedMac, type StoredPruned } from '#kernel/audit/pruned'
import type { Snapshot, StoredWriter } from '#kernel/audit/reader'

/**
 * What is wrong at one place.
 * `altered`: the record does not fit its place; it or a column of it was altered, or another record was put there.
 * `missing`: records are not there. `surplus`: a record that no writer wrote. `forged`: records were altered and their
 * hashes computed anew. `head`: the end of a writer's chain, or what is known about it, was altered.
 * `writer`: a writer was removed or added. `register`: the count of writers was altered, or the journal is not the one that
 * the main store knows. `anchor`: the chain does not contain a head that was noted earlier. `pruned`: what says which records the
 * retention has taken out was altered. `position`: where a follower stands was altered. `index`: a part of the index was.
 */
export type ProblemKind =
  | 'altered'
  | 'missing'
  | 'surplus'
  | 'forged'
  | 'head'
  | 'writer'
  | 'register'
  | 'anchor'
  | 'pruned'
  | 'position'
  | 'index'

export interface Problem {
  readonly kind: ProblemKind
  readonly writer?: string
  readonly sequence?: number
  readonly eventId?: string
  /** One sentence for a person. */
  readonly text: string
}

export interface Verdict {
  readonly ok: boolean
  readonly records: number
  readonly writers: number
  /** At most `MOST` of them. */
  readonly problems: readonly Problem[]
  /** Where each writer's chain ends: kept elsewhere, they let a later `verify` find that the whole trail was set back. */
  readonly heads: readonly Head[]
  /** What the retention has taken out: up to which record of each writer, and when. */
  readonly pruned: readonly Pruned[]
}

/** Problems that are told; an attacker who altered every record is told about as well by the first thousand. */
export const MOST = 1000

/** A head that must be in a chain, and who says so. */
interface Anchor extends Head {
  readonly by: string
}

/**
 * Checks every chain of the journal against itself, against the MACs (`key` is the vault's `macKey('audit/head')`),
 * against heads that were noted earlier, and against what the main store knows of the register.
 */
export async function verify(
  snapshot: Snapshot,
  key: KeyObject,
  noted: readonly Head[] = [],
  known?: Register,
): Promise<Verdict> {
  const problems: Problem[] = []
  const tell = (problem: Problem) => {
    if (problems.length < MOST) problems.push(problem)
  }
  const writers = await snapshot.writers()
  const anchors = new Map<string, Map<number, Anchor>>()
  const anchor = (head: Anchor) => {
    const of = anchors.get(head.writer) ?? new Map<number, Anchor>()
    anchors.set(head.writer, of.set(head.sequence, head))
  }
  for (const head of noted) anchor({ ...head, by: 'a head that was noted earlier' })
  await checkRegister(snapshot, key, writers, known, tell, anchor)
  const heads = new Map(writers.map((writer) => [writer.writer, writer]))
  const notes = checkPruned(await snapshot.pruned(), heads, key, tell)
  let records = 0
  let chain: Chain | undefined
  for await (const block of snapshot.blocks()) {
    const { writer } = block
    if (chain?.writer !== writer) {
      chain?.end()
      chain = new Chain(writer, heads.get(writer), anchors.get(writer) ?? new Map(), key, tell, notes.get(writer))
      heads.delete(writer)
      anchors.delete(writer)
    }
    records += chain.next(block)
  }
  chain?.end()
  for (const { writer, sequence } of heads.values()) {
    tell({ kind: 'missing', writer, text: `all records of writer ${writer} (0 to ${sequence}) are missing` })
    anchors.delete(writer)
  }
  for (const [writer, missed] of anchors) {
    const last = Math.max(...missed.keys())
    tell({ kind: 'writer', writer, text: `writer ${writer}, which had reached ${last}, is missing` })
  }
  return {
    ok: problems.length === 0,
    records,
    writers: writers.length,
    problems,
    heads: writers.map(({ writer, sequence, hash }) => ({ writer, sequence, hash })),
    pruned: [...notes.values()].map(({ mac: _, ...note }) => ({ ...note })),
  }
}

/** A verdict, and what was found wrong beside the journal: with positions of followers, with the index. */
export function withBeside(
  verdict: Verdict,
  { positions, index }: { readonly positions: readonly string[]; readonly index: readonly string[] },
): Verdict {
  const more: Problem[] = [
    ...positions.map((text) => ({ kind: 'position' as const, text })),
    ...index.map((text) => ({ kind: 'index' as const, text })),
  ]
  return { ...verdict, ok: verdict.ok && more.length === 0, problems: [...verdict.problems, ...more].slice(0, MOST) }
}

/** The notes of what was pruned that are authentic, by writer. */
function checkPruned(
  stored: readonly StoredPruned[],
  heads: ReadonlyMap<string, StoredWriter>,
  key: KeyObject,
  tell: (problem: Problem) => void,
): Map<string, StoredPruned> {
  const notes = new Map<string, StoredPruned>()
  for (const note of stored) {
    const { writer, through } = note
    if (same(note.mac, prunedMac(key, note)) && through <= (heads.get(writer)?.sequence ?? -1)) notes.set(writer, note)
    else {
      const text = `the note that records up to ${through} of writer ${writer} were pruned is not authentic`
      tell({ kind: 'pruned', writer, sequence: through, text })
    }
  }
  return notes
}

/** The register's MAC, the writers' numbers without a gap, and the chain of their openings. */
async function checkRegister(
  snapshot: Snapshot,
  key: KeyObject,
  writers: readonly StoredWriter[],
  known: Register | undefined,
  tell: (problem: Problem) => void,
  anchor: (head: Anchor) => void,
): Promise<void> {
  const register = await snapshot.register()
  if (register === undefined) {
    if (writers.length > 0) tell({ kind: 'register', text: 'the register of writers is missing' })
  } else if (!same(register.mac, registerMac(key, register))) {
    tell({ kind: 'register', text: 'the register of writers was altered' })
  }
  let previous: string | undefined = GENESIS
  let number = 0
  for (const { writer, number: own } of writers) {
    while (++number < own) {
      tell({ kind: 'writer', text: `writer number ${number} is missing` })
      previous = undefined
    }
    const block = await snapshot.opening(writer)
    const line = block === undefined ? '' : (entriesOf(block)[0] as Entry).line
    const opening = parseOpening(line.slice(line.indexOf('{')))
    if (opening === undefined) {
      previous = undefined
      continue
    }
    const at = { writer, sequence: 0, eventId: eventIdOf(line) }
    if (opening.number !== own || (previous !== undefined && opening.previous !== previous)) {
      tell({ kind: 'writer', ...at, text: `writer ${writer} did not open as number ${own} after the writer before it` })
    }
    for (const head of opening.heads) anchor({ ...head, by: `the opening of writer ${writer}` })
    previous = link(GENESIS, writer, 0, line)
    if (own === known?.count && previous !== known.hash) {
      tell({
        kind: 'register',
        ...at,
        text: `writer ${writer} is not the writer number ${own} that the main store knows`,
      })
    }
  }
  if (known !== undefined && (register?.count ?? 0) < known.count) {
    const text = `the main store knows of ${known.count} writers, the journal of ${register?.count ?? 0}: it is another one, or was set back`
    tell({ kind: 'register', text })
  }
  if (register === undefined) return
  while (++number <= register.count) tell({ kind: 'writer', text: `writer number ${number} is missing` })
  if (previous !== undefined && writers.length === register.count && previous !== register.hash) {
    tell({ kind: 'register', text: 'the register of writers does not end in the opening of the last writer' })
  }
}

/** Follows the chain of one writer, record by record. */
class Chain {
  readonly writer: string
  readonly #head: StoredWriter | undefined
  readonly #anchors: Map<number, Anchor>
  readonly #key: KeyObject
  readonly #tell: (problem: Problem) => void
  readonly #pruned: StoredPruned | undefined
  #last: Entry | undefined
  #unsigned = 0
  #broken = false
  #told = 0

  constructor(
    writer: string,
    head: StoredWriter | undefined,
    anchors: Map<number, Anchor>,
    key: KeyObject,
    tell: (problem: Problem) => void,
    pruned: StoredPruned | undefined,
  ) {
    this.#pruned = pruned
    this.writer = writer
    this.#head = head
    this.#anchors = anchors
    this.#key = key
    this.#tell = tell
    if (head === undefined) tell({ kind: 'writer', writer, text: `writer ${writer} is not in the register` })
  }

  /** Answers how many records of calls the block holds. */
  next(block: Block): number {
    const entries = entriesOf(block)
    this.#skip(entries[0]?.sequence)
    const before = this.#told
    let records = 0
    for (const entry of entries) {
      if (entry.sequence !== 0) records++
      this.#record(entry)
    }
    this.#checkMac(block)
    if (this.#told === before) this.#checkColumns(block, entries)
    return records
  }

  /** Behind what was pruned the chain goes on from the last record that is gone. */
  #skip(next: number | undefined): void {
    const pruned = this.#pruned
    if (pruned === undefined || this.#last?.sequence !== 0) return
    if (next !== undefined && next <= pruned.through) return
    this.#last = { sequence: pruned.through, hash: pruned.hash, line: '' }
  }

  #record(entry: Entry): void {
    const { writer } = this
    const { line } = entry
    const expected = this.#last === undefined ? 0 : this.#last.sequence + 1
    const sequence = entry.sequence < 0 ? expected : entry.sequence
    const eventId = eventIdOf(line) || 'unreadable'
    const at = { writer, sequence, eventId }
    const which = `record ${sequence} of writer ${writer} (event ${eventId})`
    if (this.#head !== undefined && sequence > this.#head.sequence) {
      this.#say({ kind: 'surplus', ...at, text: `${which} stands after the chain's end` })
      return
    }
    const fits = link(this.#last?.hash ?? GENESIS, writer, sequence, line) === entry.hash
    if (sequence > expected) {
      this.#gap(expected, sequence - 1)
    } else if (sequence < expected || !fits) {
      this.#broken = true
      this.#say({
        kind: 'altered',
        ...at,
        text: `${which} does not fit its place: it was altered, inserted or moved`,
      })
    }
    this.#unsigned++
    // What stands a second time, or further back, is no link of the chain.
    if (sequence < expected) return
    const anchor = this.#anchors.get(sequence)
    if (anchor !== undefined && anchor.hash !== entry.hash) {
      this.#say({ kind: 'anchor', ...at, text: `${which} is not the one that ${anchor.by} names` })
    }
    this.#anchors.delete(sequence)
    this.#last = { ...entry, sequence }
  }

  /** The records of a block are vouched for by the MAC at its end. */
  #checkMac({ mac }: Block): void {
    const last = this.#last
    if (last === undefined) return
    const { writer } = this
    const { sequence, hash, line } = last
    if (!this.#broken && this.#unsigned > 0 && !same(mac, headMac(this.#key, { writer, sequence, hash }))) {
      const first = sequence - this.#unsigned + 1
      const which = first === sequence ? `record ${sequence}` : `one or more of the records ${first} to ${sequence}`
      const eventId = eventIdOf(line)
      this.#say({
        kind: 'forged',
        writer,
        sequence,
        eventId,
        text: `${which} of writer ${writer} (up to event ${eventId}) was altered and the chain computed anew`,
      })
    }
    this.#unsigned = 0
    this.#broken = false
  }

  /** The columns beside the records say nothing that the records don't say; but the journal is searched by them. */
  #checkColumns(block: Block, entries: readonly Entry[]): void {
    const { writer, sequence } = block
    const times = entries.map(({ line }) => timeOf(line))
    const sound =
      entries[0]?.sequence === sequence &&
      entries.length === block.count &&
      entries.at(-1)?.hash === block.hash &&
      times.reduce((a, b) => Math.min(a, b)) === block.firstTime &&
      times.reduce((a, b) => Math.max(a, b)) === block.lastTime
    if (sound) return
    const eventId = eventIdOf(entries[0]?.line ?? '')
    const text = `what stands beside the records from ${sequence} on of writer ${writer} (event ${eventId}), their count, times or hash, was altered`
    this.#say({ kind: 'altered', writer, sequence, eventId, text })
  }

  #say(problem: Problem): void {
    this.#told++
    this.#tell(problem)
  }

  #gap(from: number, to: number): void {
    const { writer } = this
    this.#broken = true
    const which = from === to ? `record ${from}` : `records ${from} to ${to}`
    const after = this.#last === undefined ? '' : ` after event ${eventIdOf(this.#last.line)}`
    this.#say({ kind: 'missing', writer, sequence: from, text: `${which} of writer ${writer}${after} missing` })
  }

  end(): void {
    const { writer } = this
    this.#skip(undefined)
    const last = this.#last
    const head = this.#head
    if (head !== undefined) {
      const reached = last?.sequence ?? -1
      if (reached < head.sequence) this.#gap(reached + 1, head.sequence)
      if (!same(head.mac, headMac(this.#key, head))) {
        this.#say({ kind: 'head', writer, text: `the head of writer ${writer} was altered` })
      } else if (last !== undefined && reached === head.sequence && last.hash !== head.hash) {
        this.#say({
          kind: 'head',
          writer,
          sequence: reached,
          eventId: eventIdOf(last.line),
          text: `the chain of writer ${writer} does not end in its head`,
        })
      }
    }
    for (const { sequence, by } of this.#anchors.values()) {
      if (sequence <= (head?.sequence ?? -1)) continue
      this.#say({
        kind: 'missing',
        writer,
        sequence,
        text: `records up to ${sequence} of writer ${writer}, which ${by} names, are missing: the chain was set back`,
      })
    }
  }
}
