import { type Compiled, compileTrust, standing } from '#kernel/authorization/policy'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { nameKey, REGION, roleArn } from './model/identity.ts'
import type { Page } from './model/page.ts'
import { check, macOf, roleRow } from './rows.ts'
import * as sql from './roles.sql.ts'
import { countIn, tagsIn, tagsText } from './users.ts'

/** Seconds that a session may last when the role says nothing. Source: access.md 3.2. */
export const DEFAULT_SESSION = 3600

/** A role of an account. */
export interface Role {
  readonly account: string
  readonly name: string
  readonly path: string
  readonly arn: string
  /** AROA…: never given to another role, not even one of the same name. */
  readonly id: string
  readonly description: string | undefined
  /** The trust policy as it was written. */
  readonly trust: string
  /** The unique ids of the principals that the trust policy names, as JSON; see `PolicyPrincipals`. */
  readonly trustPrincipals: string
  /** Seconds. */
  readonly maxSession: number
  /** ARN of the managed policy that bounds the role. */
  readonly boundary: string | undefined
  readonly tags: ReadonlyMap<string, string>
  /** The service that a service-linked role belongs to. */
  readonly linkedService: string | undefined
  readonly createdAt: number
  /** Milliseconds; 0: never. */
  readonly usedAt: number
  readonly usedRegion: string | undefined
}

/** The roles of one account, within one unit of work. A role whose row was changed from outside is an error wherever it is read. */
export class Roles {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }
  readonly #found = new Map<string, Promise<Role | undefined>>()

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** The role of exactly this spelling; in a write unit its row is locked. Asked once in a unit. */
  find(name: string): Promise<Role | undefined> {
    let found = this.#found.get(name)
    if (found === undefined) {
      found = this.findAnyCase(name).then((role) => (role?.name === name ? role : undefined))
      this.#found.set(name, found)
    }
    return found
  }

  /** The role that has the name in any spelling: a new one may not take it. */
  async findAnyCase(name: string): Promise<Role | undefined> {
    const query = this.#unit.effect === 'write' ? sql.lockRole : sql.findRole
    const row = await this.#unit.get<sql.RoleRow>(query, { ...this.#here, key: nameKey(name) })
    return row && this.#roleOf(row)
  }

  async findById(id: string): Promise<Role | undefined> {
    const row = await this.#unit.get<sql.RoleRow>(sql.findRoleById, { ...this.#here, id })
    return row && this.#roleOf(row)
  }

  async count(): Promise<number> {
    return countIn(await this.#unit.get(sql.countRoles, this.#here))
  }

  /** A page in the order of the names, and one role more when there are more. */
  async page({ after, limit }: Page, prefix: string): Promise<Role[]> {
    const rows = await this.#unit.all<sql.RoleRow>(sql.pageRoles, { ...this.#here, after, prefix, limit: limit + 1 })
    return rows.map((row) => this.#roleOf(row))
  }

  /** Whether the role, by its id, is in an instance profile. */
  async isInProfile(id: string): Promise<boolean> {
    return (await this.#unit.get(sql.profileOf, { ...this.#here, id })) !== undefined
  }

  async add(role: Omit<Role, 'account' | 'arn' | 'usedAt' | 'usedRegion'>): Promise<void> {
    const columns = columnsOf(role)
    await this.#unit.run(sql.putRole, {
      ...this.#here,
      key: nameKey(role.name),
      ...columns,
      description: role.description ?? null,
      now: role.createdAt,
      mac: this.#mac(columns),
    })
    this.#changed()
  }

  /** Writes all that can change of a role: description, trust, longest session, boundary, tags. */
  async save(role: Role): Promise<void> {
    const columns = columnsOf(role)
    const { id, trust, trust_principals, max_session, boundary, tags } = columns
    const description = role.description ?? null
    const mac = this.#mac(columns)
    await this.#unit.run(sql.changeRole, {
      ...this.#here,
      ...{ id, description, trust, trust_principals, max_session, boundary, tags, mac },
    })
    this.#changed()
  }

  async remove(id: string): Promise<void> {
    await this.#unit.run(sql.deleteRole, { ...this.#here, id })
    this.#changed()
  }

  #changed(): void {
    this.#found.clear()
    this.#unit.touch('iam')
  }

  #mac(columns: ReturnType<typeof columnsOf>): Buffer {
    return macOf(this.#vault, roleRow(this.#here.account, columns))
  }

  #roleOf(row: sql.RoleRow): Role {
    const { account } = this.#here
    check(this.#vault, roleRow(account, row), row.mac)
    return {
      account,
      name: row.name,
      path: row.path,
      arn: roleArn(account, row.path, row.name),
      id: row.id,
      description: row.description ?? undefined,
      trust: row.trust,
      trustPrincipals: row.trust_principals,
      maxSession: row.max_session,
      boundary: row.boundary ?? undefined,
      tags: tagsIn(row.tags),
      linkedService: row.linked_service ?? undefined,
      createdAt: row.created_at,
      usedAt: row.used_at,
      usedRegion: row.used_region ?? undefined,
    }
  }
}

/** The trust policy of a role as sts:AssumeRole is decided by. */
export function trustOf({ trust, trustPrincipals, arn }: Pick<Role, 'trust' | 'trustPrincipals' | 'arn'>): Compiled {
  const bound = new Map(JSON.parse(trustPrincipals) as [string, string][])
  return standing(compileTrust(trust, bound), { kind: 'resource', id: arn, holder: '' })
}

type Columns = Pick<
  Role,
  'id' | 'name' | 'path' | 'trust' | 'trustPrincipals' | 'maxSession' | 'boundary' | 'tags' | 'linkedService'
>

function columnsOf(role: Columns) {
  return {
    id: role.id,
    name: role.name,
    path: role.path,
    trust: role.trust,
    trust_principals: role.trustPrincipals,
    max_session: role.maxSession,
    boundary: role.boundary ?? null,
    tags: tagsText(role.tags),
    linked_service: role.linkedService ?? null,
  }
}
