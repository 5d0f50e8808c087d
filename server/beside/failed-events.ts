import { systemClock } from '#kernel/clock'
import { jobs } from '#kernel/jobs/store'
import { systemRandom } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'
import { openBeside, openVaultBeside, type Place } from '#kernel/storage/beside'
import { StorageError } from '#kernel/storage/error'
import type { Unit } from '#kernel/storage/storage'
import { eventText } from '../services/events/delivery/event-text.ts'
import { Deliveries, type Failed } from '../services/events/delivery/store.ts'
import { withStore } from './accounts.ts'

/** What could not be delivered to targets of EventBridge, for whoever can reach the store of a deployment and its seal. */

export type { Failed } from '../services/events/delivery/store.ts'

/** Which; what is not said is any. `rule`: a name or an ARN. */
export interface WhichFailed {
  readonly account?: string | undefined
  readonly region?: string | undefined
  readonly rule?: string | undefined
}

/** With the event itself, as EventBridge hands it over, and what was to be sent of it. */
export interface FailedEvent extends Failed {
  readonly event: unknown
  readonly input: string
}

const PAGE = 200

const deliveriesIn = (unit: Unit, vault: Vault) => new Deliveries(unit, { vault, random: systemRandom, jobs })

/** Hands over what could not be delivered in the last 14 days, the oldest first. */
export async function failedEvents(
  place: Place,
  which: WhichFailed,
  each: (failed: FailedEvent) => void,
): Promise<void> {
  const store = await openBeside(place)
  try {
    const vault = await openVaultBeside(store, place)
    try {
      let after = { at: -1, id: '' }
      for (let more = true; more; ) {
        const page = await store.unit('read', async (unit) => {
          const all = deliveriesIn(unit, vault)
          const found = await all.failed(which, after, PAGE)
          const full: FailedEvent[] = []
          for (const one of found) {
            const content = await all.contentOf(one)
            if (content !== undefined)
              full.push({ ...one, event: JSON.parse(eventText(content.event)), input: content.input })
            after = { at: one.failedAt, id: one.id }
          }
          return { full, more: found.length === PAGE }
        })
        for (const one of page.full) each(one)
        more = page.more
      }
    } finally {
      vault.close()
    }
  } finally {
    await store.close()
  }
}

/** Sends what could not be delivered once more: one by its id, or all of a rule. Answers how many. The running server sends it. */
export function redeliverEvents(place: Place, which: { readonly id: string } | WhichFailed): Promise<number> {
  return withStore(place, async (storage, vault) => {
    const now = systemClock.now()
    if ('id' in which) {
      const { id } = which
      const done = await storage.unit('write', async (unit) => {
        const all = deliveriesIn(unit, vault)
        const found = await all.failedById(id)
        return found !== undefined && (await all.redeliver(found, now))
      })
      if (!done) throw new StorageError(`no event with the id ${id} failed`, { hint: 'strongroom event failed' })
      return 1
    }
    let count = 0
    for (let last = PAGE; last === PAGE; ) {
      last = await storage.unit('write', async (unit) => {
        const all = deliveriesIn(unit, vault)
        // what fails again meanwhile is younger than this
        const found = (await all.failed(which, { at: -1, id: '' }, PAGE)).filter(({ failedAt }) => failedAt <= now)
        for (const one of found) await all.redeliver(one, now)
        return found.length
      })
      count += last
    }
    return count
  })
}
