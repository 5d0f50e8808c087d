import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditEvent } from '#kernel/audit/event'
import { journalAndIndexMigrations } from '#kernel/audit/schema'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { missing, type Place } from '#kernel/storage/beside'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage, Unit } from '#kernel/storage/storage'
import { migrations } from '../assembly/schema.ts'
import { listAccounts } from '../services/iam/accounts.ts'
import { callBeside, record } from './recording.ts'

/** The store that a server has made, to write beside it. */
export async function openStoreThere(place: Place): Promise<Storage> {
  const file = join(place.directory, 'strongroom.db')
  if (place.database === undefined && !existsSync(file)) throw missing(file)
  return openStore(place)
}

/** The store, made when it is not there. */
export async function openStore({ directory, database }: Place): Promise<Storage> {
  const clock = systemClock
  if (database === undefined)
    return openSqlite({ migrations, clock, file: join(directory, 'strongroom.db'), shared: true })
  // the journal, elsewhere in a file of its own, is in the main database here
  return (await import('#kernel/storage/postgres/postgres')).openPostgres({
    migrations: [...migrations, ...journalAndIndexMigrations],
    clock,
    url: database.reveal(),
    random: systemRandom,
  })
}

/** The record of a change of seals, in the trail of the oldest account: that of whoever set the server up. */
export function recorded(storage: Storage) {
  return async (unit: Unit, eventName: string, what: Readonly<Record<string, unknown>>): Promise<void> => {
    const [first] = await listAccounts(unit)
    if (first === undefined) return
    const event: AuditEvent = {
      call: callBeside({ account: first.account, region: 'us-east-1' }, systemClock.now()),
      eventSource: 'seal.strongroom',
      eventName,
      readOnly: false,
      requestParameters: what,
      responseElements: null,
    }
    await record(storage, unit, [event])
  }
}
