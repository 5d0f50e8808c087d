import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { AWS_KEY, type AwsManagedPolicy, awsManaged, awsManagedByKey } from './model/aws-managed.ts'
import { nameKey, policyNameIn, REGION } from './model/identity.ts'
import type { Page } from './model/page.ts'
import * as own from './policies.sql.ts'
import { type AskedEntities, entitiesUsing, type PolicyEntity } from './policy-use.ts'
import { attachmentRow, check, macOf, policyRow, versionRow } from './rows.ts'
import * as sql from './store.sql.ts'
import { countIn, tagsIn, tagsText } from './users.ts'

/** A managed policy: of an account, or of AWS, which every account has. */
export interface ManagedPolicy {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly description: string | undefined
  readonly tags: ReadonlyMap<string, string>
  /** 1 is `v1`. */
  readonly defaultVersion: number
  /** The highest version that there ever was: numbers are not given twice. */
  readonly lastVersion: number
  readonly createdAt: number
  readonly updatedAt: number
  /** Entities of the account that it is attached to, entities that it bounds. */
  readonly attachments: number
  readonly boundaries: number
  /** One of AWS's own: nobody can change it. */
  readonly ofAws: boolean
}

export type NewPolicy = Pick<ManagedPolicy, 'name' | 'path' | 'id' | 'arn' | 'description' | 'tags' | 'createdAt'>

export interface PolicyVersion {
  readonly version: number
  readonly document: string
  readonly createdAt: number
}

/** What lists of managed policies are sorted by, and their markers hold: the name; AWS's policy comes after a namesake. */
export function pageKey({ name, ofAws }: Pick<ManagedPolicy, 'name' | 'ofAws'>): string {
  // A blank comes before all that a name can have.
  return ofAws ? `${nameKey(name)} aws` : nameKey(name)
}

/** How attachments name the policy. */
export function attachmentKey({ name, ofAws }: Pick<ManagedPolicy, 'name' | 'ofAws'>): string {
  return ofAws ? AWS_KEY + nameKey(name) : nameKey(name)
}

/**
 * The managed policies of one account, those of AWS too, and what they are attached to, within one unit of work. A policy
 * whose row was changed from outside is an error wherever it is read.
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

  /** The policy of exactly this ARN, also one of AWS; in a write unit its row is locked. Asked once in a unit. */
  find(arn: string): Promise<ManagedPolicy | undefined> {
    let found = this.#found.get(arn)
    if (found === undefined) {
      const named = policyNameIn(arn)
      if (named?.account === 'aws') found = this.#findOfAws(arn)
      else if (named?.account !== this.#here.account) found = Promise.resolve(undefined)
      else found = this.findByName(named.name).then((policy) => (policy?.arn === arn ? policy : undefined))
      this.#found.set(arn, found)
    }
    return found
  }

  /** The account's own policy that has the name in any spelling. */
  async findByName(name: string): Promise<ManagedPolicy | undefined> {
    if (this.#unit.effect === 'write') await this.#unit.get(sql.lockPolicy, { ...this.#here, key: nameKey(name) })
    const row = await this.#unit.get<sql.PolicyRow>(sql.findPolicy, { ...this.#here, key: nameKey(name) })
    return row && this.#policyOf(row)
  }

  /** How many the account has of its own. */
  async count(): Promise<number> {
    return countIn(await this.#unit.get(sql.countPolicies, this.#here))
  }

  /** A page of the account's own policies. */
  async page({ after, limit }: Page, prefix: string): Promise<ManagedPolicy[]> {
    const rows = await this.#unit.all<sql.PolicyRow>(sql.pagePolicies, {
      ...this.#here,
      after,
      prefix,
      limit: limit + 1,
    })
    return rows.map((row) => this.#policyOf(row))
  }

  /** All policies of AWS, in the order of their page keys, with how often the account uses them. */
  async ofAws(): Promise<ManagedPolicy[]> {
    const attachments = await this.#uses(own.awsAttachments)
    const boundaries = await this.#uses(own.awsBoundaries)
    const policies = Array.from(awsManaged.values(), (policy) =>
      policyOfAws(policy, attachments.get(AWS_KEY + nameKey(policy.name)), boundaries.get(policy.arn)),
    )
    return policies.sort((a, b) => (pageKey(a) < pageKey(b) ? -1 : 1))
  }

  /** Adds the policy with its first version. */
  async add(policy: NewPolicy, document: string): Promise<void> {
    const { name, path, id, arn, createdAt: now } = policy
    const { account } = this.#here
    const description = policy.description ?? null
    const tags = tagsText(policy.tags)
    const version = 1
    const authentic = policyRow(account, { id, arn, tags, default_version: version, last_version: version })
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
      mac: macOf(this.#vault, authentic),
    })
    await this.#putVersion(id, { version, document, createdAt: now })
    this.#changed()
  }

  /** Writes what can change of an account's policy: default and last version, tags, `updatedAt`. */
  async save({ id, arn, tags, defaultVersion, lastVersion, updatedAt }: ManagedPolicy): Promise<void> {
    const text = tagsText(tags)
    const row = { id, arn, tags: text, default_version: defaultVersion, last_version: lastVersion }
    await this.#unit.run(own.changePolicy, {
      ...this.#here,
      id,
      version: defaultVersion,
      last: lastVersion,
      tags: text,
      now: updatedAt,
      mac: macOf(this.#vault, policyRow(this.#here.account, row)),
    })
    this.#changed()
  }

  async remove({ id, name }: ManagedPolicy): Promise<void> {
    await this.#unit.run(sql.deleteVersions, { ...this.#here, policy: id })
    await this.#unit.run(sql.deletePolicy, { ...this.#here, key: nameKey(name) })
    this.#changed()
  }

  /** One version; those of AWS have one. */
  async version(policy: ManagedPolicy, version: number): Promise<PolicyVersion | undefined> {
    if (policy.ofAws) return versionsOfAws(policy).find((one) => one.version === version)
    const row = await this.#unit.get<sql.VersionRow>(sql.findVersion, { ...this.#here, policy: policy.id, version })
    return row && this.#versionOf(policy, row)
  }

  /** All versions, the newest first. */
  async versions(policy: ManagedPolicy): Promise<readonly PolicyVersion[]> {
    if (policy.ofAws) return versionsOfAws(policy)
    const rows = await this.#unit.all<sql.VersionRow>(own.versionsOf, { ...this.#here, policy: policy.id })
    return rows.map((row) => this.#versionOf(policy, row))
  }

  async countVersions(policy: string): Promise<number> {
    return countIn(await this.#unit.get(sql.countVersions, { ...this.#here, policy }))
  }

  /** Versions of all policies of the account. */
  async countAllVersions(): Promise<number> {
    return countIn(await this.#unit.get(own.countAllVersions, this.#here))
  }

  /** Adds a version of the next number; answers the policy as it is then. */
  async addVersion(policy: ManagedPolicy, document: string, isDefault: boolean, now: number): Promise<ManagedPolicy> {
    const version = policy.lastVersion + 1
    await this.#putVersion(policy.id, { version, document, createdAt: now })
    const defaultVersion = isDefault ? version : policy.defaultVersion
    const changed = { ...policy, defaultVersion, lastVersion: version, updatedAt: now }
    await this.save(changed)
    return changed
  }

  async removeVersion({ id }: ManagedPolicy, version: number): Promise<void> {
    await this.#unit.run(own.deleteVersion, { ...this.#here, policy: id, version })
    this.#changed()
  }

  /** Attaching twice is as attaching once. */
  async attach(owner: string, policy: ManagedPolicy): Promise<void> {
    const mac = macOf(this.#vault, attachmentRow(this.#here.account, owner, policy.id))
    await this.#unit.run(sql.attach, { ...this.#here, owner, key: attachmentKey(policy), mac })
    this.#changed()
  }

  /** Whether it was attached. */
  async detach(owner: string, policy: ManagedPolicy): Promise<boolean> {
    this.#changed()
    return (await this.#unit.run(sql.detach, { ...this.#here, owner, key: attachmentKey(policy) })) > 0
  }

  async countAttached(owner: string): Promise<number> {
    return countIn(await this.#unit.get(sql.countAttached, { ...this.#here, owner }))
  }

  /** What is attached to a user, group or role, in the order of the page keys. An entity has few. */
  async attachedPage(owner: string, { after, limit }: Page, prefix: string): Promise<ManagedPolicy[]> {
    const rows = await this.#unit.all<sql.PolicyRow & { policy_key: string }>(sql.attachedTo, { ...this.#here, owner })
    return rows
      .flatMap((row) => this.#attachedPolicy(row))
      .filter((policy) => policy.path.startsWith(prefix) && pageKey(policy) > after)
      .sort((a, b) => (pageKey(a) < pageKey(b) ? -1 : 1))
      .slice(0, limit + 1)
  }

  /** Users, groups and roles of the account that use the policy. */
  entities(policy: ManagedPolicy, asked: AskedEntities): Promise<PolicyEntity[]> {
    const { arn } = policy
    return entitiesUsing(this.#unit, this.#vault, this.#here.account, { key: attachmentKey(policy), arn }, asked)
  }

  #attachedPolicy(row: sql.PolicyRow & { policy_key: string }): ManagedPolicy[] {
    const theirs = awsManagedByKey.get(row.policy_key)
    if (theirs !== undefined) return [policyOfAws(theirs)]
    return row.id === null ? [] : [this.#policyOf(row)]
  }

  async #findOfAws(arn: string): Promise<ManagedPolicy | undefined> {
    const policy = awsManaged.get(arn)
    if (policy === undefined) return undefined
    return (await this.ofAws()).find((one) => one.arn === arn)
  }

  async #uses(query: typeof own.awsAttachments): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#unit.all<own.UseRow>(query, this.#here)
    return new Map(rows.map(({ policy, count }) => [policy, Number(count)]))
  }

  async #putVersion(policy: string, { version, document, createdAt: now }: PolicyVersion): Promise<void> {
    const mac = macOf(this.#vault, versionRow(this.#here.account, policy, version, document))
    await this.#unit.run(sql.putVersion, { ...this.#here, policy, version, document, now, mac })
  }

  #changed(): void {
    this.#found.clear()
    this.#unit.touch('iam')
  }

  #policyOf(row: sql.PolicyRow): ManagedPolicy {
    check(this.#vault, policyRow(this.#here.account, row), row.mac)
    return {
      name: row.name,
      path: row.path,
      id: row.id,
      arn: row.arn,
      description: row.description ?? undefined,
      tags: tagsIn(row.tags),
      defaultVersion: row.default_version,
      lastVersion: row.last_version ?? row.default_version,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      attachments: Number(row.attachments),
      boundaries: Number(row.boundaries),
      ofAws: false,
    }
  }

  #versionOf(policy: ManagedPolicy, { version, document, created_at, mac }: sql.VersionRow): PolicyVersion {
    check(this.#vault, versionRow(this.#here.account, policy.id, version, document), mac)
    return { version, document, createdAt: created_at }
  }
}

/** When AWS first had managed policies; those of AWS say so, since when ours were written tells nobody anything. */
const LONG_AGO = Date.UTC(2015, 1, 6, 18, 39)

function policyOfAws(policy: AwsManagedPolicy, attachments = 0, boundaries = 0): ManagedPolicy {
  const { name, path, id, arn, description } = policy
  return {
    ...{ name, path, id, arn, description, tags: new Map(), attachments, boundaries, ofAws: true },
    ...{ defaultVersion: 1, lastVersion: 1, createdAt: LONG_AGO, updatedAt: LONG_AGO },
  }
}

function versionsOfAws({ arn }: ManagedPolicy): readonly PolicyVersion[] {
  const document = awsManaged.get(arn)?.document
  return document === undefined ? [] : [{ version: 1, document, createdAt: LONG_AGO }]
}
