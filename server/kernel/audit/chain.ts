import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto'

/**
 * The chain of one writer. A writer is one process from its start to its end; its records are numbered from 1, and record 0
 * is its opening. Every hash covers the one before it, so a change anywhere shows in all that follow. Each batch's last hash
 * carries a MAC under a key from the vault, and so does the writer's head: who can write the file but has no key can
 * neither compute the chain anew nor cut off its end.
 *
 * The register counts the writers, also under a MAC: openings are chained among themselves, and each names the heads that
 * the other writers had reached. So a writer can't vanish, and a writer's old head can't be put back once another writer
 * has opened. What no chain can show from within: the whole trail set back to an earlier moment. For this the heads that
 * `verify` prints can be kept elsewhere and given to a later `verify`.
 */
export interface Head {
  readonly writer: string
  readonly sequence: number
  /** SHA-256, 64 hex digits. */
  readonly hash: string
}

/** What an opening (record 0 of a writer) says. */
export interface Opening {
  /** Place in the register, from 1. */
  readonly number: number
  /** Hash of the opening before, or `GENESIS`. */
  readonly previous: string
  /** Heads of other writers that moved since they were last named by an opening. */
  readonly heads: readonly Head[]
}

/** The state of the register: how many writers have opened, and the hash of the last opening. */
export interface Register {
  readonly count: number
  readonly hash: string
}

/** The hash before the first. */
export const GENESIS = '0'.repeat(64)

/** Hash of the record `line` at `sequence` of `writer`, after the one whose hash is `previous`. */
export function link(previous: string, writer: string, sequence: number, line: string): string {
  // Every part but the last is of a fixed alphabet without line ends, so no two inputs read alike.
  return hash('sha256', `strongroom audit record 1\n${previous}\n${writer}\n${sequence}\n${line}`, 'hex')
}

/** MAC that makes a head of a writer authentic, 64 hex digits. */
export function headMac(key: KeyObject, { writer, sequence, hash: at }: Head): string {
  return mac(key, `strongroom audit head 1\n${writer}\n${sequence}\n${at}`)
}

/** MAC that makes the state of the register authentic. */
export function registerMac(key: KeyObject, { count, hash: at }: Register): string {
  return mac(key, `strongroom audit register 1\n${count}\n${at}`)
}

/** MAC that makes what the main store notes of the register authentic; other than the register's own, so that neither can stand for the other. */
export function noteMac(key: KeyObject, { count, hash: at }: Register): string {
  return mac(key, `strongroom audit note 1\n${count}\n${at}`)
}

/** Compares two hex texts in constant time. */
export function same(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

function mac(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

/** The line that opens a writer: in the form of all lines, with no account and no region. */
export function openingLine(eventId: string, timeMs: number, opening: Opening): string {
  return `${eventId} ${timeMs} - - ${JSON.stringify({ opening })}`
}

/** Reads the record of an opening; undefined when it is none. */
export function parseOpening(record: string): Opening | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(record)
  } catch {
    return undefined
  }
  const opening = (parsed as { opening?: Partial<Opening> } | null)?.opening
  if (typeof opening?.number !== 'number' || typeof opening.previous !== 'string' || !Array.isArray(opening.heads)) {
    return undefined
  }
  const heads = opening.heads as readonly Partial<Head>[]
  const sound = heads.every(
    (head) => typeof head?.writer === 'string' && typeof head.sequence === 'number' && typeof head.hash === 'string',
  )
  return sound ? (opening as Opening) : undefined
}
