import { join } from 'node:path'
import type { Journal, Writer } from '#kernel/audit/journal'
import { JournalTrail } from '#kernel/audit/journal-trail'
import { openNoted } from '#kernel/audit/note'
import type { Pages } from '#kernel/audit/pages'
import { memoryReading, type Reading, threadReading } from '#kernel/audit/reading'
import { journalAndIndexMigrations } from '#kernel/audit/schema'
import { openFileJournal, openMemoryJournal } from '#kernel/audit/sqlite-journal'
import { type Held, openHeld } from '#kernel/sealing/held'
import type { Vault } from '#kernel/sealing/vault'
import { tablesOf } from '#kernel/storage/migration'
import { type Overflow, overflowIn } from '#kernel/storage/overflow'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Storage } from '#kernel/storage/storage'
import { openTracing, type Tracing } from '#kernel/tracing'
import { version } from '../version.ts'
import type { Plan } from './plan.ts'
import { migrations } from './schema.ts'

/** Opens the store, its schema up to date. */
export async function openStorage({ kept, shared, clock, random, log, metrics }: Plan): Promise<Storage> {
  const onProblem = (error: unknown) => {
    metrics.storeFailed()
    log.error({ err: error }, 'the store has a problem')
  }
  switch (kept.kind) {
    case 'memory':
      return openSqlite({ file: ':memory:', migrations, clock, onProblem })
    case 'file':
      return openSqlite({ file: join(kept.directory, 'strongroom.db'), migrations, clock, shared, onProblem })
    case 'postgres':
      // the journal, elsewhere in a file of its own, is in the main database here
      // Loaded when it is wanted: the driver takes a tenth of the time of a start.
      return (await import('#kernel/storage/postgres/postgres')).openPostgres({
        url: kept.url.reveal(),
        migrations: [...migrations, ...journalAndIndexMigrations],
        clock,
        random,
        onProblem,
      })
  }
}

/** Where what finds no room in memory may go: beside a store in a file. */
export function overflowOf({ kept, random }: Pick<Plan, 'kept' | 'random'>): (() => Overflow | undefined) | undefined {
  return kept.kind === 'file' ? () => overflowIn(kept.directory, random) : undefined
}

/** Opens the journal that the store knows; one that is missing or was set back keeps the server from starting. */
function openJournal(plan: Plan, storage: Storage, vault: Vault): Promise<Journal> {
  const { kept, clock, random } = plan
  const key = vault.macKey('audit/head')
  return openNoted(storage, key, plan.acceptJournal === true, async (known) => {
    const writer: Writer = {
      id: random.uuid(),
      startedAtMs: clock.now(),
      ...(known === undefined ? {} : { known }),
    }
    switch (kept.kind) {
      case 'memory':
        return openMemoryJournal(key, writer)
      case 'file':
        return openFileJournal(join(kept.directory, 'audit.db'), key, writer, { shared: plan.beside ?? plan.shared })
      case 'postgres':
        return (await import('#kernel/audit/postgres-journal')).openPostgresJournal(kept.url.reveal(), key, writer)
    }
  })
}

/** Opens the keys of the store, and follows those that others put in their place. */
export function openKeys(plan: Plan, storage: Storage): Promise<Held> {
  return openHeld({
    storage,
    seal: plan.seal,
    random: plan.random,
    clock: plan.clock,
    tables: tablesOf(migrations),
    onProblem: (error) => plan.log.error({ err: error }, 'the keys of the store can not be followed'),
    onRoot(root) {
      plan.log.info({ rootKey: root.number }, 'the root key of the store was replaced, and this server has followed')
      plan.onRoot?.(root)
    },
  })
}

/** The trail, and where those who follow it read. */
export interface OpenTrail {
  readonly trail: JournalTrail
  readonly reading: Reading
}

/** Opens the trail over its journal. */
export async function openTrail(plan: Plan, storage: Storage, vault: Vault): Promise<OpenTrail> {
  const { random, log } = plan
  const journal = await openJournal(plan, storage, vault)
  const trail = await JournalTrail.open({
    journal,
    storage,
    random,
    changed: (cause) =>
      cause === undefined
        ? log.info({}, 'the audit trail can be written again')
        : log.error({ err: cause }, 'the audit trail cannot be written: calls are refused'),
  })
  return { trail, reading: openReading(plan, journal, vault) }
}

function openReading({ kept, log, clock, runsJobs: keeps }: Plan, journal: Journal, vault: Vault): Reading {
  const [key, chainKey] = [vault.macKey('audit/index'), vault.macKey('audit/head')]
  const tell = (text: string, bad: boolean) => (bad ? log.warn({}, text) : log.info({}, text))
  switch (kept.kind) {
    case 'memory':
      return memoryReading(journal.pages as Pages, key, clock)
    case 'file': {
      const [file, indexFile] = ['audit.db', 'audit-index.db'].map((name) => join(kept.directory, name)) as [
        string,
        string,
      ]
      return threadReading({ file, indexFile, key, chainKey, keeps }, tell)
    }
    case 'postgres':
      return threadReading({ url: kept.url.reveal(), key, chainKey, keeps }, tell)
  }
}

/** Opens the way of traces to a collector, where one is wanted. */
export async function openTraces({ tracing, random, log }: Plan): Promise<Tracing | undefined> {
  if (tracing === undefined) return undefined
  const onProblem = (text: string) => log.warn({ collector: text }, 'traces can not be sent')
  return openTracing(tracing, { version, random, onProblem })
}
