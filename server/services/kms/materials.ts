import assert from 'node:assert/strict'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { touch } from './cache.ts'
import type { Key } from './model/key.ts'
import * as sql from './store.sql.ts'

/** A material of a key. */
export interface Material {
  /** 64 hex digits. */
  readonly id: string
  /** Counted from 1, by when they became the key's. */
  readonly version: number
  readonly createdAt: number
  /** The first one of a key has neither. */
  readonly rotatedAt: number | undefined
  readonly rotation: 'AUTOMATIC' | 'ON_DEMAND' | undefined
}

/** Where a material stands among those of its key. */
interface Placed {
  readonly version: number
  readonly at: number
  readonly rotation?: Material['rotation']
}

/** A key, as its materials are found and wrapped by. */
type OfKey = Pick<Key, 'account' | 'region' | 'id' | 'spec'>

const MATERIAL = 'kms/material'

/** The row that wrapped material stands in: it opens in no other. Source: kms.md 13.4. */
const identity = ({ account, region, id, spec }: OfKey, materialId: string) => [account, region, id, materialId, spec]

const rowsOf = ({ account, region, id }: OfKey) => ({ account, region, key_id: id })

/** The materials of keys, wrapped, as one unit of work sees them. */
export class Materials {
  readonly #unit: Unit
  readonly #vault: Vault

  constructor(unit: Unit, vault: Vault) {
    this.#unit = unit
    this.#vault = vault
  }

  /** Those of a key, the newest first. */
  async of(key: OfKey): Promise<Material[]> {
    const rows = await this.#unit.all<sql.MaterialListed>(sql.listMaterials, rowsOf(key))
    return rows
      .map((row) => ({
        id: row.id,
        version: Number(row.version ?? 1),
        createdAt: Number(row.created_at),
        rotatedAt: row.rotated_at === null ? undefined : Number(row.rotated_at),
        rotation: row.rotation_type === null ? undefined : (row.rotation_type as 'AUTOMATIC' | 'ON_DEMAND'),
      }))
      .sort((a, b) => b.version - a.version || b.createdAt - a.createdAt)
  }

  async nextVersion(key: OfKey): Promise<number> {
    return 1 + Math.max(0, ...(await this.of(key)).map(({ version }) => version))
  }

  /** The bytes of a material of a key, for the caller to zero; undefined when they were deleted, or never there. */
  async bytes(key: OfKey, id: string): Promise<Buffer | undefined> {
    const row = await this.#unit.get<sql.MaterialRow>(sql.findMaterial, { region: key.region, id })
    if (row === undefined || row.account !== key.account || row.key_id !== key.id) return undefined
    return this.opened(key, id, row.wrapped)
  }

  /** The same of what stands in the row. */
  opened(key: OfKey, id: string, wrapped: Uint8Array): Buffer | undefined {
    return wrapped.length === 0 ? undefined : this.#vault.unwrap(MATERIAL, wrapped, identity(key, id))
  }

  /** Puts down a material of a key; the bytes are zeroed here. */
  async add(key: OfKey, id: string, material: Buffer, { version, at, rotation }: Placed): Promise<void> {
    touch(this.#unit)
    const wrapped = this.#vault.wrap(MATERIAL, material, identity(key, id))
    material.fill(0)
    await this.#unit.run(sql.addMaterial, {
      ...rowsOf(key),
      id,
      wrapped,
      created_at: at,
      version,
      rotated_at: rotation === undefined ? null : at,
      rotation_type: rotation ?? null,
    })
  }

  /** Gives a replica all that its primary has. */
  async copy(primary: OfKey, replica: OfKey): Promise<void> {
    touch(this.#unit)
    for (const { id, version, createdAt, rotatedAt, rotation } of await this.of(primary)) {
      const bytes = await this.bytes(primary, id)
      assert(bytes !== undefined, 'a key without its material')
      const wrapped = this.#vault.wrap(MATERIAL, bytes, identity(replica, id))
      bytes.fill(0)
      await this.#unit.run(sql.addMaterial, {
        ...rowsOf(replica),
        id,
        wrapped,
        created_at: createdAt,
        version,
        rotated_at: rotatedAt ?? null,
        rotation_type: rotation ?? null,
      })
    }
  }

  /** Imported material becomes the one that encrypts. */
  async takeUp(key: OfKey, id: string, { version, at, rotation }: Placed): Promise<void> {
    touch(this.#unit)
    const row = { version, rotated_at: at, rotation_type: rotation ?? null }
    await this.#unit.run(sql.takeMaterialUp, { ...rowsOf(key), id, ...row })
  }

  /** Forgets a material. */
  async remove(key: OfKey, id: string): Promise<void> {
    touch(this.#unit)
    await this.#unit.run(sql.removeMaterial, { ...rowsOf(key), id })
  }

  /** Puts the bytes of a material back that was deleted, or takes them away: then nothing is left of them. */
  async change(key: OfKey, id: string, material: Buffer | undefined): Promise<void> {
    touch(this.#unit)
    const wrapped = material === undefined ? Buffer.alloc(0) : this.#vault.wrap(MATERIAL, material, identity(key, id))
    material?.fill(0)
    await this.#unit.run(sql.changeMaterial, { ...rowsOf(key), id, wrapped })
  }
}
