import pg from 'pg'
import type { KeyObject } from 'node:crypto'
import { checkIndex } from '#kernel/audit/index/checking'
import { AuditIndex } from '#kernel/audit/index/index'
import { type Indexed, type OpenIndex, within } from '#kernel/audit/index/open'
import { postgresIndexStore } from '#kernel/audit/index/postgres-store'
import { PostgresUsage, readPostgresUsage } from '#kernel/audit/usage/postgres-usage'
import type { Tally } from '#kernel/audit/usage/tally'
import { systemRandom } from '#kernel/random'
import { connectionOf } from '#kernel/storage/postgres/connection'
import { engineError } from '#kernel/storage/postgres/errors'

/** One node keeps the index at a time: as long as its connection lives. The number is this lock's, and no other's. */
const KEEP = 'select pg_try_advisory_lock(7306359921540236471) as ours'

/**
 * The index in the main database. `keeps`: this node keeps it, unless another one does now. A connection that is lost makes every
 * call fail: it is opened anew then.
 */
export async function openPostgresIndex(
  url: string,
  parts: OpenIndex,
  keeps: boolean,
): Promise<Indexed & { readonly keeps: boolean }> {
  const client = new pg.Client({ ...connectionOf(url), application_name: 'strongroom audit index' })
  client.on('error', () => {
    // The query that needs the connection fails and tells.
  })
  try {
    await client.connect()
    const ours = keeps && ((await client.query<{ ours: number | boolean }>(KEEP)).rows[0]?.ours ?? false)
    const writes = ours === true || ours === 1
    const counts = new PostgresUsage(client)
    const counting = {
      begin: () => counts.begin(),
      write: (tally: Tally) => counts.write(tally, parts.clock.now()),
    }
    const store = postgresIndexStore(client, () => client.end())
    const index = new AuditIndex({ ...parts, random: systemRandom, store, writes, ...(writes && { counting }) })
    return { index, usage: within(index, () => readPostgresUsage(client)), keeps: writes }
  } catch (error) {
    await client.end().catch(() => undefined)
    throw engineError('opening the index of the audit trail', error)
  }
}

/** What is wrong with the index in the main database, in words. */
export async function checkPostgresIndex(url: string, key: KeyObject): Promise<readonly string[]> {
  const client = new pg.Client({ ...connectionOf(url), application_name: 'strongroom audit' })
  client.on('error', () => {
    // The query that needs the connection fails and tells.
  })
  try {
    await client.connect()
    const { rows } = await client.query(`select 1 where to_regclass('audit_index_state') is not null`)
    if (rows.length === 0) return []
    // one moment: the server may write meanwhile
    await client.query('begin isolation level repeatable read, read only')
    return await checkIndex(
      postgresIndexStore(client, () => client.end()),
      key,
    )
  } catch (error) {
    throw engineError('reading the index of the audit trail', error)
  } finally {
    await client.end().catch(() => undefined)
  }
}
