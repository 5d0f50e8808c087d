import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What reads leave behind now and then: when something was last used. No change that anybody asked for. */
const NOTED = new Set(['accessed_day', 'used_at', 'used_service', 'used_region'])
/**
 * Records of the trail on their way; who read what, and what keys were last used for, as it is noted every few seconds: no state that
 * anybody asked for. And the census of every full hour, which may fall into a test.
 */
const PASSING = new Set(['audit_outbox', 'secret_reader', 'kms_last_use', 'metered', 'metered_count'])
const CENSUS = 'metering/census'

/** Everything that a server on files keeps, as lines: tables, rows, values. The same array while nobody has written. */
export interface Kept extends Disposable {
  now(): readonly string[]
}

export function keptIn(directory: string): Kept {
  const db = new DatabaseSync(join(directory, 'strongroom.db'), { readOnly: true, timeout: 5000 })
  // Moves with every commit of another connection. Source: sqlite.org/pragma.html#pragma_data_version.
  const version = db.prepare('pragma data_version')
  let known: unknown
  let lines: readonly string[] = []
  return {
    now() {
      const { data_version: current } = version.get() as { data_version: unknown }
      if (known !== current) lines = linesOf(db)
      known = current
      return lines
    },
    [Symbol.dispose]: () => db.close(),
  }
}

function linesOf(db: DatabaseSync): string[] {
  const tables = db.prepare("select name from sqlite_master where type = 'table' order by name").all() as {
    name: string
  }[]
  return tables.flatMap(({ name }) => {
    if (PASSING.has(name)) return []
    const rows = db.prepare(`select * from ${name}`).all() as Record<string, unknown>[]
    const lasting = name === 'job' ? rows.filter(({ kind }) => kind !== CENSUS) : rows
    return lasting.map((row) => `${name} ${lineOf(row)}`).sort()
  })
}

function lineOf(row: Record<string, unknown>): string {
  const shown = Object.entries(row).filter(([column]) => !NOTED.has(column))
  return JSON.stringify(
    shown.map(([, value]) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)),
  )
}

/** Makes every write to a table of a database fail, as a full disk does; the function that is answered ends it. */
export async function breakWrites(file: string): Promise<() => Promise<void>> {
  const db = new DatabaseSync(file, { timeout: 50 })
  const tables = db.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").all()
  const triggers = (tables as { name: string }[]).flatMap(({ name }) =>
    ['insert', 'update'].map((event) => ({ trigger: `broken_${name}_${event}`, event, name })),
  )
  const broken = triggers.map(
    ({ trigger, event, name }) =>
      `create trigger ${trigger} before ${event} on ${name} begin select raise(abort, 'the disk is full'); end;`,
  )
  await inTurn(db, broken.join('\n'))
  return async () => {
    await inTurn(db, triggers.map(({ trigger }) => `drop trigger ${trigger};`).join('\n'))
    db.close()
  }
}

/** Runs statements when whoever writes is done: the server's own thread may be about to, so it gets its turns. */
async function inTurn(db: DatabaseSync, sql: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      db.exec('begin immediate')
      break
    } catch (error) {
      if (tries > 100 || !String(error).includes('locked')) throw error
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  db.exec(sql)
  db.exec('commit')
}
