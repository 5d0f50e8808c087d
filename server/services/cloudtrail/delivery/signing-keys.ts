import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { PublicKey } from '../operation.ts'
import * as sql from './delivery.sql.ts'
import { checkedKey, signedKey } from './rows.ts'

const LABEL = 'cloudtrail/signing-key'
/** How long a key signs before another one takes its place, and how long its last digests are looked up by it. */
const KEY_MS = 365 * 24 * 3_600_000
/** Digests of hours that went by before the key was made are signed by it too. */
const BACK_MS = 24 * 3_600_000

const generate = promisify(generateKeyPair)

/** A key that signs digests. */
export interface SigningKey {
  readonly fingerprint: string
  /** Hex. RSASSA-PKCS1-v1_5 with SHA-256. */
  sign(text: string): string
}

/** The keys that digests of an account in a Region are signed with. The vault seals them; nobody ever sees one. */
export class SigningKeysOfTrails {
  readonly #storage: Storage
  readonly #vault: Vault
  readonly #macKey: KeyObject

  constructor(storage: Storage, vault: Vault, macKey: KeyObject) {
    this.#storage = storage
    this.#vault = vault
    this.#macKey = macKey
  }

  /** Makes sure that there is a key for digests that end now: the first one, or the next when the one in use is old. */
  async ensure(account: string, region: string, now: number): Promise<void> {
    const current = await this.#storage.unit('read', (unit) => this.#current(unit, account, region))
    if (current === undefined || current.to_at - now < KEY_MS / 4)
      await this.rotate(account, region, now, { fingerprint: current?.fingerprint })
  }

  /**
   * Puts a new key in the place of the one in use, whose digests stay verifiable. `expected`: nothing is done when another one than
   * this is in use, because somebody was faster. Answers the fingerprint in use.
   */
  async rotate(
    account: string,
    region: string,
    now: number,
    expected?: { readonly fingerprint: string | undefined },
  ): Promise<string> {
    const pair = await generate('rsa', { modulusLength: 2048 })
    const publicKey = pair.publicKey.export({ type: 'pkcs1', format: 'der' })
    const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'der' })
    // As AWS's look. Source: surroundings.md 1.7 (an id, nothing is decided by it).
    const fingerprint = createHash('md5').update(publicKey).digest('hex')
    try {
      return await this.#storage.unit('write', async (unit) => {
        const current = await this.#current(unit, account, region)
        if (expected !== undefined && current !== undefined && current.fingerprint !== expected.fingerprint)
          return current.fingerprint
        if (current !== undefined) await this.#put(unit, { ...current, to_at: now + BACK_MS, retired: 1 })
        await this.#put(unit, {
          account,
          region,
          fingerprint,
          public_key: publicKey,
          sealed: this.#vault.wrap(LABEL, privateKey, [account, region, fingerprint]),
          from_at: now - BACK_MS,
          to_at: now + 2 * KEY_MS,
          retired: 0,
        })
        return fingerprint
      })
    } finally {
      privateKey.fill(0)
    }
  }

  /** The key in use. */
  async inUse(unit: Unit, account: string, region: string): Promise<SigningKey> {
    const row = await this.#current(unit, account, region)
    if (row === undefined) throw new Error(`there is no key to sign digests of ${account} in ${region}`)
    const { fingerprint } = row
    const der = this.#vault.unwrap(LABEL, row.sealed, [account, region, fingerprint])
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    der.fill(0)
    return { fingerprint, sign: (text) => sign('sha256', Buffer.from(text), key).toString('hex') }
  }

  /** Public keys that were valid at some time between the two. */
  async publicKeys(unit: Unit, account: string, region: string, from: number, to: number): Promise<PublicKey[]> {
    return (await this.#all(unit, account, region))
      .filter((row) => row.from_at <= to && row.to_at >= from)
      .map((row) => ({ value: row.public_key, fingerprint: row.fingerprint, from: row.from_at, to: row.to_at }))
  }

  async #current(unit: Unit, account: string, region: string): Promise<sql.KeyRow | undefined> {
    return (await this.#all(unit, account, region)).findLast((row) => Number(row.retired) === 0)
  }

  async #all(unit: Unit, account: string, region: string): Promise<sql.KeyRow[]> {
    return (await unit.all<sql.KeyRow>(sql.keysOf, { account, region })).map((row) => checkedKey(this.#macKey, row))
  }

  async #put(unit: Unit, row: Omit<sql.KeyRow, 'mac'>): Promise<void> {
    await unit.run(sql.addKey, { ...signedKey(this.#macKey, row) })
  }
}

/** The public key of PKCS #1's DER. */
export const publicKeyOf = (der: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.from(der), format: 'der', type: 'pkcs1' })
