import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './logins.sql.ts'
import { REGION } from './model/identity.ts'
import type { PasswordRules } from './model/password.ts'
import { check, macOf, passwordPolicyRow } from './rows.ts'

/** The password policy of one account, within one unit of work. */
export class PasswordPolicies {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** Undefined: the account has none of its own, see `conforms`. */
  async find(): Promise<PasswordRules | undefined> {
    const row = await this.#unit.get<{ settings: string; mac: Uint8Array }>(sql.findPasswordRules, this.#here)
    if (row === undefined) return undefined
    check(this.#vault, passwordPolicyRow(this.#here.account, row.settings), row.mac)
    return JSON.parse(row.settings) as PasswordRules
  }

  async put(rules: PasswordRules): Promise<void> {
    const settings = JSON.stringify(rules)
    const mac = macOf(this.#vault, passwordPolicyRow(this.#here.account, settings))
    await this.#unit.run(sql.putPasswordRules, { ...this.#here, settings, mac })
    this.#unit.touch('iam')
  }

  /** Whether there was one. */
  async remove(): Promise<boolean> {
    this.#unit.touch('iam')
    return (await this.#unit.run(sql.deletePasswordRules, this.#here)) > 0
  }
}
