import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './instance-profiles.sql.ts'
import { instanceProfileArn, nameKey, REGION } from './model/identity.ts'
import type { Page } from './model/page.ts'
import { check, instanceProfileRow, macOf } from './rows.ts'
import { countIn, tagsIn, tagsText } from './users.ts'

/** An instance profile of an account: what an instance is given to have a role. */
export interface InstanceProfile {
  readonly name: string
  readonly path: string
  readonly arn: string
  /** AIPA…: never given to another instance profile. */
  readonly id: string
  /** Unique id of the role in it. */
  readonly role: string | undefined
  readonly tags: ReadonlyMap<string, string>
  readonly createdAt: number
}

/**
 * The instance profiles of one account, within one unit of work. One whose row was changed from outside is an error
 * wherever it is read.
 */
export class InstanceProfiles {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }
  readonly #found = new Map<string, Promise<InstanceProfile | undefined>>()

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** The profile of exactly this spelling; in a write unit its row is locked. Asked once in a unit. */
  find(name: string): Promise<InstanceProfile | undefined> {
    let found = this.#found.get(name)
    if (found === undefined) {
      found = this.findAnyCase(name).then((profile) => (profile?.name === name ? profile : undefined))
      this.#found.set(name, found)
    }
    return found
  }

  /** The profile that has the name in any spelling: a new one may not take it. */
  async findAnyCase(name: string): Promise<InstanceProfile | undefined> {
    const query = this.#unit.effect === 'write' ? sql.lockProfile : sql.findProfile
    const row = await this.#unit.get<sql.InstanceProfileRow>(query, { ...this.#here, key: nameKey(name) })
    return row && this.#profileOf(row)
  }

  async count(): Promise<number> {
    return countIn(await this.#unit.get(sql.countProfiles, this.#here))
  }

  /** A page in the order of the names, and one profile more when there are more. */
  page({ after, limit }: Page, prefix: string): Promise<InstanceProfile[]> {
    return this.#all(sql.pageProfiles, { after, prefix, limit: limit + 1 })
  }

  /** The profiles that a role (by id) is in, likewise. */
  pageOfRole(role: string, { after, limit }: Page): Promise<InstanceProfile[]> {
    return this.#all(sql.pageProfilesOfRole, { role, after, limit: limit + 1 })
  }

  async add(profile: Omit<InstanceProfile, 'arn'>): Promise<void> {
    const columns = columnsOf(profile)
    const { createdAt: now } = profile
    await this.#unit.run(sql.putProfile, {
      ...this.#here,
      key: nameKey(profile.name),
      ...columns,
      now,
      mac: this.#mac(columns),
    })
    this.#changed()
  }

  /** Writes what can change of a profile: role and tags. */
  async save(profile: InstanceProfile): Promise<void> {
    const columns = columnsOf(profile)
    const { role, tags } = columns
    const key = nameKey(profile.name)
    await this.#unit.run(sql.changeProfile, { ...this.#here, key, role, tags, mac: this.#mac(columns) })
    this.#changed()
  }

  async remove({ name }: InstanceProfile): Promise<void> {
    await this.#unit.run(sql.deleteProfile, { ...this.#here, key: nameKey(name) })
    this.#changed()
  }

  #changed(): void {
    this.#found.clear()
    this.#unit.touch('iam')
  }

  async #all(query: typeof sql.pageProfiles, parameters: Record<string, string | number>): Promise<InstanceProfile[]> {
    const rows = await this.#unit.all<sql.InstanceProfileRow>(query, { ...this.#here, ...parameters })
    return rows.map((row) => this.#profileOf(row))
  }

  #mac(columns: ReturnType<typeof columnsOf>): Buffer {
    return macOf(this.#vault, instanceProfileRow(this.#here.account, columns))
  }

  #profileOf(row: sql.InstanceProfileRow): InstanceProfile {
    const { account } = this.#here
    check(this.#vault, instanceProfileRow(account, row), row.mac)
    const { name, path, id } = row
    return {
      name,
      path,
      arn: instanceProfileArn(account, path, name),
      id,
      role: row.role ?? undefined,
      tags: tagsIn(row.tags),
      createdAt: row.created_at,
    }
  }
}

function columnsOf({ id, name, path, role, tags }: Omit<InstanceProfile, 'arn'>) {
  return { id, name, path, role: role ?? null, tags: tagsText(tags) }
}
