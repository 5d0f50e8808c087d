import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Unit } from '#kernel/storage/storage'
import { digestKey, digestText, isoTime, textToSign } from '../model/delivered.ts'
import * as sql from './delivery.sql.ts'
import { LOG, type Places, putAll } from './files.ts'
import { checkedDigest, checkedFile, signedDigest, signedFile } from './rows.ts'
import { keyOf, type Session } from './sessions.ts'
import type { SigningKeysOfTrails } from './signing-keys.ts'

/** How often digests are written. Source: surroundings.md 1.7. */
export const DIGEST_MS = 3_600_000
const LABEL = 'cloudtrail/digest'
const SECOND = 1000

const boundTo = ({ bucket, object }: Pick<sql.DigestRow, 'bucket' | 'object'>) => [bucket, object]

/** Writes digest files. What a digest says, and its signature, are settled in the store before it is put anywhere. */
export class Digests {
  readonly #places: Places
  readonly #keys: SigningKeysOfTrails

  constructor(places: Places, keys: SigningKeysOfTrails) {
    this.#places = places
    this.#keys = keys
  }

  /**
   * Writes the digest of one Region that ends at `at` (milliseconds), unless there is one up to then. `final`: it names everything that was
   * delivered, and ends the chain. Settles when it is everywhere.
   */
  async write(session: Session, region: string, at: number, final = false): Promise<void> {
    const { storage } = this.#places
    // One that was begun comes first: it may have been for an earlier hour.
    const begun = await storage.unit('read', (unit) => this.#newest(unit, session, region))
    if (begun?.state === 'making') await this.#put(begun)
    await this.#keys.ensure(session.trail.account, region, at)
    const row = await storage.unit('write', (unit) => this.#make(unit, session, region, at, final))
    if (row !== undefined) await this.#put(row)
  }

  /** Ends the chain of a Region where it stands: what is delivered from now on is in no digest. */
  async leave(session: Session, region: string): Promise<void> {
    const { storage, macKey } = this.#places
    await storage.unit('write', async (unit) => {
      const newest = await this.#newest(unit, session, region)
      if (newest !== undefined && Number(newest.ended) === 0)
        await unit.run(sql.putDigest, { ...signedDigest(macKey, { ...newest, ended: 1 }) })
      for (const file of await this.#files(unit, session, region, Number.MAX_SAFE_INTEGER))
        await unit.run(sql.putFile, { ...signedFile(macKey, { ...file, digest: '' }) })
    })
  }

  async #newest(unit: Unit, session: Session, region: string): Promise<sql.DigestRow | undefined> {
    const { account, home, name } = keyOf(session)
    const row = await unit.get<sql.DigestRow>(sql.newestDigest, { account, home, name, region })
    return row && checkedDigest(this.#places.macKey, row)
  }

  async #files(unit: Unit, session: Session, region: string, until: number): Promise<sql.FileRow[]> {
    const rows = await unit.all<sql.FileRow>(sql.filesToDigest, { ...keyOf(session), region, until })
    return rows.map((row) => checkedFile(this.#places.macKey, row))
  }

  async #make(
    unit: Unit,
    session: Session,
    region: string,
    at: number,
    final: boolean,
  ): Promise<sql.DigestRow | undefined> {
    const { vault, macKey } = this.#places
    const { bucket, prefix, account, region: home, name } = session.trail
    const newest = await this.#newest(unit, session, region)
    const goesOn = newest !== undefined && Number(newest.ended) === 0 && Number(newest.started_at) === session.startedAt
    const before = goesOn ? newest : undefined
    let end = Math.floor(at / SECOND) * SECOND
    if (final) end = Math.max(end + SECOND, Number(newest?.end_at ?? 0) + SECOND)
    if (newest !== undefined && end <= Number(newest.end_at)) return undefined
    const files = await this.#files(unit, session, region, final ? Number.MAX_SAFE_INTEGER : end)
    const start = before === undefined ? Math.max(session.startedAt, end - DIGEST_MS) : Number(before.end_at)
    const stream = { account, home, name, region }
    const object = digestKey(prefix, stream, end)
    const key = await this.#keys.inUse(unit, account, region)
    const text = digestText({
      ...stream,
      ...{ start: Math.min(start, end), end, bucket, object, fingerprint: key.fingerprint },
      previous:
        before === undefined
          ? undefined
          : { bucket: before.bucket, object: before.object, hash: before.hash, signature: before.signature },
      files: files.map((file) => ({
        bucket: file.bucket,
        object: file.object,
        hash: file.hash ?? '',
        oldest: Number(file.oldest),
        newest: Number(file.newest),
      })),
    })
    const hash = createHash('sha256').update(text).digest('hex')
    const row = signedDigest(macKey, {
      ...{ bucket, object, ...keyOf(session), region, state: 'making', start_at: start, end_at: end, hash },
      signature: key.sign(textToSign(isoTime(end), bucket, object, hash, before?.signature ?? null)),
      ...{ fingerprint: key.fingerprint, ended: final ? 1 : 0 },
      // Exactly the bytes that were signed. Source: trap 9.
      sealed: vault.wrap(LABEL, gzipSync(text), boundTo({ bucket, object })),
    })
    await unit.run(sql.putDigest, { ...row })
    for (const file of files) await unit.run(sql.putFile, { ...signedFile(macKey, { ...file, digest: object }) })
    return row
  }

  async #put(row: sql.DigestRow): Promise<void> {
    const { storage, vault, macKey } = this.#places
    if (row.sealed === null) throw new Error(`the digest ${row.object} is not there to be put`)
    const body = vault.unwrap(LABEL, row.sealed, boundTo(row))
    const metadata = { signature: row.signature, 'signature-algorithm': 'SHA256withRSA' }
    await putAll(this.#places, row, body, { ...LOG, metadata })
    await storage.unit('write', (unit) =>
      unit.run(sql.putDigest, { ...signedDigest(macKey, { ...row, state: 'there', sealed: null }) }),
    )
  }
}
