import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { nameKey, policyNameIn, REGION } from './model/identity.ts'
import type { Page } from './model/page.ts'
import { attachmentRow, check, macOf, policyRow, versionRow } from './rows.ts'
import * as sql from './store.sql.ts'
import { countIn, tagsIn, tagsText } from './users.ts'

/** A managed policy of an account. */
export interface ManagedPolicy {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly description: string | undefined
  readonly tags: ReadonlyMap<string, string>
  /** 1 is `v1`. */
  readonly defaultVersion: number
  readonly createdAt: number
  readonly updatedAt: number
  /** Entities that it is attached to, entities that it bounds. */
  readonly attachments: number
  readonly boundaries: number
}

export type NewPolicy = Pick<ManagedPolicy, 'name' | 'path' | 'id' | 'arn' | 'description' | 'tags' | 'createdAt'>

export interface PolicyVersion {
  readonly version: number
  readonly document: string
  readonly createdAt: number
}

/**
 * The managed policies of one account and what they are attached to, within one unit of work. A policy whose row was
 * changed from outside is an error wherever it is read.
 */
export class Policies {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #here: { readonly account: string; readonly region: string }
  readonly #found = new Map<string, Promise<ManagedPolicy | undefined>>()

  constructor(unit: Unit, account: string, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
    this.#here = { account, region: REGION }
  }

  /** The policy of exactly this ARN; in a write unit its row is locked. Asked once in a unit. */
  find(arn: string): Promise<ManagedPolicy | undefined> {
    let found = this.#found.get(arn)
    if (found === undefined) {
      const named = policyNameIn(arn)
      found =
        named?.account === this.#here.account
          ? this.findByName(named.name).then((policy) => (policy?.arn === arn ? policy : undefined))
          : Promise.resolve(undefined)
      this.#found.set(arn, found)
    }
    return found
  }

  /** The policy that has the name in any spelling. */
  async findByName(name: string): Promise<ManagedPolicy | undefined> {
    const query = this.#unit.effect === 'write' ? sql.lockPolicy : sql.findPolicy
    const row = await this.#unit.get<sql.PolicyRow>(query, { ...this.#here, key: nameKey(name) })
    return row && this.#policyOf(row)
  }

  async count(): Promise<number> {
    return countIn(await this.#unit.get(sql.countPolicies, this.#here))
  }

  async page({ after, limit }: Page, prefix: string): Promise<ManagedPolicy[]> {
    const rows = await this.#unit.all<sql.PolicyRow>(sql.pagePolicies, {
      ...this.#here,
      after,
      prefix,
      limit: limit + 1,
    })
    return rows.map((row) => this.#policyOf(row))
  }

  /** Adds the policy with its first version. */
  async add(policy: NewPolicy, document: string): Promise<void> {
    const { name, path, id, arn, createdAt: now } = policy
    const { account } = this.#here
    const description = policy.description ?? null
    const tags = tagsText(policy.tags)
    const version = 1
    await this.#unit.run(sql.putPolicy, {
      ...this.#here,
      key: nameKey(name),
      name,
      path,
      id,
      arn,
      description,
      tags,
      version,
      now,
      mac: macOf(this.#vault, policyRow(account, { id, arn, tags, default_version: version })),
    })
    const mac = macOf(this.#vault, versionRow(account, id, version, document))
    await this.#unit.run(sql.putVersion, { ...this.#here, policy: id, version, document, now, mac })
    this.#unit.touch('iam')
  }

  async remove({ id, name }: ManagedPolicy): Promise<void> {
    await this.#unit.run(sql.deleteVersions, { ...this.#here, policy: id })
    await this.#unit.run(sql.deletePolicy, { ...this.#here, key: nameKey(name) })
    this.#unit.touch('iam')
  }

  async version(policy: string, version: number): Promise<PolicyVersion | undefined> {
    const row = await this.#unit.get<sql.VersionRow>(sql.findVersion, { ...this.#here, policy, version })
    return row && { version: row.version, document: row.document, createdAt: row.created_at }
  }

  async countVersions(policy: string): Promise<number> {
    return countIn(await this.#unit.get(sql.countVersions, { ...this.#here, policy }))
  }

  /** Attaching twice is as attaching once. */
  async attach(owner: string, { id, name }: ManagedPolicy): Promise<void> {
    const mac = macOf(this.#vault, attachmentRow(this.#here.account, owner, id))
    await this.#unit.run(sql.attach, { ...this.#here, owner, key: nameKey(name), mac })
    this.#unit.touch('iam')
  }

  /** Whether it was attached. */
  async detach(owner: string, { name }: ManagedPolicy): Promise<boolean> {
    this.#unit.touch('iam')
    return (await this.#unit.run(sql.detach, { ...this.#here, owner, key: nameKey(name) })) > 0
  }

  async countAttached(owner: string): Promise<number> {
    return countIn(await this.#unit.get(sql.countAttached, { ...this.#here, owner }))
  }

  async attachedPage(owner: string, { after, limit }: Page, prefix: string): Promise<ManagedPolicy[]> {
    const rows = await this.#unit.all<sql.PolicyRow>(sql.pageAttached, {
      ...this.#here,
      owner,
      after,
      prefix,
      limit: limit + 1,
    })
    return rows.map((row) => this.#policyOf(row))
  }

  #policyOf(row: sql.PolicyRow): ManagedPolicy {
    check(this.#vault, policyRow(this.#here.account, row), row.mac)
    return policyOf(row)
  }
}

function policyOf(row: sql.PolicyRow): ManagedPolicy {
  return {
    name: row.name,
    path: row.path,
    id: row.id,
    arn: row.arn,
    description: row.description ?? undefined,
    tags: tagsIn(row.tags),
    defaultVersion: row.default_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    attachments: Number(row.attachments),
    boundaries: Number(row.boundaries),
  }
}
