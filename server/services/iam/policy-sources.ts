import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { Groups } from './groups.ts'
import { entityIn } from './model/entity-arn.ts'
import type { Principal } from './port.ts'
import { PrincipalReader } from './principal-reader.ts'
import { Roles } from './roles.ts'
import { Users } from './users.ts'

/** A user, group or role with the policies that decide for it: what a simulation asks. */
export interface PolicySource extends Omit<Principal, 'kind'> {
  readonly kind: 'user' | 'group' | 'role'
}

/** The entities of one account with their policies, within one unit of work. Each is read once. */
export class PolicySources {
  readonly #unit: Unit
  readonly #account: string
  readonly #vault: Vault
  readonly #found = new Map<string, Promise<PolicySource | undefined>>()

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#account = account
    this.#vault = vault
  }

  /** The user, group or role of exactly this ARN; undefined when the account has none. */
  find(arn: string): Promise<PolicySource | undefined> {
    let found = this.#found.get(arn)
    if (found === undefined) {
      found = this.#read(arn)
      this.#found.set(arn, found)
    }
    return found
  }

  async #read(arn: string): Promise<PolicySource | undefined> {
    const named = entityIn(arn)
    if (named === undefined || named.account !== this.#account) return undefined
    const { kind, account, name } = named
    const reader = new PrincipalReader(this.#vault)
    if (kind === 'group') {
      const group = await new Groups(this.#unit, account, this.#vault).find(name)
      if (group?.arn !== arn) return undefined
      const policies = await reader.ofGroup(this.#unit, account, group)
      return { ...{ kind, account, name, arn, policies }, id: group.id, tags: new Map(), boundary: undefined }
    }
    const entities =
      kind === 'user' ? new Users(this.#unit, account, this.#vault) : new Roles(this.#unit, account, this.#vault)
    const entity = await entities.find(name)
    if (entity?.arn !== arn) return undefined
    const principal = await reader.read(this.#unit, account, entity.id)
    if (principal === undefined) return undefined
    const { id, tags, policies, boundary } = principal
    return { kind, account, id, name, arn, tags, policies, boundary }
  }
}
