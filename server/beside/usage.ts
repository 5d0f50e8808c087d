import { openUsage } from '#kernel/audit/usage/offline'
import type { UsageQuery, UsageRow } from '#kernel/audit/usage/usage'
import { systemClock } from '#kernel/clock'
import { openBeside, openVaultBeside, type Place } from '#kernel/storage/beside'

export type { Dimension, UsageQuery, UsageRow } from '#kernel/audit/usage/usage'

/** The time by which "this month" is told. */
export const now = (): number => systemClock.now()

/**
 * Who called what how often, exact up to this moment, beside a running server or without one; needs its seal, as all commands do.
 * `counting`: told how many records had to be read that no server has counted yet.
 */
export async function readUsage(
  place: Place,
  query: UsageQuery,
  counting?: (records: number) => void,
): Promise<readonly UsageRow[]> {
  const store = await openBeside(place)
  try {
    // whoever has not the seal may read none of it
    const vault = await openVaultBeside(store, place)
    vault.close()
    const usage = await openUsage(place, store, counting)
    try {
      return await usage.usage(query)
    } finally {
      await usage.close()
    }
  } finally {
    await store.close()
  }
}
