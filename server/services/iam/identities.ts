import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { parseArn } from '#kernel/values/arn'
import { awsManaged } from './model/aws-managed.ts'
import { providerArn, REGION } from './model/identity.ts'
import { StoredPrincipals } from './policy-principals.ts'
import type { AssumableRole, Identities, OidcProvider, PolicyPrincipals } from './port.ts'
import { Roles, trustOf } from './roles.ts'
import { check, providerRow } from './rows.ts'
import * as sql from './store.sql.ts'

/** IAM as other services see it, in all accounts of the deployment and one unit of work. See port.ts. */
export class StoredIdentities implements Identities {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #principals: StoredPrincipals

  constructor(unit: Unit, vault: Vault, anyAccount: boolean) {
    this.#unit = unit
    this.#vault = vault
    this.#principals = new StoredPrincipals(unit, vault, anyAccount)
  }

  get principals(): PolicyPrincipals {
    return this.#principals
  }

  async accountOf(id: string): Promise<string | undefined> {
    return (await this.#unit.get<sql.KeyRow>(sql.findKey, { id }))?.account
  }

  async role(arn: string): Promise<AssumableRole | undefined> {
    const parsed = parseArn(arn)
    if (parsed?.service !== 'iam' || !parsed.resource.startsWith('role/')) return undefined
    const name = parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1)
    const role = await new Roles(this.#unit, parsed.account, this.#vault).find(name)
    // Path and spelling count.
    if (role?.arn !== arn) return undefined
    const { account, id, tags, maxSession } = role
    return { account, id, name, arn, tags, trust: trustOf(role), maxSession }
  }

  async provider(account: string, url: string): Promise<OidcProvider | undefined> {
    const row = await this.#unit.get<sql.ProviderRow>(sql.findProvider, { account, region: REGION, url })
    if (row === undefined) return undefined
    check(this.#vault, providerRow(account, row), row.mac)
    return {
      arn: providerArn(account, url),
      url,
      clientIds: JSON.parse(row.client_ids) as string[],
      thumbprints: (JSON.parse(row.thumbprints) as string[]).map((each) => each.toLowerCase()),
    }
  }

  async hasManagedPolicy(account: string, arn: string): Promise<boolean> {
    if (awsManaged.has(arn)) return true
    return (await this.#unit.get(sql.boundaryOf, { account, region: REGION, arn })) !== undefined
  }

  hasAccount(account: string): Promise<boolean> {
    return this.#principals.hasAccount(account)
  }
}
