import assert from 'node:assert/strict'
import { createSecretKey, type KeyObject } from 'node:crypto'
import { ApiError } from '#kernel/error'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { type Soon, when } from '#kernel/values/soon'
import { type KeyPair, openPair } from './asymmetric/pair.ts'
import { keep, type Kept, type KeyCache, keptFor, type Opened, sizeOf, sizeOfKey, touch } from './cache.ts'
import { materialOfKey, missingMaterial } from './cipher.ts'
import { anyGrant, deleteGrants } from './grants.sql.ts'
import { GrantStore } from './grants.ts'
import { deleteImports } from './imports.sql.ts'
import { Materials } from './materials.ts'
import type { Key } from './model/key.ts'
import { deleteUse, trackedSince } from './last-use.sql.ts'
import { isPair, SYMMETRIC } from './model/specs.ts'
import { checkAlias, checkKey, macOfAlias, macOfKey } from './rows.ts'
import * as sql from './store.sql.ts'
import { type Changes, keyOf, rowOf, type StoredKey, type WrittenKey, writtenIn } from './stored.ts'

export type { Material } from './materials.ts'
export type { Changes, StoredKey } from './stored.ts'

/** What is needed to put down a key. */
export type NewKey = WrittenKey

export interface Alias {
  readonly name: string
  readonly keyId: string
  readonly createdAt: number
  readonly updatedAt: number
}

/** Whose keys: an account in a region. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** The keys, as one unit of work sees them. A key or alias whose row was changed from outside is an error. */
export class KeyStore {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #cache: KeyCache
  #grants: GrantStore | undefined
  #materials: Materials | undefined

  constructor(unit: Unit, vault: Vault, cache: KeyCache) {
    this.#unit = unit
    this.#vault = vault
    this.#cache = cache
  }

  /** Whether this unit may change anything. */
  get writable(): boolean {
    return this.#unit.effect === 'write'
  }

  /** Grants on the keys. */
  get grants(): GrantStore {
    this.#grants ??= new GrantStore(this.#unit, this.#vault, this.#cache)
    return this.#grants
  }

  /** The materials of the keys. */
  get materials(): Materials {
    this.#materials ??= new Materials(this.#unit, this.#vault)
    return this.#materials
  }

  #kept(): Kept | undefined {
    return keptFor(this.#cache, this.#unit)
  }

  #touch(): void {
    touch(this.#unit)
  }

  /** At once when it is in memory. */
  key(place: Place, id: string): Soon<StoredKey | undefined> {
    const kept = this.#kept()
    const name = `${place.account}/${place.region}/${id}`
    return kept?.keys.get(name) ?? this.#findKey(place, id, name, kept)
  }

  async #findKey(place: Place, id: string, name: string, kept: Kept | undefined): Promise<StoredKey | undefined> {
    const row = await this.#unit.get<sql.KeyRow>(sql.findKey, { account: place.account, region: place.region, id })
    if (row === undefined) return undefined
    checkKey(this.#vault, row)
    const aliases = await this.#unit.all<Pick<sql.AliasRow, 'name' | 'mac'>>(sql.aliasesOfKey, {
      account: place.account,
      region: place.region,
      key_id: id,
    })
    for (const alias of aliases) checkAlias(this.#vault, place, { ...alias, key_id: id })
    const grant = await this.#unit.get(anyGrant, { ...placed(place), key_id: id })
    const names = aliases.map((alias) => alias.name)
    const key = keyOf(writtenIn(row), names, grant !== undefined)
    if (kept !== undefined) keep(kept, kept.keys, name, key, sizeOfKey(key))
    return key
  }

  /** The id of the key that an alias (`alias/app`) stands for; at once when it is in memory. */
  target(place: Place, alias: string): Soon<string | undefined> {
    const kept = this.#kept()
    const name = `${place.account}/${place.region}/${alias}`
    return kept?.aliases.get(name) ?? this.#findTarget(place, alias, name, kept)
  }

  async #findTarget(place: Place, alias: string, name: string, kept: Kept | undefined): Promise<string | undefined> {
    const row = await this.#unit.get<sql.AliasRow>(sql.findAlias, { ...placed(place), name: alias })
    if (row !== undefined) checkAlias(this.#vault, place, row)
    if (row !== undefined && kept !== undefined) keep(kept, kept.aliases, name, row.key_id, sizeOf('alias'))
    return row?.key_id
  }

  /** Material by its id's 32 bytes as Latin-1, with the key it belongs to; undefined when the region has none such. */
  material(region: string, latin1: string): Soon<Opened | undefined> {
    const kept = this.#kept()
    return kept?.materials.get(region)?.get(latin1) ?? this.#findMaterial(region, latin1, kept)
  }

  async #findMaterial(region: string, latin1: string, kept: Kept | undefined): Promise<Opened | undefined> {
    const id = Buffer.from(latin1, 'latin1').toString('hex')
    const row = await this.#unit.get<sql.MaterialRow>(sql.findMaterial, { region, id })
    if (row === undefined) return undefined
    const key = await this.key({ account: row.account, region }, row.key_id)
    assert(key !== undefined, 'key material without its key')
    // A blob that names the material of a key that makes no blobs is none.
    if (key.spec !== SYMMETRIC) return undefined
    const bytes = this.materials.opened(key, id, row.wrapped)
    const material = bytes === undefined ? missingMaterial(id) : materialOfKey(key.id, id, createSecretKey(bytes))
    const opened = { key, material }
    bytes?.fill(0)
    if (kept !== undefined) {
      const ofRegion = kept.materials.get(region) ?? new Map<string, Opened>()
      keep(kept, ofRegion, latin1, opened, sizeOf('material'))
      kept.materials.set(region, ofRegion)
    }
    return opened
  }

  /** The material that a key encrypts with now; at once when it is in memory. */
  current(key: StoredKey): Soon<Opened> {
    return when(this.material(key.region, Buffer.from(key.materialId, 'hex').toString('latin1')), (opened) => {
      assert(opened !== undefined && opened.key.arn === key.arn, 'a key without its material')
      return opened
    })
  }

  /** The halves of a key that has two, or the secret of an HMAC key: whatever is not symmetric encryption. */
  async pair(key: StoredKey): Promise<KeyPair> {
    assert(isPair(key.spec), `${key.spec} has no halves`)
    const kept = this.#kept()
    const known = kept?.pairs.get(key.arn)
    if (known !== undefined) return known
    const bytes = await this.materials.bytes(key, key.materialId)
    assert(bytes !== undefined, 'a key without its material')
    const pair = openPair(key.spec, bytes)
    bytes.fill(0)
    if (kept !== undefined) keep(kept, kept.pairs, key.arn, pair, sizeOf('pair'))
    return pair
  }

  /** The secret of an HMAC key. */
  async secret(key: StoredKey): Promise<KeyObject> {
    const kept = this.#kept()
    const known = kept?.secrets.get(key.arn)
    if (known !== undefined) return known
    const bytes = await this.materials.bytes(key, key.materialId)
    assert(bytes !== undefined, 'a key without its material')
    const secret = createSecretKey(bytes)
    bytes.fill(0)
    if (kept !== undefined) keep(kept, kept.secrets, key.arn, secret, sizeOf('secret'))
    return secret
  }

  /** Puts down a key with its first material (zeroed here), if it has any yet. */
  async add(key: NewKey, material: Buffer | undefined): Promise<StoredKey> {
    this.#touch()
    const row = rowOf(key)
    await this.#unit.run(sql.addKey, { ...row, mac: macOfKey(this.#vault, row) })
    if (material !== undefined)
      await this.materials.add(key, key.materialId, material, { version: 1, at: key.createdAt })
    return keyOf(key, [], false)
  }

  /** Puts down a replica of a key, with all materials that a key made here has; those that are brought must be brought again. */
  async addReplica(primary: StoredKey, replica: NewKey): Promise<StoredKey> {
    const row = rowOf(replica)
    this.#touch()
    await this.#unit.run(sql.addKey, { ...row, mac: macOfKey(this.#vault, row) })
    if (primary.origin === 'AWS_KMS') await this.materials.copy(primary, replica)
    return keyOf(replica, [], false)
  }

  /** When this store began to write down when keys are used. */
  async trackedSince(): Promise<number> {
    const row = await this.#unit.get<{ applied_at: number }>(trackedSince, {})
    return Number(row?.applied_at ?? 0)
  }

  /** A multi-Region key with all that are related to it, in order of their Regions; of another one itself. */
  async related(key: StoredKey): Promise<StoredKey[]> {
    if (key.multiRegion === undefined) return [key]
    const { account, id } = key
    const regions = await this.#unit.all<{ region: string }>(sql.regionsOfKey, { account, id })
    const keys: StoredKey[] = []
    for (const { region } of regions) {
      const each = await this.key({ account, region }, id)
      assert(each?.multiRegion !== undefined, 'a key of one Region with the id of a multi-Region key')
      keys.push(each)
    }
    return keys
  }

  /**
   * The key as it is now that nobody else can change it: its row is locked until this unit ends, and those of related keys in
   * other Regions, whose states and materials hang together. For changes that depend on what is there: two that are made at
   * once must not both find it as it was.
   */
  async lock({ account, region, id, arn }: Key): Promise<StoredKey> {
    this.#touch()
    await this.#unit.all(sql.lockRelated, { account, id })
    const key = await this.key({ account, region }, id)
    if (key === undefined) throw new ApiError('NotFoundException', `Key '${arn}' does not exist`)
    return key
  }

  /** Changes what is written down of a key. */
  async change({ account, region, id }: Key, changes: Changes): Promise<void> {
    this.#touch()
    const row = await this.#unit.get<sql.KeyRow>(sql.lockKey, { account, region, id })
    assert(row !== undefined, 'a key without its row')
    checkKey(this.#vault, row)
    const changed = rowOf({ ...writtenIn(row), ...changes })
    await this.#unit.run(sql.changeKey, { ...changed, mac: macOfKey(this.#vault, changed) })
  }

  /** Destroys a key: its material, its aliases, itself. What it encrypted is lost for good. */
  async destroy(key: Key): Promise<void> {
    this.#touch()
    await this.#unit.run(sql.deleteMaterials, { ...placed(key), key_id: key.id })
    await this.#unit.run(sql.deleteAliases, { ...placed(key), key_id: key.id })
    await this.#unit.run(deleteImports, { ...placed(key), key_id: key.id })
    await this.#unit.run(deleteGrants, { ...placed(key), key_id: key.id })
    await this.#unit.run(deleteUse, { ...placed(key), id: key.id })
    await this.#unit.run(sql.deleteKey, { ...placed(key), id: key.id })
  }

  async addAlias(place: Place, name: string, keyId: string, now: number): Promise<void> {
    this.#touch()
    const mac = macOfAlias(this.#vault, place, name, keyId)
    await this.#unit.run(sql.addAlias, { ...placed(place), name, key_id: keyId, now, mac })
  }

  /** Leads an alias to another key. */
  async moveAlias(place: Place, name: string, keyId: string, now: number): Promise<void> {
    this.#touch()
    const mac = macOfAlias(this.#vault, place, name, keyId)
    await this.#unit.run(sql.moveAlias, { ...placed(place), name, key_id: keyId, now, mac })
  }

  async removeAlias(place: Place, name: string): Promise<void> {
    this.#touch()
    await this.#unit.run(sql.deleteAlias, { ...placed(place), name })
  }

  /** Ids of keys, `limit` of them at the most, in order, after one. */
  async ids(place: Place, after: string, limit: number): Promise<string[]> {
    const rows = await this.#unit.all<{ id: string }>(sql.listKeys, { ...placed(place), after, limit })
    return rows.map((row) => row.id)
  }

  /** How many customer managed keys there are. */
  async count(place: Place): Promise<number> {
    const row = await this.#unit.get<{ n: number }>(sql.countKeys, placed(place))
    return Number(row?.n ?? 0)
  }

  /** Aliases in order of their names, after one; those of one key when `keyId` is given. */
  async aliases(place: Place, keyId: string | undefined, after: string, limit: number): Promise<Alias[]> {
    const parameters = { ...placed(place), after, limit }
    const rows =
      keyId === undefined
        ? await this.#unit.all<sql.AliasRow>(sql.listAliases, parameters)
        : await this.#unit.all<sql.AliasRow>(sql.listAliasesOfKey, { ...parameters, key_id: keyId })
    return rows.map((row) => ({
      name: row.name,
      keyId: row.key_id,
      createdAt: Number(row.created_at),
      updatedAt: Number(row.updated_at),
    }))
  }
}

const placed = ({ account, region }: Place) => ({ account, region })
