import type { Caller } from '#kernel/call'
import type { Storage } from '#kernel/storage/storage'
import { REGION } from './model/identity.ts'
import { useRole } from './roles.sql.ts'
import { useKey } from './store.sql.ts'

/** When and where an access key, or a role by its sessions, was last used. */
export interface Use {
  readonly at: number
  readonly service: string
  readonly region: string
}

interface Noted extends Use {
  readonly account: string
}

/** Keys and roles written down in one unit. */
const BATCH = 200
/** AWS keeps the use of a key to the minute; so a busy key is noted once a minute. */
const MINUTE = 60_000
/** What the unique id of a role begins with; no access key begins so. */
const ROLE = 'AROA'

/**
 * The last use of access keys and roles, kept in memory until `flush` writes it: requests themselves never write. What is noted
 * shows at once in this process; a crash loses at most what happened since the last flush. Writing it drops no cache.
 */
export class LastUsed {
  #noted = new Map<string, Noted>()

  /**
   * Tells that a caller made a request to `service` (`secretsmanager`) in `region`: a session counts for its role, in the
   * account of the role, a long-term key for itself. Costs one look into a map.
   */
  noteCaller(
    caller: Pick<Caller, 'kind' | 'account' | 'userId' | 'accessKeyId' | 'session'>,
    service: string,
    region: string,
    now: number,
  ): void {
    if (caller.kind === 'role') this.note(caller.account, roleIdOf(caller.userId), service, region, now)
    else if (caller.session === undefined && caller.accessKeyId !== '')
      this.note(caller.account, caller.accessKeyId, service, region, now)
  }

  /** The same of a key or a role, by its id (`AKIA…`, `AROA…`) and the account that it belongs to. */
  note(account: string, id: string, service: string, region: string, now: number): void {
    const last = this.#noted.get(id)
    if (last !== undefined && now - last.at < MINUTE && last.service === service && last.region === region) return
    this.#noted.set(id, { account, at: now, service, region })
  }

  /** The latest use of a key or a role that is not written yet. */
  of(id: string): Use | undefined {
    return this.#noted.get(id)
  }

  /** Writes what was noted, in batches. What a failed batch held stays noted, and the failure is thrown. */
  async flush(storage: Storage): Promise<void> {
    // In one order, so that two processes that write the same keys wait for each other and don't lock crosswise.
    const notes = [...this.#noted].sort(([a], [b]) => (a < b ? -1 : 1))
    for (let at = 0; at < notes.length; at += BATCH) {
      const batch = notes.slice(at, at + BATCH)
      await storage.unit('write', async (unit) => {
        for (const [id, { account, at, service, region }] of batch) {
          const use = { account, region: REGION, id, at, used_region: region }
          await (id.startsWith(ROLE) ? unit.run(useRole, use) : unit.run(useKey, { ...use, service }))
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

/** The id of the role in `AROA…:session`. */
function roleIdOf(userId: string): string {
  const colon = userId.indexOf(':')
  return colon < 0 ? userId : userId.slice(0, colon)
}
