import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './account-aliases.sql.ts'
import { REGION } from './model/identity.ts'
import { aliasRow, check, macOf } from './rows.ts'

/** The alias of one account, within one unit of work. */
export class AccountAliases {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  async find(): Promise<string | undefined> {
    const row = await this.#unit.get<sql.AliasRow>(sql.findAlias, this.#here)
    if (row === undefined) return undefined
    check(this.#vault, aliasRow(this.#here.account, row.alias), row.mac)
    return row.alias
  }

  /** Whether an account of this deployment has the alias. */
  async isTaken(alias: string): Promise<boolean> {
    return (await this.#unit.get(sql.aliasNamed, { alias })) !== undefined
  }

  /** Instead of the one before. */
  async put(alias: string): Promise<void> {
    const mac = macOf(this.#vault, aliasRow(this.#here.account, alias))
    await this.#unit.run(sql.putAlias, { ...this.#here, alias, mac })
    this.#unit.touch('iam')
  }

  /** Whether it was the account's. */
  async remove(alias: string): Promise<boolean> {
    this.#unit.touch('iam')
    return (await this.#unit.run(sql.deleteAlias, { ...this.#here, alias })) > 0
  }
}

/** The account that has the alias; an account's id, and what is nobody's alias, means itself. */
export async function accountCalled(unit: Unit, vault: Vault, name: string): Promise<string> {
  if (/^[0-9]{12}$/.test(name)) return name
  const row = await unit.get<sql.AliasRow>(sql.aliasNamed, { alias: name })
  if (row === undefined) return name
  check(vault, aliasRow(row.account, row.alias), row.mac)
  return row.account
}
