import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'

/** What a segment says of itself. */
export interface About {
  readonly records: number
  /** Of its records, milliseconds. */
  readonly firstTime: number
  readonly lastTime: number
  /** Of the times in their ids. */
  readonly firstId: number
  readonly lastId: number
  /** Account and Region. */
  readonly scopes: readonly (readonly [account: string, region: string])[]
  /** What it covers: number of the writer, first and last sequence. */
  readonly ranges: readonly (readonly [number: number, from: number, to: number])[]
}

/** A piece of the journal, inverted; not altered once it is written. */
export interface Segment {
  readonly id: number
  /** Fresh for each time that it is built: pieces of two builds can't be mixed. */
  readonly build: string
  readonly about: About
  readonly pieces: ReadonlyMap<number, Buffer>
}

/** A segment as it is kept, without its pieces. */
export interface SegmentRow {
  readonly id: number
  readonly build: string
  readonly about: string
  readonly mac: Uint8Array
}

export interface PieceRow {
  readonly content: Uint8Array
  readonly mac: Uint8Array
}

/** How far the index is: the place in the journal, and its segments. */
export interface StateRow {
  readonly place: string
  /** `id:build` of the segments, in their order. */
  readonly segments: string
  readonly mac: Uint8Array
}

/** Something of the index is not as it was written: it is made anew. */
export class IndexDamaged extends Error {
  /** The segment that it is in; undefined: the whole. */
  readonly segment: number | undefined

  constructor(message: string, segment?: number) {
    super(message)
    this.segment = segment
  }
}

/** MACs of what is kept. `key`: the vault's `macKey('audit/index')`. */
export class Seals {
  readonly #key: KeyObject

  constructor(key: KeyObject) {
    this.#key = key
  }

  segment(id: number, build: string, about: string): Buffer {
    return this.#mac(`segment ${id} ${build}\n${about}`)
  }

  piece(id: number, build: string, piece: number, content: Uint8Array): Buffer {
    return this.#mac(`piece ${id} ${build} ${piece}\n`, content)
  }

  state(place: string, segments: string): Buffer {
    return this.#mac(`state\n${place}\n${segments}`)
  }

  #mac(head: string, content: Uint8Array = new Uint8Array(0)): Buffer {
    return createHmac('sha256', this.#key)
      .update(`strongroom audit index 1\n${head}`)
      .update(content)
      .digest()
      .subarray(0, 16)
  }
}

/** Throws IndexDamaged unless the MACs are the same. */
export function check(right: Uint8Array, mac: Uint8Array | undefined, what: string, segment?: number): void {
  if (mac === undefined || mac.length !== right.length || !timingSafeEqual(mac, right))
    throw new IndexDamaged(`${what} of the index of the audit trail is not as it was written`, segment)
}
