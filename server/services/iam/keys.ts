import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'
import { REGION } from './model/identity.ts'
import type { Page } from './model/page.ts'
import { check, keyRow, macOf } from './rows.ts'
import * as sql from './store.sql.ts'
import { countIn } from './users.ts'

const LABEL = 'iam/access-key'

/** An access key without its secret. */
export interface AccessKey {
  readonly account: string
  readonly id: string
  /** Unique id of the user, or the account id for the root user. */
  readonly owner: string
  readonly active: boolean
  readonly createdAt: number
  /** 0: never. */
  readonly usedAt: number
  readonly usedService: string | undefined
  readonly usedRegion: string | undefined
}

/** The access keys of one account, within one unit of work. Secrets are stored wrapped under the vault, bound to their row. */
export class AccessKeys {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** The key, if it is one of this account. */
  async find(id: string): Promise<AccessKey | undefined> {
    const row = await this.#unit.get<sql.KeyRow>(sql.findKey, { id })
    return row?.account === this.#here.account ? keyOf(row) : undefined
  }

  /** How many an owner has. In a write unit nobody adds one to root meanwhile; a user's row is locked when it is found. */
  async count(owner: string): Promise<number> {
    if (this.#unit.effect === 'write' && owner === this.#here.account) await this.#unit.get(sql.lockAccount, this.#here)
    return countIn(await this.#unit.get(sql.countKeys, { ...this.#here, owner }))
  }

  async page(owner: string, { after, limit }: Page): Promise<AccessKey[]> {
    const rows = await this.#unit.all<sql.KeyRow>(sql.keysOf, { ...this.#here, owner, after, limit: limit + 1 })
    return rows.map(keyOf)
  }

  async add(owner: string, id: string, secret: Secret<string>, now: number): Promise<void> {
    const clear = Buffer.from(secret.reveal())
    const wrapped = this.#vault.wrap(LABEL, clear, [this.#here.account, REGION, id, owner])
    clear.fill(0)
    const status = 'Active'
    const mac = this.#mac(id, owner, status)
    await this.#unit.run(sql.putKey, { ...this.#here, id, owner, status, secret: wrapped, mac, now })
    this.#unit.touch('iam')
  }

  /** Whether the owner has such a key. */
  async setStatus(owner: string, id: string, status: 'Active' | 'Inactive'): Promise<boolean> {
    this.#unit.touch('iam')
    const mac = this.#mac(id, owner, status)
    return (await this.#unit.run(sql.setKeyStatus, { ...this.#here, owner, id, status, mac })) > 0
  }

  /** Whether the owner had such a key. Its id stays known as retired, and is never a key again. */
  async remove(owner: string, id: string): Promise<boolean> {
    const removed = await this.#unit.run(sql.deleteKey, { ...this.#here, owner, id })
    if (removed > 0) await this.#unit.run(sql.retireKey, { ...this.#here, id })
    this.#unit.touch('iam')
    return removed > 0
  }

  #mac(id: string, owner: string, status: string): Buffer {
    return macOf(this.#vault, keyRow(this.#here.account, { id, owner, status }))
  }
}

/** The secret in a key's row. Throws when the row was tampered with. */
export function secretIn(row: sql.KeyRow, vault: Vault): Secret<string> {
  check(vault, keyRow(row.account, row), row.mac)
  const clear = vault.unwrap(LABEL, row.secret, [row.account, REGION, row.id, row.owner])
  const secret = new Secret(clear.toString())
  clear.fill(0)
  return secret
}

function keyOf(row: sql.KeyRow): AccessKey {
  return {
    account: row.account,
    id: row.id,
    owner: row.owner,
    active: row.status === 'Active',
    createdAt: row.created_at,
    usedAt: row.used_at,
    usedService: row.used_service ?? undefined,
    usedRegion: row.used_region ?? undefined,
  }
}
