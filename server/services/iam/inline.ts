import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { nameKey, REGION } from './model/identity.ts'
import type { Page } from './model/page.ts'
import { inlineRow, macOf } from './rows.ts'
import * as sql from './store.sql.ts'

/** An inline policy; its name keeps the first spelling. */
export interface InlinePolicy {
  readonly name: string
  readonly document: string
}

/** The inline policies of one account, within one unit of work. `owner`: the unique id of a user, group or role. */
export class InlinePolicies {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** The inline policy of that name in any spelling. */
  find(owner: string, name: string): Promise<InlinePolicy | undefined> {
    return this.#unit.get<InlinePolicy>(sql.findInline, { ...this.#here, owner, key: nameKey(name) })
  }

  page(owner: string, { after, limit }: Page): Promise<InlinePolicy[]> {
    return this.#unit.all<InlinePolicy>(sql.pageInline, { ...this.#here, owner, after, limit: limit + 1 })
  }

  async put(owner: string, name: string, document: string): Promise<void> {
    // The first spelling stays, and is authenticated with the rest.
    const spelled = (await this.find(owner, name))?.name ?? name
    const mac = macOf(this.#vault, inlineRow(this.#here.account, owner, spelled, document))
    await this.#unit.run(sql.putInline, { ...this.#here, owner, key: nameKey(name), name: spelled, document, mac })
    this.#unit.touch('iam')
  }

  /** Whether there was such a policy. */
  async remove(owner: string, name: string): Promise<boolean> {
    this.#unit.touch('iam')
    return (await this.#unit.run(sql.deleteInline, { ...this.#here, owner, key: nameKey(name) })) > 0
  }
}
