import type { JobHandler, Jobs } from '#kernel/jobs/jobs'
import { scheduleUnlessThere } from '#kernel/jobs/store'
import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import { type FormerRow, oldest, remove } from './former.sql.ts'
import { FUNCTION_RETENTION_DAYS, type LogWriter } from './port.ts'

const KIND = 'logs/adopt'
/** What the store called the key by which lines of functions were sealed when they had tables of their own. */
const LABEL = 'functions/logs'
/** Rows that one step takes over. */
const STEP = 20

interface Parts {
  readonly vault: Pick<Vault, 'unwrap'>
  readonly jobs: Jobs
  readonly writer: LogWriter
}

/** Takes over what functions logged before log groups were here: each row becomes events of its group, in the same unit. */
export function adoption({ vault, jobs, writer }: Parts): JobHandler {
  return {
    kind: KIND,
    async run(unit, _payload, now) {
      const rows = await unit.all<FormerRow>(oldest, { limit: STEP })
      for (const { account, region, group, stream, sequence, sealed } of rows) {
        const plain = vault.unwrap(LABEL, sealed, [account, region, group, stream, String(sequence)])
        const lines = JSON.parse(plain.toString('utf8')) as [number, string][]
        const events = lines.map(([time, text]) => ({ time, message: `${text}\n` }))
        await writer.write(unit, { account, region, group, stream, events, retentionDays: FUNCTION_RETENTION_DAYS })
        await unit.run(remove, { account, region, group, stream, sequence })
      }
      if (rows.length === STEP) await jobs.schedule(unit, { kind: KIND, key: 'all', dueAt: now, payload: null })
    },
  }
}

/** Begins with it, when there is something to be taken over. */
export async function adopt(unit: Unit, now: number): Promise<void> {
  const [row] = await unit.all<FormerRow>(oldest, { limit: 1 })
  if (row !== undefined) await scheduleUnlessThere(unit, { kind: KIND, key: 'all', dueAt: now, payload: null })
}
