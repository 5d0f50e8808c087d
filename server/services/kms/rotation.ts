import type { Events } from '#kernel/events/event'
import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { materialIdOf } from './cipher.ts'
import { rotated } from './model/events.ts'
import type { Key } from './model/key.ts'
import { DAY_MS, isOverdue, rotationOf } from './model/rotation.ts'
import { keyEvent, type RecordEvents } from './service-events.ts'
import type { Changes, KeyStore, Place, StoredKey } from './store.ts'

/** New material for keys: on demand, and on the clock. What older material encrypted stays readable. Source: kms.md 6. */

const KIND = 'kms/rotate-key'
const MATERIAL_SIZE = 32

export interface Parts {
  readonly keys: KeyStore
  readonly vault: Vault
  readonly random: Random
  readonly jobs: Jobs
  readonly unit: Unit
  readonly events: Events | undefined
  readonly record: RecordEvents | undefined
}

interface Payload extends Place {
  readonly id: string
}

/** Gives a key new material, and its replicas the same. `changes`: what changes with it; `by`: the access key of the call. */
export async function rotate(
  key: StoredKey,
  type: 'AUTOMATIC' | 'ON_DEMAND',
  now: number,
  {
    keys,
    vault,
    random,
    unit,
    events,
    record,
  }: Pick<Parts, 'keys' | 'vault' | 'random' | 'unit' | 'events' | 'record'>,
  changes: Changes = {},
  by = '',
): Promise<void> {
  const material = random.bytes(MATERIAL_SIZE)
  const materialId = materialIdOf(vault, key.id, material)
  for (const each of await keys.related(key)) {
    const version = await keys.materials.nextVersion(each)
    await keys.materials.add(each, materialId, Buffer.from(material), { version, at: now, rotation: type })
    await keys.change(each, { ...changes, materialId })
    await events?.emit(unit, rotated(each, by), now)
    await record?.(unit, [keyEvent(each, 'RotateKey', now, { rotationType: type })])
  }
  material.fill(0)
}

/** Sets when a key rotates, and its replicas with it; undefined: not by itself any more. */
export async function setRotation(
  key: StoredKey,
  rotation: Key['rotation'],
  { keys, jobs, unit }: Pick<Parts, 'keys' | 'jobs' | 'unit'>,
): Promise<void> {
  for (const each of await keys.related(key)) await keys.change(each, { rotation })
  if (rotation === undefined) await jobs.cancel(unit, KIND, key.arn)
  else await scheduleRotation(key, rotation.nextAt, { jobs, unit })
}

/** Puts down the next rotation of a key. */
export function scheduleRotation(
  { account, region, id, arn }: Key,
  dueAt: number,
  { jobs, unit }: Pick<Parts, 'jobs' | 'unit'>,
): Promise<void> {
  const payload: Payload = { account, region, id }
  return jobs.schedule(unit, { kind: KIND, key: arn, dueAt, payload })
}

export function cancelRotation({ arn }: Key, { jobs, unit }: Pick<Parts, 'jobs' | 'unit'>): Promise<void> {
  return jobs.cancel(unit, KIND, arn)
}

/** Rotates a key that was disabled when it should have been. */
export async function catchUp(key: StoredKey, now: number, parts: Parts): Promise<void> {
  if (key.multiRegion?.type !== 'REPLICA' && isOverdue(key, now)) await rotateByItself(key, now, parts)
}

async function rotateByItself(key: StoredKey, now: number, parts: Parts): Promise<void> {
  const { days = 0 } = rotationOf(key) ?? {}
  const rotation = { days, nextAt: now + days * DAY_MS }
  await rotate(key, 'AUTOMATIC', now, parts, { rotation })
  await scheduleRotation(key, rotation.nextAt, parts)
}

/**
 * Rotates a key when its time has come. A key that is not enabled then stays as it is: it rotates when it is enabled again.
 */
export function rotation(open: (unit: Unit) => Parts): JobHandler {
  return {
    kind: KIND,
    async run(unit, payload, now) {
      const parts = open(unit)
      const { account, region, id } = payload as Payload
      const there = await parts.keys.key({ account, region }, id)
      if (there === undefined) return
      const key = await parts.keys.lock(there)
      if (key.state !== 'Enabled' && key.state !== 'Updating') return
      await catchUp(key, now, parts)
    },
  }
}
