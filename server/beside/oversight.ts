import type { Storage, Unit } from '#kernel/storage/storage'
import { systemRandom } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import { openBeside, openVaultBeside, type Place } from '#kernel/storage/beside'
import { openUsage, type Usage } from '#kernel/audit/usage/offline'
import { servicesOver } from '../assembly/services.ts'

/** What is asked of many resources of a deployment at once, beside a running server or without one. */
export interface Overseeing {
  readonly store: Storage
  readonly vault: Vault
  readonly services: ReturnType<typeof servicesOver>
  readonly read: <T>(work: (unit: Unit) => Promise<T>) => Promise<T>
}

/** Opens store and seal, and closes them at the end. */
export async function* openStoreBeside<T>(
  place: Place,
  work: (overseeing: Overseeing) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const store = await openBeside(place)
  try {
    const vault = await openVaultBeside(store, place)
    try {
      const read: Overseeing['read'] = (one) => store.unit('read', one)
      yield* work({ store, vault, services: servicesOver(store, vault, systemRandom), read })
    } finally {
      vault.close()
    }
  } finally {
    await store.close()
  }
}

/** The same with the counters. `counting`: see `openUsage`. */
export function overseeing<T>(
  place: Place,
  work: (overseeing: Overseeing & { readonly usage: Usage }) => AsyncGenerator<T>,
  counting?: (records: number) => void,
): AsyncGenerator<T> {
  return openStoreBeside(place, async function* (open) {
    const usage = await openUsage(place, open.store, counting)
    try {
      yield* work({ ...open, usage })
    } finally {
      await usage.close()
    }
  })
}
