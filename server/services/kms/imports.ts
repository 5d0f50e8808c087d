import type { Events } from '#kernel/events/event'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './imports.sql.ts'
import { expired } from './model/events.ts'
import { type Import, settledBy } from './model/imports.ts'
import type { Key } from './model/key.ts'
import { checkImport, macOfImport } from './rows.ts'
import { keyEvent, type RecordEvents } from './service-events.ts'
import type { KeyStore, Place, StoredKey } from './store.ts'

/** What is known of the imported material of keys, as one unit of work sees it. */
export class Imports {
  readonly #unit: Unit
  readonly #vault: Vault
  readonly #keys: KeyStore
  readonly #jobs: Jobs

  constructor(unit: Unit, parts: { readonly vault: Vault; readonly keys: KeyStore; readonly jobs: Jobs }) {
    this.#unit = unit
    this.#vault = parts.vault
    this.#keys = parts.keys
    this.#jobs = parts.jobs
  }

  /** The materials that a key has or had, in no order of time. */
  async of({ account, region, id }: Key): Promise<Import[]> {
    const rows = await this.#unit.all<sql.ImportListed>(sql.listImports, { account, region, key_id: id })
    return rows.map((row) => {
      checkImport(this.#vault, row)
      return {
        materialId: row.material_id,
        description: row.description,
        expiresAt: row.expires_at === null ? undefined : Number(row.expires_at),
        pending: Number(row.pending) === 1,
        present: Number(row.present) === 1,
      }
    })
  }

  /** Puts down material (zeroed here) that the key does not have, and what is known of it. */
  async add(key: StoredKey, material: Buffer, imported: Omit<Import, 'present'>, now: number): Promise<void> {
    const { materialId, pending } = imported
    const primary = await this.primaryOf(key)
    const there = primary && (await this.#keys.materials.of(primary)).find(({ id }) => id === materialId)
    const placed = { version: there?.version ?? 1, at: there?.rotatedAt ?? now, rotation: there?.rotation }
    await this.#keys.materials.add(key, materialId, material, placed)
    await this.#put(key, imported, now)
    await this.#settle(key, pending ? {} : { materialId: primary?.materialId ?? materialId })
  }

  /** The primary of a replica; undefined for any other key. */
  async primaryOf(key: StoredKey): Promise<StoredKey | undefined> {
    if (key.multiRegion?.type !== 'REPLICA') return undefined
    return (await this.#keys.related(key)).find(({ multiRegion }) => multiRegion?.type === 'PRIMARY')
  }

  /** The material that waits for a rotation, once it is there in every Region that has the key. */
  async ready(key: StoredKey, now: number): Promise<Import | undefined> {
    const waiting = (await this.of(key)).find(({ pending, present }) => pending && present)
    if (waiting === undefined || hasExpired(waiting, now)) return undefined
    return (await this.lacking(key, waiting.materialId)) ? undefined : waiting
  }

  /** Whether any replica of the key has not got this material yet. */
  async lacking(key: StoredKey, materialId: string): Promise<boolean> {
    for (const each of await this.#keys.related(key)) {
      const known = await this.of(each)
      if (!known.some((one) => one.materialId === materialId && one.present)) return true
    }
    return false
  }

  /** Puts the bytes of a known material in their place again. */
  async renew(key: StoredKey, material: Buffer, imported: Omit<Import, 'present'>, now: number): Promise<void> {
    await this.#keys.materials.change(key, imported.materialId, material)
    await this.#put(key, imported, now)
    await this.#settle(key)
  }

  /** Takes the bytes of a material away; what is known of it stays. */
  async drop(key: StoredKey, materialId: string): Promise<void> {
    await this.#keys.materials.change(key, materialId, undefined)
    await this.#jobs.cancel(this.#unit, KIND, nameOf(key, materialId))
    await this.#settle(key)
  }

  /** Forgets a material that waited for a rotation and whose bytes are gone: another one takes its place. */
  async forget(key: StoredKey, materialId: string): Promise<void> {
    await this.#keys.materials.remove(key, materialId)
    const { account, region, id } = key
    await this.#unit.run(sql.deleteImport, { account, region, key_id: id, material_id: materialId })
  }

  async #put(key: StoredKey, { materialId, description, expiresAt, pending }: Omit<Import, 'present'>, now: number) {
    const row = {
      account: key.account,
      region: key.region,
      key_id: key.id,
      material_id: materialId,
      description,
      expires_at: expiresAt ?? null,
      pending: pending ? 1 : 0,
      imported_at: now,
    }
    await this.#unit.run(sql.putImport, { ...row, mac: macOfImport(this.#vault, row) })
    const name = nameOf(key, materialId)
    if (expiresAt === undefined) return this.#jobs.cancel(this.#unit, KIND, name)
    const payload: Payload = { account: key.account, region: key.region, id: key.id, materialId }
    await this.#jobs.schedule(this.#unit, { kind: KIND, key: name, dueAt: expiresAt, payload })
  }

  /** The key's state, and when it ends, from what its materials are now. */
  async #settle(key: StoredKey, changes: { readonly materialId?: string } = {}): Promise<void> {
    const primary = await this.primaryOf(key)
    const ofPrimary = primary === undefined ? undefined : await this.of(primary)
    await this.#keys.change(key, { ...settledBy(key.state, await this.of(key), ofPrimary), ...changes })
  }

  /** The material that is ready becomes the key's, and its replicas'. */
  async takeUp(key: StoredKey, { materialId }: Import, now: number): Promise<void> {
    const version = await this.#keys.materials.nextVersion(key)
    const replicas = (await this.#keys.related(key)).filter(({ region }) => region !== key.region)
    // The primary first: what a replica needs is told by it.
    for (const each of [key, ...replicas]) {
      const waiting = (await this.of(each)).find((one) => one.materialId === materialId)
      if (waiting === undefined) throw new Error(`${each.arn} has not got the material that its primary takes up`)
      await this.#put(each, { ...waiting, pending: false }, now)
      await this.#keys.materials.takeUp(each, materialId, { version, at: now, rotation: 'ON_DEMAND' })
      await this.#settle(each, { materialId })
    }
  }
}

/** Whether a material's time is over; its bytes may still be there until the job has been by. */
const hasExpired = ({ expiresAt }: Import, now: number): boolean => expiresAt !== undefined && expiresAt <= now

const KIND = 'kms/expire-material'

interface Payload extends Place {
  readonly id: string
  readonly materialId: string
}

const nameOf = ({ arn }: Key, materialId: string): string => `${arn} ${materialId}`

/** Takes material away when its time has come: its key can't be used until it is imported again. */
export function expiry(
  open: (unit: Unit) => { readonly keys: KeyStore; readonly imports: Imports },
  events?: Events,
  record?: RecordEvents,
): JobHandler {
  return {
    kind: KIND,
    async run(unit, payload, now) {
      const { account, region, id, materialId } = payload as Payload
      const { keys, imports } = open(unit)
      const there = await keys.key({ account, region }, id)
      if (there === undefined) return
      const key = await keys.lock(there)
      const known = (await imports.of(key)).find((each) => each.materialId === materialId)
      if (known?.expiresAt === undefined || known.expiresAt > now || !known.present) return
      await imports.drop(key, materialId)
      await events?.emit(unit, expired(key), now)
      await record?.(unit, [keyEvent(key, 'DeleteExpiredKeyMaterial', now, { keyMaterialId: materialId })])
    },
  }
}
