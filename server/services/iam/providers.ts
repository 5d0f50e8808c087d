import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { providerArn, REGION } from './model/identity.ts'
import * as sql from './providers.sql.ts'
import { check, macOf, providerRow } from './rows.ts'
import { findProvider, type ProviderRow } from './store.sql.ts'
import { countIn, tagsIn, tagsText } from './users.ts'

/** An OIDC provider as its account registered it. */
export interface Provider {
  readonly arn: string
  /** Without the scheme, to the letter. */
  readonly url: string
  readonly clientIds: readonly string[]
  /** Hexadecimal digits as they were given. */
  readonly thumbprints: readonly string[]
  readonly tags: ReadonlyMap<string, string>
  readonly createdAt: number
}

/** The OIDC providers of one account, within one unit of work. */
export class Providers {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** The provider of exactly this URL (without scheme); in a write unit its row is locked. */
  async find(url: string): Promise<Provider | undefined> {
    const query = this.#unit.effect === 'write' ? sql.lockProvider : findProvider
    const row = await this.#unit.get<ProviderRow>(query, { ...this.#here, url })
    return row && this.#providerOf(row)
  }

  /** All of them, in the order of their URLs. */
  async list(): Promise<Provider[]> {
    const rows = await this.#unit.all<ProviderRow>(sql.listProviders, this.#here)
    return rows.map((row) => this.#providerOf(row))
  }

  async count(): Promise<number> {
    return countIn(await this.#unit.get(sql.countProviders, this.#here))
  }

  async add(provider: Omit<Provider, 'arn'>): Promise<void> {
    await this.#unit.run(sql.putProvider, { ...this.#here, ...this.#columns(provider), now: provider.createdAt })
    this.#unit.touch('iam')
  }

  /** Writes client ids, thumbprints and tags. */
  async save(provider: Provider): Promise<void> {
    await this.#unit.run(sql.changeProvider, { ...this.#here, ...this.#columns(provider) })
    this.#unit.touch('iam')
  }

  async remove(url: string): Promise<void> {
    await this.#unit.run(sql.deleteProvider, { ...this.#here, url })
    this.#unit.touch('iam')
  }

  #columns({ url, clientIds, thumbprints, tags }: Omit<Provider, 'arn'>) {
    const columns = {
      url,
      client_ids: JSON.stringify(clientIds),
      thumbprints: JSON.stringify(thumbprints),
      tags: tagsText(tags),
    }
    return { ...columns, mac: macOf(this.#vault, providerRow(this.#here.account, columns)) }
  }

  #providerOf(row: ProviderRow): Provider {
    const { account } = this.#here
    check(this.#vault, providerRow(account, row), row.mac)
    return {
      arn: providerArn(account, row.url),
      url: row.url,
      clientIds: JSON.parse(row.client_ids) as string[],
      thumbprints: JSON.parse(row.thumbprints) as string[],
      tags: tagsIn(row.tags),
      createdAt: row.created_at,
    }
  }
}
