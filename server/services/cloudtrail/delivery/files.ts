import { createHash, type KeyObject } from 'node:crypto'
import { createGzip } from 'node:zlib'
import { type Random, text } from '#kernel/random'
import type { About, ObjectSink } from '#kernel/objects/objects'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage } from '#kernel/storage/storage'
import { logKey } from '../model/delivered.ts'
import * as sql from './delivery.sql.ts'
import type { Encrypted } from './encryption.ts'
import { Parts } from './parts.ts'
import { checkedFile, signedFile } from './rows.ts'
import { keyOf, type Session, Sessions } from './sessions.ts'

/** What files and digests are written with. */
export interface Places {
  readonly storage: Storage
  readonly vault: Vault
  readonly macKey: KeyObject
  readonly random: Random
  /** Everything is put into each of them. */
  readonly sinks: readonly ObjectSink[]
  /** Says on a bucket whose it is, before the first object is put into it. */
  readonly claim?: ((bucket: string, account: string) => Promise<void>) | undefined
  /** Encrypts a log file of a trail that has a key; answers what is put and what stands beside it. */
  readonly encrypt?: ((session: Session, body: Buffer, bucket: string, key: string) => Promise<Encrypted>) | undefined
}

/** Puts an object everywhere; `encrypted`: in its place where nobody else encrypts it. */
export async function putAll(
  { sinks, claim }: Places,
  { bucket, object, account }: Pick<sql.FileRow, 'bucket' | 'object' | 'account'>,
  body: Uint8Array,
  about: About,
  encrypted?: Encrypted,
): Promise<void> {
  await claim?.(bucket, account)
  for (const sink of sinks) {
    if (encrypted === undefined) await sink.put(bucket, object, body, about)
    else if (sink.encrypts === true) await sink.put(bucket, object, body, { ...about, encrypted: true })
    else await sink.put(bucket, object, encrypted.body, { ...about, metadata: encrypted.metadata })
  }
}

export const LOG: Omit<About, 'metadata'> = { contentType: 'application/json', contentEncoding: 'gzip' }

/**
 * Writes the next log file of one Region of a session: its name is settled in the store first, so that whoever has to begin anew
 * writes the same file again. `now`: milliseconds, the time of the delivery.
 */
export async function writeFile(places: Places, session: Session, region: string, now: () => number): Promise<void> {
  const { storage, vault, macKey } = places
  const { bucket, prefix, account, region: home, name, kmsKey } = session.trail
  const key = { ...keyOf(session), region }
  const row = await storage.unit('write', async (unit) => {
    const begun = await unit.get<sql.FileRow>(sql.fileInMaking, key)
    if (begun !== undefined) return checkedFile(macKey, begun)
    const pending = (await new Parts(unit, vault).pending(session)).find((each) => each.region === region)
    if (pending === undefined) return undefined
    const object = logKey(prefix, { account, home, name, region }, now(), text(places.random, 16))
    const made = signedFile(macKey, {
      ...{
        bucket,
        object,
        ...key,
        state: 'making',
        upto: pending.upto,
        hash: null,
        sealed_hash: null,
        oldest: null,
        newest: null,
      },
      ...{ delivered_at: null, digest: null },
    })
    await unit.run(sql.putFile, { ...made })
    return made
  })
  if (row === undefined) return
  const made = await fileOf(places, session, region, Number(row.upto))
  const { encrypt } = places
  const encrypted =
    kmsKey === undefined || encrypt === undefined
      ? undefined
      : await encrypt(session, made.body, row.bucket, row.object)
  await putAll(places, row, made.body, { ...LOG, metadata: {} }, encrypted)
  const sealedHash = encrypted && createHash('sha256').update(encrypted.body).digest('hex')
  await storage.unit('write', async (unit) => {
    await new Sessions(unit, vault).lock(session)
    const { hash, oldest, newest } = made
    const there = { ...row, state: 'there', hash, sealed_hash: sealedHash ?? null, oldest, newest, delivered_at: now() }
    // Digests name only what was delivered while they were wanted.
    const digest = session.trail.validation ? null : ''
    await unit.run(sql.putFile, { ...signedFile(macKey, { ...there, digest }) })
    await new Parts(unit, vault).remove(session, region, Number(row.upto))
  })
}

/** The file of all parts up to one: its compressed bytes, and the hash of the uncompressed ones. */
async function fileOf({ storage, vault }: Places, session: Session, region: string, upto: number) {
  const hash = createHash('sha256')
  // Fixed settings and no time in its head: made anew it is the same file.
  const gzip = createGzip({ level: 6 })
  const chunks: Buffer[] = []
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => {
    gzip.once('end', resolve)
    gzip.once('error', reject)
  })
  const add = async (piece: string) => {
    const bytes = Buffer.from(piece)
    hash.update(bytes)
    await new Promise<void>((resolve, reject) => {
      gzip.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
  }
  const reading = <T>(work: (parts: Parts) => Promise<T>) =>
    storage.unit('read', (unit) => work(new Parts(unit, vault)))
  let oldest = Number.POSITIVE_INFINITY
  let newest = 0
  let first = true
  await add('{"Records":[')
  for (const seq of await reading((parts) => parts.sequences(session, region, upto))) {
    const part = await reading((parts) => parts.read(session, region, seq))
    await add(first ? part.text : `,${part.text}`)
    first = false
    oldest = Math.min(oldest, part.oldest)
    newest = Math.max(newest, part.newest)
  }
  await add(']}')
  gzip.end()
  await ended
  if (first) throw new Error(`nothing waits any more for a log file of ${session.trail.arn}`)
  return { body: Buffer.concat(chunks), hash: hash.digest('hex'), oldest, newest }
}
