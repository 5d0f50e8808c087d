import { join } from 'node:path'
import type { AuditEvent } from '#kernel/audit/event'
import type { Follower } from '#kernel/audit/follower'
import { folderOf } from '#kernel/objects/folder'
import { memoryObjects } from '#kernel/objects/memory'
import type { Objects } from '#kernel/objects/objects'
import { wireBuckets } from '#kernel/objects/wire'
import { operatorsReach } from '#kernel/outbound/operator'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage, Unit } from '#kernel/storage/storage'
import { exportsOf } from '../audit-export/exports.ts'
import type { OutletSettings } from '../config/outlets.ts'
import { Buckets } from '../services/cloudtrail/delivery/buckets.ts'
import { Encryption } from '../services/cloudtrail/delivery/encryption.ts'
import type { KeysFor } from '../services/kms/port.ts'
import type { TrailBucketsFor } from '../services/cloudtrail/port.ts'
import { TrailDelivery } from '../services/cloudtrail/delivery/delivery.ts'
import type { Plan } from './plan.ts'

/** Where the records of the trail go besides the journal. */
export interface Outlets {
  readonly delivery: TrailDelivery
  /** Where delivered files can be read again; undefined: nowhere here. */
  readonly folder: Objects | undefined
  /** Whose which bucket is. */
  readonly bucketsFor: TrailBucketsFor
  /** Opens encrypted files in a caller's name. */
  readonly clear: Encryption['clear']
  readonly followers: readonly Follower[]
  close(): Promise<void>
}

interface Parts {
  readonly storage: Storage
  readonly vault: Vault
  record(unit: Unit, events: readonly AuditEvent[]): Promise<void>
  settle(): Promise<void>
  /** Services are put together later. */
  keysFor(): KeysFor
}

const NONE: OutletSettings = {
  trailFolder: 'default',
  trailS3: undefined,
  trailKeptMs: undefined,
  exports: [],
  exportHeaders: undefined,
  caPath: undefined,
}

/** Failures that metrics count, from 0 on: alerts ask for their increase. */
export const OUTLET_EVENTS = ['TrailDeliveryFailed', 'AuditExportFailed'] as const

/** Puts deliveries of trails and exports of records together. */
export function outletsOf(plan: Plan, { storage, vault, record, settle, keysFor }: Parts): Outlets {
  const { clock, random, log, regions, outlets: settings = NONE } = plan
  plan.metrics.mayHappen(OUTLET_EVENTS)
  const folder = folderIn(plan, settings)
  const reach = operatorsReach(settings.caPath)
  const { trailS3 } = settings
  // Requests are dated by the machine's time: the other server knows no other.
  const others = trailS3 === undefined ? [] : [wireBuckets(trailS3, plan.machineClock ?? clock, reach)]
  const encryption = new Encryption({ storage, clock, random, keysFor, record })
  const delivery = new TrailDelivery({
    storage,
    vault,
    clock,
    random,
    regions,
    folder,
    others,
    keptMs: settings.trailKeptMs,
    encrypt: (...file) => encryption.encrypt(...file),
    record,
    settle,
    onProblem: (text, error) => {
      plan.metrics.happened('TrailDeliveryFailed')
      log.error({ err: error }, text)
    },
  })
  // Where jobs run: another process has nothing to do with these places.
  const exported = exportsOf(plan.runsJobs ? settings : { ...settings, exports: [] }, {
    clock,
    named: (follower, place) => log.info({ follower, place }, 'audit records are exported'),
    failed: () => plan.metrics.happened('AuditExportFailed'),
  })
  const rowKey = vault.macKey('cloudtrail/rows')
  const bucketsFor: TrailBucketsFor = (unit) => new Buckets(unit, rowKey)
  const clear: Outlets['clear'] = (unit, call) => encryption.clear(unit, call)
  return {
    delivery,
    folder,
    bucketsFor,
    clear,
    followers: [delivery.follower, ...exported.followers],
    close: exported.close,
  }
}

function folderIn({ kept, clock }: Plan, { trailFolder }: OutletSettings): Objects | undefined {
  if (trailFolder === undefined) return undefined
  if (trailFolder !== 'default') return folderOf(trailFolder)
  switch (kept.kind) {
    case 'memory':
      return memoryObjects(clock)
    case 'file':
      return folderOf(join(kept.directory, 'trails'))
    case 'postgres':
      // it lies in the data directory, which whoever makes the plan knows
      return undefined
  }
}
