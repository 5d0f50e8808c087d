import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'
import * as sql from './logins.sql.ts'
import { REGION } from './model/identity.ts'
import { MOST_FORMER } from './model/password.ts'
import { check, loginRow, macOf } from './rows.ts'

const LABEL = 'iam/password'

/** A user's password for the console, as `passwords.ts` hashed it. */
export interface Login {
  /** Unique id of the user. */
  readonly owner: string
  readonly hash: Secret<string>
  /** Of the passwords before, the newest first. */
  readonly former: readonly Secret<string>[]
  readonly resetRequired: boolean
  readonly createdAt: number
  readonly changedAt: number
  /** 0: never. */
  readonly usedAt: number
}

/**
 * The login profiles of one account, within one unit of work. Hashes are wrapped under the vault and bound to their row: who
 * has the database, but not the seal, can't even guess passwords.
 */
export class Logins {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** The login of the user of that id; in a write unit its row is locked. */
  async find(owner: string): Promise<Login | undefined> {
    const query = this.#unit.effect === 'write' ? sql.lockLogin : sql.findLogin
    const row = await this.#unit.get<sql.LoginRow>(query, { ...this.#here, owner })
    return row && this.#loginOf(row)
  }

  async add(owner: string, hash: Secret<string>, resetRequired: boolean, now: number): Promise<void> {
    const columns = this.#columns({ owner, hash, former: [], resetRequired, changedAt: now })
    await this.#unit.run(sql.putLogin, { ...this.#here, ...columns, created_at: now })
    this.#unit.touch('iam')
  }

  /** Another password; the one before is remembered. */
  async change(login: Login, hash: Secret<string>, resetRequired: boolean, now: number): Promise<void> {
    const former = [login.hash, ...login.former].slice(0, MOST_FORMER)
    await this.#save({ ...login, hash, former, resetRequired, changedAt: now })
  }

  async setResetRequired(login: Login, resetRequired: boolean): Promise<void> {
    await this.#save({ ...login, resetRequired })
  }

  /** Somebody has signed in with the password. */
  async use(owner: string, at: number): Promise<void> {
    await this.#unit.run(sql.useLogin, { ...this.#here, owner, at })
  }

  /** Whether there was one. */
  async remove(owner: string): Promise<boolean> {
    this.#unit.touch('iam')
    return (await this.#unit.run(sql.deleteLogin, { ...this.#here, owner })) > 0
  }

  async #save(login: Login): Promise<void> {
    await this.#unit.run(sql.changeLogin, { ...this.#here, ...this.#columns(login) })
    this.#unit.touch('iam')
  }

  #columns(login: Pick<Login, 'owner' | 'hash' | 'former' | 'resetRequired' | 'changedAt'>) {
    const { owner, changedAt: changed_at } = login
    const hash = this.#wrap(owner, login.hash)
    const former = JSON.stringify(login.former.map((each) => this.#wrap(owner, each).toString('base64')))
    const reset_required = login.resetRequired ? 1 : 0
    const authenticated = { owner, hash: hash.toString('hex'), former, reset_required, changed_at }
    const mac = macOf(this.#vault, loginRow(this.#here.account, authenticated))
    return { owner, hash, former, reset_required, changed_at, mac }
  }

  #loginOf(row: sql.LoginRow): Login {
    const { owner, former } = row
    const hash = Buffer.from(row.hash)
    check(this.#vault, loginRow(this.#here.account, { ...row, hash: hash.toString('hex') }), row.mac)
    return {
      owner,
      hash: this.#unwrap(owner, hash),
      former: (JSON.parse(former) as string[]).map((each) => this.#unwrap(owner, Buffer.from(each, 'base64'))),
      resetRequired: row.reset_required === 1,
      createdAt: row.created_at,
      changedAt: row.changed_at,
      usedAt: row.used_at,
    }
  }

  #wrap(owner: string, hash: Secret<string>): Buffer {
    return this.#vault.wrap(LABEL, Buffer.from(hash.reveal()), [this.#here.account, REGION, owner])
  }

  #unwrap(owner: string, wrapped: Uint8Array): Secret<string> {
    return new Secret(this.#vault.unwrap(LABEL, wrapped, [this.#here.account, REGION, owner]).toString())
  }
}
