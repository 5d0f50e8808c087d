import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import type { GroupRow } from './groups.sql.ts'
import { nameKey, REGION } from './model/identity.ts'
import { invalid } from './model/refusals.ts'
import * as sql from './policies.sql.ts'
import type { RoleRow } from './roles.sql.ts'
import { check, groupRow, roleRow, userRow } from './rows.ts'
import type { UserRow } from './store.sql.ts'

/** Who can use a managed policy, in the order of the list. */
export const ENTITY_KINDS = ['group', 'role', 'user'] as const
export type EntityKind = (typeof ENTITY_KINDS)[number]

/** A user, group or role that uses a policy. */
export interface PolicyEntity {
  readonly kind: EntityKind
  readonly name: string
  readonly id: string
}

/** Which entities are meant. */
export interface AskedEntities {
  readonly kinds: readonly EntityKind[]
  /** It is attached to them, it bounds them. */
  readonly attached: boolean
  readonly bounded: boolean
  /** Path of the entity. */
  readonly prefix: string
  /** `entityKey` of the last one before; '' from the start. */
  readonly after: string
  readonly limit: number
}

/** One marker leads through the three lists: kind and name. */
export function entityKey({ kind, name }: PolicyEntity): string {
  return `${kind}:${nameKey(name)}`
}

/** The entities of an account that use a policy, at most one more than `limit`. Throws ValidationError for a foreign marker. */
export async function entitiesUsing(
  unit: Unit,
  vault: Vault,
  account: string,
  policy: { readonly key: string; readonly arn: string },
  { kinds, attached, bounded, prefix, after, limit }: AskedEntities,
): Promise<PolicyEntity[]> {
  const [from, key = ''] = after.split(':')
  if (after !== '' && (!ENTITY_KINDS.some((kind) => kind === from) || key === '')) throw invalid('Invalid Marker.')
  const found: PolicyEntity[] = []
  for (const kind of ENTITY_KINDS) {
    if (!kinds.includes(kind) || kind < (from as string) || found.length > limit) continue
    const common = { account, region: REGION, prefix, key: policy.key, attached: attached ? 1 : 0 }
    const page = { ...common, after: kind === from ? key : '', limit: limit + 1 - found.length }
    const rows = await rowsOf(unit, vault, kind, page, { bounded: bounded ? 1 : 0, arn: policy.arn })
    found.push(...rows.map(({ name, id }) => ({ kind, name, id })))
  }
  return found
}

/** The rows, checked. */
async function rowsOf(
  unit: Unit,
  vault: Vault,
  kind: EntityKind,
  page: { readonly account: string } & Readonly<Record<string, string | number>>,
  boundary: { readonly bounded: number; readonly arn: string },
): Promise<readonly { readonly name: string; readonly id: string }[]> {
  const { account } = page
  if (kind === 'group') {
    const groups = await unit.all<GroupRow>(sql.groupsOf, page)
    for (const row of groups) check(vault, groupRow(account, row), row.mac)
    return groups
  }
  if (kind === 'role') {
    const roles = await unit.all<RoleRow>(sql.rolesOf, { ...page, ...boundary })
    for (const row of roles) check(vault, roleRow(account, row), row.mac)
    return roles
  }
  const users = await unit.all<UserRow>(sql.usersOf, { ...page, ...boundary })
  for (const row of users) check(vault, userRow(account, row), row.mac)
  return users
}
