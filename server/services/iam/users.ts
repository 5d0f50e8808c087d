import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { nameKey, REGION, userArn } from './model/identity.ts'
import type { Page } from './model/page.ts'
import { check, macOf, userRow } from './rows.ts'
import * as sql from './store.sql.ts'

/** A user of an account. */
export interface User {
  readonly name: string
  readonly path: string
  readonly arn: string
  /** AIDA…: never given to another user, not even one of the same name. */
  readonly id: string
  readonly tags: ReadonlyMap<string, string>
  /** ARN of the managed policy that bounds the user. */
  readonly boundary: string | undefined
  readonly createdAt: number
}

/**
 * The users of one account, within one unit of work. A user whose row was changed from outside is
 * an error wherever it is read.
 */
export class Users {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }
  readonly #found = new Map<string, Promise<User | undefined>>()

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** The user of exactly this spelling; in a write unit its row is locked. Asked once in a unit. Source: access.md 7, 21. */
  find(name: string): Promise<User | undefined> {
    let found = this.#found.get(name)
    if (found === undefined) {
      found = this.findAnyCase(name).then((user) => (user?.name === name ? user : undefined))
      this.#found.set(name, found)
    }
    return found
  }

  /** The user that has the name in any spelling: a new one may not take it. */
  async findAnyCase(name: string): Promise<User | undefined> {
    const query = this.#unit.effect === 'write' ? sql.lockUser : sql.findUser
    const row = await this.#unit.get<sql.UserRow>(query, { ...this.#here, key: nameKey(name) })
    return row && this.#userOf(row)
  }

  /** The user of that id, whatever its name is now. */
  async findById(id: string): Promise<User | undefined> {
    const query = this.#unit.effect === 'write' ? sql.lockUserById : sql.findUserById
    const row = await this.#unit.get<sql.UserRow>(query, { ...this.#here, id })
    return row && this.#userOf(row)
  }

  async count(): Promise<number> {
    return countIn(await this.#unit.get(sql.countUsers, this.#here))
  }

  /** A page in the order of the names, and one user more when there are more. */
  async page(page: Page, prefix: string): Promise<User[]> {
    const { after, limit } = page
    const rows = await this.#unit.all<sql.UserRow>(sql.pageUsers, { ...this.#here, after, prefix, limit: limit + 1 })
    return rows.map((row) => this.#userOf(row))
  }

  async add(user: User): Promise<void> {
    const columns = columnsOf(user)
    await this.#unit.run(sql.putUser, {
      ...this.#here,
      key: nameKey(user.name),
      ...columns,
      now: user.createdAt,
      mac: this.#mac(columns),
    })
    this.#changed()
  }

  /** A page of the users in a group (by id), in the order of the names, and one user more when there are more. */
  async pageIn(group: string, { after, limit }: Page): Promise<User[]> {
    const parameters = { ...this.#here, of_group: group, after, limit: limit + 1 }
    const rows = await this.#unit.all<sql.UserRow>(sql.pageMembers, parameters)
    return rows.map((row) => this.#userOf(row))
  }

  /** Writes boundary and tags. */
  async save(user: User): Promise<void> {
    const columns = columnsOf(user)
    const { id, boundary, tags } = columns
    await this.#unit.run(sql.changeUser, { ...this.#here, id, boundary, tags, mac: this.#mac(columns) })
    this.#changed()
  }

  async rename(user: User, name: string, path: string): Promise<void> {
    const mac = this.#mac({ ...columnsOf(user), name, path })
    await this.#unit.run(sql.renameUser, { ...this.#here, id: user.id, key: nameKey(name), name, path, mac })
    this.#changed()
  }

  async remove(id: string): Promise<void> {
    await this.#unit.run(sql.deleteUser, { ...this.#here, id })
    this.#changed()
  }

  #changed(): void {
    this.#found.clear()
    this.#unit.touch('iam')
  }

  #mac(columns: ReturnType<typeof columnsOf>): Buffer {
    return macOf(this.#vault, userRow(this.#here.account, columns))
  }

  #userOf(row: sql.UserRow): User {
    check(this.#vault, userRow(this.#here.account, row), row.mac)
    return userOf(this.#here.account, row)
  }
}

function columnsOf({ id, name, path, boundary, tags }: User) {
  return { id, name, path, boundary: boundary ?? null, tags: tagsText(tags) }
}

/** What a count statement answers. */
export function countIn(row: unknown): number {
  return Number((row as { count: number } | undefined)?.count ?? 0)
}

export function tagsText(tags: ReadonlyMap<string, string>): string | null {
  return tags.size === 0 ? null : JSON.stringify([...tags])
}

export function tagsIn(text: string | null): ReadonlyMap<string, string> {
  return new Map(text === null ? [] : (JSON.parse(text) as [string, string][]))
}

function userOf(account: string, row: sql.UserRow): User {
  return {
    name: row.name,
    path: row.path,
    arn: userArn(account, row.path, row.name),
    id: row.id,
    tags: tagsIn(row.tags),
    boundary: row.boundary ?? undefined,
    createdAt: row.created_at,
  }
}
