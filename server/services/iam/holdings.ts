import { RowForged } from '#kernel/sealing/row-mac'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './authorization-details.sql.ts'
import type { InlinePolicy } from './inline.ts'
import { awsManagedByKey } from './model/aws-managed.ts'
import { REGION } from './model/identity.ts'
import type { Page } from './model/page.ts'
import { pageKey, type PolicyVersion } from './policies.ts'
import { attachmentRow, check, groupRow, inlineRow, memberRow, policyRow, versionRow } from './rows.ts'

export type Holder = 'user' | 'group' | 'role'

/** An attached policy, as lists name it. */
export interface Attached {
  readonly name: string
  readonly arn: string
}

/**
 * What the entities of a page have, within one unit of work: one statement for all of them, in place of one for each. The page
 * is that of `Users`, `Groups`, `Roles` or `Policies`, with exactly so many entries. Answers go by the ids of the entities. Every
 * row is checked, and what is missing is an error.
 */
export class Holdings {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** In the order of their names, as all that follow. */
  async inline(holder: Holder, page: Page): Promise<ReadonlyMap<string, readonly InlinePolicy[]>> {
    const rows = await this.#unit.all<sql.HeldInline>(sql.inline[holder], { ...this.#here, ...page })
    return grouped(rows, ({ owner, name, document, mac }) => {
      check(this.#vault, inlineRow(this.#here.account, owner, name, document), mac)
      return [owner, { name, document }]
    })
  }

  async attached(holder: Holder, page: Page): Promise<ReadonlyMap<string, readonly Attached[]>> {
    const rows = await this.#unit.all<sql.HeldPolicy>(sql.attached[holder], { ...this.#here, ...page })
    const held = rows
      .map((row) => ({ owner: row.owner, ...this.#attachedOf(row) }))
      .sort((a, b) => (pageKey(a) < pageKey(b) ? -1 : 1))
    return grouped(held, ({ owner, name, arn }) => [owner, { name, arn }])
  }

  /** The names of the groups that users are in. */
  async groups(page: Page): Promise<ReadonlyMap<string, readonly string[]>> {
    const { account } = this.#here
    const rows = await this.#unit.all<sql.HeldGroup>(sql.groupsOfUsers, { ...this.#here, ...page })
    return grouped(rows, ({ member, of_group, member_mac, id, name, path, mac }) => {
      check(this.#vault, memberRow(account, member, of_group), member_mac)
      if (id === null || name === null || path === null) {
        throw new RowForged(`the group ${of_group} of user ${member} is missing`)
      }
      check(this.#vault, groupRow(account, { id, name, path }), mac)
      return [member, name]
    })
  }

  /** The versions of policies, the newest first. */
  async versions(page: Page): Promise<ReadonlyMap<string, readonly PolicyVersion[]>> {
    const rows = await this.#unit.all<sql.HeldVersion>(sql.versionsOfPolicies, { ...this.#here, ...page })
    return grouped(rows, ({ policy, version, document, created_at, mac }) => {
      check(this.#vault, versionRow(this.#here.account, policy, version, document), mac)
      return [policy, { version, document, createdAt: created_at }]
    })
  }

  #attachedOf(row: sql.HeldPolicy): Attached & { readonly ofAws: boolean } {
    const { account } = this.#here
    const { owner, policy_key, attachment_mac, id, name, arn, default_version } = row
    const theirs = awsManagedByKey.get(policy_key)
    if (theirs !== undefined) {
      check(this.#vault, attachmentRow(account, owner, theirs.id), attachment_mac)
      return { name: theirs.name, arn: theirs.arn, ofAws: true }
    }
    if (id === null || name === null || arn === null || default_version === null) {
      throw new RowForged(`the policy ${policy_key} of ${owner} is missing`)
    }
    check(this.#vault, attachmentRow(account, owner, id), attachment_mac)
    check(this.#vault, policyRow(account, { ...row, id, arn, default_version }), row.mac)
    return { name, arn, ofAws: false }
  }
}

function grouped<Row, Held>(rows: readonly Row[], read: (row: Row) => readonly [string, Held]): Map<string, Held[]> {
  const found = new Map<string, Held[]>()
  for (const row of rows) {
    const [owner, held] = read(row)
    const one = found.get(owner)
    if (one === undefined) found.set(owner, [held])
    else one.push(held)
  }
  return found
}
