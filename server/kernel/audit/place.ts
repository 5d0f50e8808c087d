/** How far a writer of the journal has come, or how far somebody has read him. */
export interface Stand {
  /** Place of the writer in the register, from 1. */
  readonly number: number
  readonly writer: string
  /** Of his last record. */
  readonly sequence: number
}

/** Where the ends of the chains are at one moment. */
export interface Heads {
  /** The id of the first writer: another one is another journal. Undefined: nobody has opened yet. */
  readonly journal: string | undefined
  /** The number of the last writer. */
  readonly last: number
  /** Of the writers that were asked for, and of those behind the number that was asked from. */
  readonly stands: readonly Stand[]
}

/**
 * A place in the journal that fits in a line however many writers there were: the last number of a writer that is known, and
 * the sequences that were read of those who may still write. A known writer who is not among them has ended, and was read whole.
 */
export interface Place {
  readonly journal: string
  readonly known: number
  /** Last sequence read, by the writer's number. */
  readonly open: ReadonlyMap<number, number>
}

/** Before everything. */
export const START: Place = { journal: '', known: 0, open: new Map() }

/** `v1 journal known number:sequence,…` */
export function textOf({ journal, known, open }: Place): string {
  return `v1 ${journal === '' ? '-' : journal} ${known} ${[...open].map(([number, at]) => `${number}:${at}`).join(',')}`
}

/** Reads what `textOf` made. Throws on anything else. */
export function placeOf(text: string): Place {
  const [, journal = '', known = '', open = ''] =
    /^v1 ([A-Za-z0-9-]{1,64}) (\d{1,15}) ((?:\d{1,15}:\d{1,15},?)*)$/.exec(text) ?? []
  if (journal === '') throw new Error('a position in the audit journal can not be read')
  const pairs = open === '' ? [] : open.split(',').map((pair) => pair.split(':').map(Number) as [number, number])
  return { journal: journal === '-' ? '' : journal, known: Number(known), open: new Map(pairs) }
}

/** The place at the ends of all chains: those who are `open` in `from` and all who came since. */
export function endOf(from: Place, heads: Heads): Place {
  const base = sameJournal(from, heads)
  const open = new Map(base.open)
  for (const { number, sequence } of heads.stands) open.set(number, Math.max(sequence, open.get(number) ?? 0))
  return { journal: heads.journal ?? '', known: Math.max(heads.last, base.known), open }
}

/** `from`, unless the journal is another one now: then the place before everything in it. */
export function sameJournal(from: Place, { journal = '' }: Heads): Place {
  return from.journal === journal ? from : { ...START, journal }
}

/** How many records lie between a place and the ends of the chains. */
export function between(from: Place, heads: Heads): number {
  const { open, known } = sameJournal(from, heads)
  let records = 0
  for (const { number, sequence } of heads.stands) {
    const at = open.get(number) ?? (number > known ? 0 : sequence)
    records += Math.max(sequence - at, 0)
  }
  return records
}

/** `place` without writers that have ended, as far as they were read whole. `heads` was read after it was known that they ended. */
export function without(place: Place, ended: ReadonlySet<string>, heads: Heads): Place {
  const open = new Map(place.open)
  for (const { number, writer, sequence } of heads.stands)
    if (ended.has(writer) && (open.get(number) ?? -1) >= sequence) open.delete(number)
  return { ...place, open }
}
