import { closeSync, constants, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '#kernel/random'

/** Where a record begins, in steps of so many bytes. */
const STEP = 16
/** A slot without a record, and one whose record was taken out. */
const FREE = 0
const GONE = 0xffff_ffff
/** Slots that are looked at for one key: names that were chosen to fall together are kept no more than so many times. */
const MOST_PROBES = 64
const FIRST_SLOTS = 1 << 12
/** Records are written in blocks of this size, and most are read at once with their first so many bytes. */
const BLOCK = 64 * 1024
const HEAD = 8
const GLANCE = 768

/**
 * Records by key in a file that nobody else can open and that ends with the process: what does not fit into memory and would cost more
 * to make again than to read (2 µs, the system keeps what is used in its own memory). In memory are some 24 bytes for each. Holds up to `mostBytes`;
 * when a half of it is full, the older half is let go. A disk that fails or is full takes the records away and nothing else.
 */
export class Overflow {
  readonly #file: number
  /** Blocks in each half of the file. */
  readonly #half: number
  readonly #seed: number
  readonly #block = Buffer.allocUnsafe(BLOCK)
  readonly #glance = Buffer.allocUnsafe(GLANCE)
  /** Which block of the file this one will be, where it begins, and how much of it is used. */
  #blocks = 0
  #blockAt = STEP
  #used = 0
  #hashes = new Uint32Array(FIRST_SLOTS)
  #places = new Uint32Array(FIRST_SLOTS)
  /** Slots that are not free. */
  #taken = 0
  #broken = false
  /** The record of the slot that was found last. */
  #found: Buffer | undefined

  /** `directory`: where the file is made. `seed`: chance, so that nobody can choose keys that fall together. */
  constructor(directory: string, mostBytes: number, seed: number) {
    const path = join(directory, `.overflow-${seed.toString(16)}`)
    const { O_RDWR, O_CREAT, O_EXCL } = constants
    this.#file = openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
    unlinkSync(path)
    this.#half = Math.max(1, Math.floor(mostBytes / 2 / BLOCK))
    this.#seed = seed | 0
  }

  /** Hash of a key, to be handed to the others: 32 bits. */
  hash(key: string): number {
    let hash = this.#seed
    for (let at = 0; at < key.length; at++) {
      hash = Math.imul(hash ^ key.charCodeAt(at), 0x5bd1_e995)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
    return (hash ^ (hash >>> 16)) >>> 0
  }

  /**
   * The record of which `isMeant` says that it is the key's own: other keys may have the same hash. The bytes are there until the next
   * call of anything.
   */
  find(hash: number, isMeant: (record: Buffer) => boolean): Buffer | undefined {
    return this.#slotOf(hash, isMeant) === undefined ? undefined : this.#found
  }

  /** Puts a record down; one of the same key must have been taken out. Too long ones are not kept. */
  put(hash: number, record: Buffer): void {
    const size = Math.ceil((HEAD + record.length) / STEP) * STEP
    if (this.#broken || size > BLOCK) return
    if (this.#used + size > BLOCK) this.#flush()
    if (this.#broken) return
    if (this.#taken * 2 > this.#places.length) this.#grow()
    if (!this.#occupy(hash, (this.#blockAt + this.#used) / STEP)) return
    this.#block.writeUInt32LE(hash, this.#used)
    this.#block.writeUInt32LE(record.length, this.#used + 4)
    record.copy(this.#block, this.#used + HEAD)
    this.#used += size
  }

  remove(hash: number, isMeant: (record: Buffer) => boolean): void {
    const slot = this.#slotOf(hash, isMeant)
    if (slot !== undefined) this.#places[slot] = GONE
  }

  /** Lets everything go. */
  clear(): void {
    if (this.#taken > 0) {
      this.#hashes = new Uint32Array(FIRST_SLOTS)
      this.#places = new Uint32Array(FIRST_SLOTS)
    }
    this.#taken = 0
    this.#blocks = 0
    this.#blockAt = STEP
    this.#used = 0
  }

  close(): void {
    this.clear()
    if (!this.#broken) closeSync(this.#file)
    this.#broken = true
  }

  #slotOf(hash: number, isMeant: (record: Buffer) => boolean): number | undefined {
    const mask = this.#places.length - 1
    for (let slot = hash & mask, probes = 0; probes < MOST_PROBES; slot = (slot + 1) & mask, probes++) {
      const place = this.#places[slot] as number
      if (place === FREE) return undefined
      if (place === GONE || this.#hashes[slot] !== hash) continue
      const record = this.#read(place)
      if (record === undefined || !isMeant(record)) continue
      this.#found = record
      return slot
    }
    return undefined
  }

  /** Takes a slot; false: where it would be found there is none. */
  #occupy(hash: number, place: number): boolean {
    const mask = this.#places.length - 1
    for (let slot = hash & mask, probes = 0; probes < MOST_PROBES; slot = (slot + 1) & mask, probes++) {
      const taken = this.#places[slot] as number
      if (taken !== FREE && taken !== GONE) continue
      if (taken === FREE) this.#taken++
      this.#hashes[slot] = hash
      this.#places[slot] = place
      return true
    }
    return false
  }

  /** The record at a place; undefined when the disk does not give it. */
  #read(place: number): Buffer | undefined {
    const at = place * STEP
    if (at >= this.#blockAt && at < this.#blockAt + this.#used) {
      const from = at - this.#blockAt
      const length = this.#block.readUInt32LE(from + 4)
      return this.#block.subarray(from + HEAD, from + HEAD + length)
    }
    try {
      const read = readSync(this.#file, this.#glance, 0, GLANCE, at)
      if (read < HEAD) return undefined
      const length = this.#glance.readUInt32LE(4)
      if (HEAD + length <= read) return this.#glance.subarray(HEAD, HEAD + length)
      if (length > BLOCK) return undefined
      const whole = Buffer.allocUnsafe(length)
      return readSync(this.#file, whole, 0, length, at + HEAD) === length ? whole : undefined
    } catch {
      this.#fail()
      return undefined
    }
  }

  /** Writes the block, and begins the next; where the second half ends the first one begins again. */
  #flush(): void {
    try {
      if (this.#used > 0) writeSync(this.#file, this.#block, 0, this.#used, this.#blockAt)
    } catch {
      this.#fail()
      return
    }
    this.#blocks = (this.#blocks + 1) % (2 * this.#half)
    this.#blockAt = STEP + this.#blocks * BLOCK
    this.#used = 0
    if (this.#blocks % this.#half === 0) this.#drop(this.#blockAt, this.#blockAt + this.#half * BLOCK)
  }

  /** What stands between is written over from now on. */
  #drop(from: number, to: number): void {
    for (let slot = 0; slot < this.#places.length; slot++) {
      const place = this.#places[slot] as number
      if (place !== FREE && place !== GONE && place * STEP >= from && place * STEP < to) this.#places[slot] = GONE
    }
  }

  /** Twice the room, or as much again when most of it is of records that are gone. */
  #grow(): void {
    let live = 0
    for (const place of this.#places) if (place !== FREE && place !== GONE) live++
    const [hashes, places] = [this.#hashes, this.#places]
    const slots = live * 4 > places.length ? places.length * 2 : places.length
    this.#hashes = new Uint32Array(slots)
    this.#places = new Uint32Array(slots)
    this.#taken = 0
    for (let from = 0; from < places.length; from++) {
      const place = places[from] as number
      if (place === FREE || place === GONE) continue
      const hash = hashes[from] as number
      this.#occupy(hash, place)
    }
  }

  /** A disk that fails has nothing any more. What is lost can be read from the store. */
  #fail(): void {
    this.clear()
    this.#broken = true
    closeSync(this.#file)
  }
}

/** Most bytes of the file of one process. */
const MOST_BYTES = 1024 * 1024 * 1024

/** A file for overflow in a directory; undefined: none can be made there. */
export function overflowIn(directory: string, random: Pick<Random, 'bytes'>): Overflow | undefined {
  try {
    return new Overflow(directory, MOST_BYTES, random.bytes(4).readUInt32LE(0))
  } catch {
    return undefined
  }
}
