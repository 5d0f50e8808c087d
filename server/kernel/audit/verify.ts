import type { KeyObject } from 'node:crypto'
import { GENESIS, type Head, headMac, link, parseOpening, registerMac, same } from '#kernel/audit/chain'
import type { Snapshot, StoredRecord, StoredWriter } from '#kernel/audit/reader'
import { joinLine } from '#kernel/audit/record'

/**
 * What is wrong at one place.
 * `altered`: the record does not fit its place; it or a column of it was altered, or another record was put there.
 * `missing`: records are not there. `surplus`: a record that no writer wrote. `forged`: records were altered and their
 * hashes computed anew. `head`: the end of a writer's chain, or what is known about it, was altered.
 * `writer`: a writer was removed or added. `register`: the count of writers was altered. `anchor`: the chain does not
 * contain a head that was noted earlier.
 */
export type ProblemKind = 'altered' | 'missing' | 'surplus' | 'forged' | 'head' | 'writer' | 'register' | 'anchor'

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
}

/** Problems that are told; an attacker who altered every record is told about as well by the first thousand. */
export const MOST = 1000

/** A head that must be in a chain, and who says so. */
interface Anchor extends Head {
  readonly by: string
}

/**
 * Checks every chain of the journal against itself, against the MACs (`key` is the vault's `macKey('audit/head')`), and
 * against heads that were noted earlier.
 */
export async function verify(snapshot: Snapshot, key: KeyObject, noted: readonly Head[] = []): Promise<Verdict> {
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
  await checkRegister(snapshot, key, writers, tell, anchor)
  const heads = new Map(writers.map((writer) => [writer.writer, writer]))
  let records = 0
  let chain: Chain | undefined
  for await (const record of snapshot.records()) {
    if (chain?.writer !== record.writer) {
      chain?.end()
      chain = new Chain(record.writer, heads.get(record.writer), anchors.get(record.writer) ?? new Map(), key, tell)
      heads.delete(record.writer)
      anchors.delete(record.writer)
    }
    chain.next(record)
    if (record.sequence > 0) records++
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
  }
}

/** The register's MAC, the writers' numbers without a gap, and the chain of their openings. */
async function checkRegister(
  snapshot: Snapshot,
  key: KeyObject,
  writers: readonly StoredWriter[],
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
    const record = await snapshot.record(writer, 0)
    const opening = record === undefined ? undefined : parseOpening(record.record)
    if (record === undefined || opening === undefined) {
      previous = undefined
      continue
    }
    const at = { writer, sequence: 0, eventId: record.eventId }
    if (opening.number !== own || (previous !== undefined && opening.previous !== previous)) {
      tell({ kind: 'writer', ...at, text: `writer ${writer} did not open as number ${own} after the writer before it` })
    }
    for (const head of opening.heads) anchor({ ...head, by: `the opening of writer ${writer}` })
    previous = link(GENESIS, writer, 0, joinLine(record))
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
  #last: StoredRecord | undefined
  #unsigned = 0
  #broken = false

  constructor(
    writer: string,
    head: StoredWriter | undefined,
    anchors: Map<number, Anchor>,
    key: KeyObject,
    tell: (problem: Problem) => void,
  ) {
    this.writer = writer
    this.#head = head
    this.#anchors = anchors
    this.#key = key
    this.#tell = tell
    if (head === undefined) tell({ kind: 'writer', writer, text: `writer ${writer} is not in the register` })
  }

  next(record: StoredRecord): void {
    const { writer, sequence, eventId } = record
    const at = { writer, sequence, eventId }
    const expected = this.#last === undefined ? 0 : this.#last.sequence + 1
    if (this.#head !== undefined && sequence > this.#head.sequence) {
      this.#tell({
        kind: 'surplus',
        ...at,
        text: `record ${sequence} of writer ${writer} stands after the chain's end`,
      })
      return
    }
    if (sequence !== expected) {
      this.#gap(expected, sequence - 1)
    } else if (link(this.#last?.hash ?? GENESIS, writer, sequence, joinLine(record)) !== record.hash) {
      this.#broken = true
      this.#tell({
        kind: 'altered',
        ...at,
        text: `record ${sequence} of writer ${writer} (event ${eventId}) does not fit its place: it was altered, inserted or moved`,
      })
    }
    this.#checkMac(record)
    const anchor = this.#anchors.get(sequence)
    if (anchor !== undefined && anchor.hash !== record.hash) {
      this.#tell({
        kind: 'anchor',
        ...at,
        text: `record ${sequence} of writer ${writer} (event ${eventId}) is not the one that ${anchor.by} names`,
      })
    }
    this.#anchors.delete(sequence)
    this.#last = record
  }

  /** The records after the last end of a batch can only be vouched for by the next one. */
  #checkMac(record: StoredRecord): void {
    const { writer, sequence, eventId, mac } = record
    if (mac === null) {
      this.#unsigned++
      return
    }
    if (!same(mac, headMac(this.#key, record)) && !this.#broken) {
      const first = sequence - this.#unsigned
      const which = first === sequence ? `record ${sequence}` : `one or more of the records ${first} to ${sequence}`
      this.#tell({
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

  #gap(from: number, to: number): void {
    const { writer } = this
    this.#broken = true
    const which = from === to ? `record ${from}` : `records ${from} to ${to}`
    const after = this.#last === undefined ? '' : ` after event ${this.#last.eventId}`
    this.#tell({ kind: 'missing', writer, sequence: from, text: `${which} of writer ${writer}${after} missing` })
  }

  end(): void {
    const { writer } = this
    const last = this.#last
    const head = this.#head
    if (head !== undefined) {
      const reached = last?.sequence ?? -1
      if (reached < head.sequence) this.#gap(reached + 1, head.sequence)
      if (!same(head.mac, headMac(this.#key, head))) {
        this.#tell({ kind: 'head', writer, text: `the head of writer ${writer} was altered` })
      } else if (last !== undefined && reached === head.sequence && last.hash !== head.hash) {
        this.#tell({
          kind: 'head',
          writer,
          sequence: reached,
          eventId: last.eventId,
          text: `the chain of writer ${writer} does not end in its head`,
        })
      }
    }
    for (const { sequence, by } of this.#anchors.values()) {
      if (sequence <= (head?.sequence ?? -1)) continue
      this.#tell({
        kind: 'missing',
        writer,
        sequence,
        text: `records up to ${sequence} of writer ${writer}, which ${by} names, are missing: the chain was set back`,
      })
    }
  }
}
