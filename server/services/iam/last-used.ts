import type { Storage } from '#kernel/storage/storage'
import { REGION } from './model/identity.ts'
import { useKey } from './store.sql.ts'

/** When and where an access key was last used. */
export interface Use {
  readonly at: number
  readonly service: string
  readonly region: string
}

interface Noted extends Use {
  readonly account: string
}

/** Keys written down in one unit. */
const BATCH = 200
/** AWS keeps the use of a key to the minute; so a busy key is noted once a minute. */
const MINUTE = 60_000

/**
 * The last use of access keys, kept in memory until `flush` writes it: requests themselves never write. What is noted
 * shows at once in this process; a crash loses at most what happened since the last flush. Writing it drops no cache.
 */
export class LastUsed {
  #noted = new Map<string, Noted>()

  /** Tells that the key signed a request for `service` (`secretsmanager`) in `region`. Costs one look into a map. */
  note(account: string, accessKeyId: string, service: string, region: string, now: number): void {
    const last = this.#noted.get(accessKeyId)
    if (last !== undefined && now - last.at < MINUTE && last.service === service && last.region === region) return
    this.#noted.set(accessKeyId, { account, at: now, service, region })
  }

  /** The latest use that is not written yet. */
  of(accessKeyId: string): Use | undefined {
    return this.#noted.get(accessKeyId)
  }

  /** Writes what was noted, in batches. What a failed batch held stays noted, and the failure is thrown. */
  async flush(storage: Storage): Promise<void> {
    // In one order, so that two processes that write the same keys wait for each other and don't lock crosswise.
    const notes = [...this.#noted].sort(([a], [b]) => (a < b ? -1 : 1))
    for (let at = 0; at < notes.length; at += BATCH) {
      const batch = notes.slice(at, at + BATCH)
      await storage.unit('write', async (unit) => {
        for (const [id, { account, at, service, region }] of batch) {
          await unit.run(useKey, { account, region: REGION, id, at, service, used_region: region })
        }
      })
      for (const [id, written] of batch) if (this.#noted.get(id) === written) this.#noted.delete(id)
    }
  }

  /** Forgets everything: the store was emptied. */
  clear(): void {
    this.#noted.clear()
  }
}
