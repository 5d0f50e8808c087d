import { type Compiled, compile, standing } from '#kernel/authorization/policy'
import { RowForged } from '#kernel/sealing/row-mac'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { Documents } from './documents.ts'
import { Groups } from './groups.ts'
import { AWS_KEY, awsManaged, awsManagedByKey } from './model/aws-managed.ts'
import { REGION, rootArn } from './model/identity.ts'
import type { Principal } from './port.ts'
import { Roles } from './roles.ts'
import { attachmentRow, check, inlineRow, policyRow, versionRow } from './rows.ts'
import * as sql from './store.sql.ts'
import { Users } from './users.ts'

const NO_TAGS: ReadonlyMap<string, string> = new Map()

/** Denies everything: what a boundary is when its policy is gone. Nobody may gain by that. */
const NOTHING = compile('{"Version":"2012-10-17","Statement":[]}')

/** Reads a principal with all that decides for it. Every row that counts is checked: one changed from outside is an error. */
export class PrincipalReader {
  readonly #vault: Vault
  readonly #documents = new Documents()

  constructor(vault: Vault) {
    this.#vault = vault
  }

  /** The principal of that unique id (the account id for root); undefined when there is none. */
  async read(unit: Unit, account: string, id: string): Promise<Principal | undefined> {
    if (id === account) return { ...root(account) }
    return id.startsWith('AROA') ? this.#role(unit, account, id) : this.#user(unit, account, id)
  }

  /** The default version of a managed policy. */
  async managed(unit: Unit, account: string, arn: string): Promise<Compiled | undefined> {
    const own = awsManaged.get(arn)
    if (own !== undefined) return this.#placed(own.document, 'managed', arn, '')
    const row = await unit.get<sql.DefaultRow>(sql.boundaryOf, { account, region: REGION, arn })
    return row && this.#ofPolicy(account, row, 'managed', '')
  }

  /** What is attached to a group, and its inline policies. */
  ofGroup(unit: Unit, account: string, group: { readonly id: string; readonly name: string }): Promise<Compiled[]> {
    return this.#policies(unit, account, group.id, `group/${group.name}`)
  }

  async #user(unit: Unit, account: string, id: string): Promise<Principal | undefined> {
    const user = await new Users(unit, account, this.#vault).findById(id)
    if (user === undefined) return undefined
    const groups = await new Groups(unit, account, this.#vault).of(id)
    const policies = await this.#policies(unit, account, id, `user/${user.name}`)
    for (const group of groups) {
      policies.push(...(await this.#policies(unit, account, group.id, `group/${group.name}`)))
    }
    const { name, arn, tags } = user
    const boundary = await this.#boundary(unit, account, user.boundary, `user/${name}`)
    return { kind: 'user', account, id, name, arn, tags, policies, boundary }
  }

  async #role(unit: Unit, account: string, id: string): Promise<Principal | undefined> {
    const role = await new Roles(unit, account, this.#vault).findById(id)
    if (role === undefined) return undefined
    const { name, arn, tags } = role
    const policies = await this.#policies(unit, account, id, `role/${name}`)
    const boundary = await this.#boundary(unit, account, role.boundary, `role/${name}`)
    return { kind: 'role', account, id, name, arn, tags, policies, boundary }
  }

  /** Inline and attached policies of a user, group or role. */
  async #policies(unit: Unit, account: string, owner: string, holder: string): Promise<Compiled[]> {
    const here = { account, region: REGION }
    const inline = await unit.all<sql.InlineRow>(sql.inlineOf, { ...here, owner })
    const attached = await unit.all<sql.AttachedRow>(sql.attachedOf, { ...here, owner })
    return [
      ...inline.map((row) => this.#ofInline(account, owner, holder, row)),
      ...attached.map((row) => this.#ofAttached(account, owner, holder, row)),
    ]
  }

  async #boundary(unit: Unit, account: string, arn: string | undefined, holder: string): Promise<Compiled | undefined> {
    if (arn === undefined) return undefined
    const own = awsManaged.get(arn)
    if (own !== undefined) return this.#placed(own.document, 'boundary', arn, holder)
    const row = await unit.get<sql.DefaultRow>(sql.boundaryOf, { account, region: REGION, arn })
    return row === undefined ? NOTHING : this.#ofPolicy(account, row, 'boundary', holder)
  }

  #ofInline(account: string, owner: string, holder: string, { name, document, mac }: sql.InlineRow): Compiled {
    check(this.#vault, inlineRow(account, owner, name, document), mac)
    return this.#placed(document, 'inline', name, holder)
  }

  #ofAttached(account: string, owner: string, holder: string, row: sql.AttachedRow): Compiled {
    const own = row.policy_key.startsWith(AWS_KEY) ? awsManagedByKey.get(row.policy_key) : undefined
    if (own !== undefined) {
      check(this.#vault, attachmentRow(account, owner, own.id), row.attachment_mac)
      return this.#placed(own.document, 'managed', own.arn, holder)
    }
    // A policy that is attached and not there may have been a Deny.
    if (row.id === null) throw new RowForged(`the policy ${row.policy_key} of ${holder} is missing`)
    check(this.#vault, attachmentRow(account, owner, row.id), row.attachment_mac)
    return this.#ofPolicy(account, row, 'managed', holder)
  }

  #ofPolicy(account: string, row: sql.DefaultRow, kind: 'managed' | 'boundary', holder: string): Compiled {
    const { id, document } = row
    if (id === null || document === null) throw new RowForged(`the default version of ${row.arn} is missing`)
    check(this.#vault, policyRow(account, { ...row, id }), row.policy_mac)
    check(this.#vault, versionRow(account, id, row.default_version, document), row.version_mac)
    return this.#placed(document, kind, row.arn, holder)
  }

  #placed(document: string, kind: 'managed' | 'boundary' | 'inline', id: string, holder: string): Compiled {
    return standing(this.#documents.of(document), { kind, id, holder })
  }
}

function root(account: string): Principal {
  return {
    kind: 'root',
    account,
    id: account,
    name: '',
    arn: rootArn(account),
    tags: NO_TAGS,
    policies: [],
    boundary: undefined,
  }
}
