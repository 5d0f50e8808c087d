import { RowForged } from '#kernel/sealing/row-mac'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './groups.sql.ts'
import { groupArn, nameKey, REGION } from './model/identity.ts'
import type { Page } from './model/page.ts'
import { check, groupRow, macOf, memberRow } from './rows.ts'
import { countIn } from './users.ts'

/** A group of an account. */
export interface Group {
  readonly name: string
  readonly path: string
  readonly arn: string
  /** AGPA…: never given to another group. */
  readonly id: string
  readonly createdAt: number
}

/** The groups of one account and who is in them, within one unit of work. */
export class Groups {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }
  readonly #found = new Map<string, Promise<Group | undefined>>()

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** The group of exactly this spelling; in a write unit its row is locked. Asked once in a unit. */
  find(name: string): Promise<Group | undefined> {
    let found = this.#found.get(name)
    if (found === undefined) {
      found = this.findAnyCase(name).then((group) => (group?.name === name ? group : undefined))
      this.#found.set(name, found)
    }
    return found
  }

  /** The group that has the name in any spelling: a new one may not take it. */
  async findAnyCase(name: string): Promise<Group | undefined> {
    const query = this.#unit.effect === 'write' ? sql.lockGroup : sql.findGroup
    const row = await this.#unit.get<sql.GroupRow>(query, { ...this.#here, key: nameKey(name) })
    return row && this.#groupOf(row)
  }

  async count(): Promise<number> {
    return countIn(await this.#unit.get(sql.countGroups, this.#here))
  }

  /** A page in the order of the names, and one group more when there are more. */
  async page({ after, limit }: Page, prefix: string): Promise<Group[]> {
    const rows = await this.#unit.all<sql.GroupRow>(sql.pageGroups, { ...this.#here, after, prefix, limit: limit + 1 })
    return rows.map((row) => this.#groupOf(row))
  }

  async add(group: Group): Promise<void> {
    const { id, name, path, createdAt: now } = group
    const mac = macOf(this.#vault, groupRow(this.#here.account, group))
    await this.#unit.run(sql.putGroup, { ...this.#here, key: nameKey(name), id, name, path, now, mac })
    this.#changed()
  }

  async rename({ id }: Group, name: string, path: string): Promise<void> {
    const mac = macOf(this.#vault, groupRow(this.#here.account, { id, name, path }))
    await this.#unit.run(sql.renameGroup, { ...this.#here, id, key: nameKey(name), name, path, mac })
    this.#changed()
  }

  async remove(id: string): Promise<void> {
    await this.#unit.run(sql.deleteGroup, { ...this.#here, id })
    this.#changed()
  }

  /** Puts a user (by id) into a group; twice is as once. */
  async join(member: string, { id }: Group): Promise<void> {
    const mac = macOf(this.#vault, memberRow(this.#here.account, member, id))
    await this.#unit.run(sql.join, { ...this.#here, member, of_group: id, mac })
    this.#changed()
  }

  /** Whether the user was in the group. */
  async leave(member: string, { id }: Group): Promise<boolean> {
    this.#changed()
    return (await this.#unit.run(sql.leave, { ...this.#here, member, of_group: id })) > 0
  }

  /** The groups that a user (by id) is in, in the order of their names. */
  async of(member: string): Promise<Group[]> {
    const { account } = this.#here
    const rows = await this.#unit.all<sql.MembershipRow>(sql.groupsOf, { ...this.#here, member })
    const groups = rows.map(({ of_group, member_mac, id, name, path, created_at, mac }) => {
      check(this.#vault, memberRow(account, member, of_group), member_mac)
      // A group that is not there may have held a Deny.
      if (id === null || name === null || path === null || created_at === null || mac === null) {
        throw new RowForged(`the group ${of_group} of user ${member} is missing`)
      }
      return this.#groupOf({ id, name, path, created_at, mac })
    })
    return groups.sort((a, b) => (nameKey(a.name) < nameKey(b.name) ? -1 : 1))
  }

  /** A page of the groups that a user (by id) is in, in the order of the names, and one group more when there are more. */
  async pageOf(member: string, { after, limit }: Page): Promise<Group[]> {
    const parameters = { ...this.#here, member, after, limit: limit + 1 }
    const rows = await this.#unit.all<sql.GroupRow>(sql.pageGroupsOf, parameters)
    return rows.map((row) => this.#groupOf(row))
  }

  /** How many groups a user (by id) is in. */
  async countOf(member: string): Promise<number> {
    return countIn(await this.#unit.get(sql.countGroupsOf, { ...this.#here, member }))
  }

  /** Ids of the users in a group. */
  async members({ id }: Group): Promise<string[]> {
    const rows = await this.#unit.all<{ member: string }>(sql.membersOf, { ...this.#here, of_group: id })
    return rows.map(({ member }) => member)
  }

  async countMembers({ id }: Group): Promise<number> {
    return countIn(await this.#unit.get(sql.countMembers, { ...this.#here, of_group: id }))
  }

  #changed(): void {
    this.#found.clear()
    this.#unit.touch('iam')
  }

  #groupOf(row: sql.GroupRow): Group {
    const { account } = this.#here
    check(this.#vault, groupRow(account, row), row.mac)
    const { name, path, id, created_at } = row
    return { name, path, arn: groupArn(account, path, name), id, createdAt: created_at }
  }
}
