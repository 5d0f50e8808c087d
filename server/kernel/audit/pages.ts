import type { Heads } from '#kernel/audit/place'

/** A block as those who follow the journal need it. */
export interface Page {
  /** Of its first record. */
  readonly sequence: number
  readonly count: number
  readonly firstTime: number
  readonly lines: string
}

/** A block as bytes: a third of the price of a text. */
export interface RawPage {
  /** Of its first record. */
  readonly sequence: number
  readonly bytes: Buffer
}

/** What a block is held against: the MAC at its end, and the hash that its first record goes on from. */
export interface Sealed {
  readonly mac: string
  /** Null when the block before is gone, which nothing but its retention may take. */
  readonly before: string | null
}

/** Reads the journal in small pieces, each in one look: a reader never keeps the journal's file from being tidied. */
export interface Pages {
  /** The ends of the chains: of the writers behind number `known`, and of those whose numbers are `open`. */
  heads(known: number, open: Iterable<number>): Promise<Heads>
  /** The block in which record `from` is, and those behind it up to `to`: ascending, about `units` UTF-16 units of them. */
  pages(writer: string, from: number, to: number, units: number): Promise<readonly Page[]>
  /** The same as bytes. */
  raw(writer: string, from: number, to: number, units: number): Promise<readonly RawPage[]>
  /** The block in which a record is, when it is there. */
  page(writer: string, sequence: number): Promise<Page | undefined>
  /** Of the block that begins with record `sequence`, when it is there. */
  sealed(writer: string, sequence: number): Promise<Sealed | undefined>
  /** The last record of a writer that the retention of the journal has taken out; 0: none. */
  pruned(number: number): Promise<number>
  close(): Promise<void>
}
