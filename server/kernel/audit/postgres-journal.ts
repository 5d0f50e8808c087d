import type { KeyObject } from 'node:crypto'
import pg from 'pg'
import { GENESIS, type Head, headMac, link, openingLine, type Register, registerMac, same } from '#kernel/audit/chain'
import { headChanged, headForged, headRemoved, registerForged } from '#kernel/audit/forgery'
import type { Journal, Writer } from '#kernel/audit/journal'
import { parseLine } from '#kernel/audit/record'
import { connectionOf } from '#kernel/storage/postgres/connection'
import { engineError } from '#kernel/storage/postgres/errors'

/** SQLSTATE unique_violation. */
const UNIQUE_VIOLATION = '23505'

/**
 * Moves the head and writes the batch, in one statement and so in one transaction and one round trip; nothing is written
 * when the head does not stand where it was left. Columns travel as texts separated by line ends: arrays would be quoted.
 */
const APPEND = {
  name: 'audit-append',
  text: `with head as (
  update audit_writer set sequence = $2, hash = $3, mac = $4 where writer = $1 and sequence = $5 and hash = $6 returning 1
), batch as (
  insert into audit_record (writer, sequence, event_id, event_time, account, region, record, hash, mac)
  select $1, $5 + n, event_id, event_time::bigint, account, region, record, line_hash, case when $5 + n = $2 then $4 end
  from unnest(string_to_array($7, E'\\n'), string_to_array($8, E'\\n'), string_to_array($9, E'\\n'),
    string_to_array($10, E'\\n'), string_to_array($11, E'\\n'), string_to_array($12, E'\\n'))
    with ordinality as line (event_id, event_time, account, region, record, line_hash, n)
  where exists (select 1 from head)
)
select count(*) as moved from head`,
}

// A record that is said to be durable must be; more than that is the administrator's choice.
const DURABLE =
  "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'"

/** A journal in the tables of a PostgreSQL database, over a connection of its own. Appends happen one after the other. */
class PostgresJournal implements Journal {
  readonly #config: pg.ClientConfig
  readonly #key: KeyObject
  readonly #writer: Writer
  #client: pg.Client | undefined
  #head: Head | undefined
  #reached = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(url: string, key: KeyObject, writer: Writer) {
    this.#config = { ...connectionOf(url), application_name: 'strongroom audit' }
    this.#key = key
    this.#writer = writer
  }

  append(lines: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#write(lines)
      } catch (error) {
        if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error
        await this.#write(await this.#missing(lines))
      }
    })
  }

  /** A new connection reads where the chain stands: a commit whose answer was lost may have moved it. */
  probe(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#hangUp()
      await this.connect()
      const head = this.#opened().head
      await this.#move(head, head, [])
    })
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#hangUp())
  }

  async connect(): Promise<void> {
    const client = new pg.Client(this.#config)
    client.on('error', () => {
      // The next append fails on it, and tells.
      if (this.#client === client) this.#client = undefined
    })
    try {
      await client.connect()
      await client.query(DURABLE)
      await client.query('begin')
      // One opening at a time: each is chained to the one before.
      await client.query('lock table audit_register in share row exclusive mode')
      const head = (await this.#resume(client)) ?? (await this.#open(client))
      await client.query('commit')
      this.#head = head
      this.#reached = head.sequence
      this.#client = client
    } catch (error) {
      await client.end().catch(() => undefined)
      throw engineError('opening the audit journal', error)
    }
  }

  async #write(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return
    const { head } = this.#opened()
    const { writer } = head
    let { sequence, hash } = head
    const columns: [string[], string[], string[], string[], string[], string[]] = [[], [], [], [], [], []]
    for (const line of lines) {
      sequence++
      hash = link(hash, writer, sequence, line)
      const { eventId, eventTime, account, region, record } = parseLine(line)
      columns[0].push(eventId)
      columns[1].push(String(eventTime))
      columns[2].push(account)
      columns[3].push(region)
      columns[4].push(record)
      columns[5].push(hash)
    }
    await this.#move(head, { writer, sequence, hash }, columns)
  }

  async #move(from: Head, to: Head, columns: readonly string[][]): Promise<void> {
    const { client } = this.#opened()
    const mac = headMac(this.#key, to)
    const values = [to.writer, to.sequence, to.hash, mac, from.sequence, from.hash]
    // A probe moves the head to where it stands, and writes no line.
    const texts = columns.length === 0 ? Array<null>(6).fill(null) : columns.map((column) => column.join('\n'))
    const { rows } = await client.query<{ moved: number }>({ ...APPEND, values: [...values, ...texts] })
    if (rows[0]?.moved !== 1) throw headChanged()
    this.#head = to
    this.#reached = to.sequence
  }

  async #missing(lines: readonly string[]): Promise<string[]> {
    const { client } = this.#opened()
    const ids = lines.map((line) => parseLine(line).eventId)
    const known = await client.query<{ event_id: string }>(
      "select event_id from audit_record where event_id = any(string_to_array($1, E'\\n'))",
      [ids.join('\n')],
    )
    const seen = new Set(known.rows.map((row) => row.event_id))
    return lines.filter((_, at) => {
      const id = ids[at] as string
      return !seen.has(id) && seen.add(id)
    })
  }

  async #resume(client: pg.Client): Promise<Head | undefined> {
    const { rows } = await client.query<Head & { mac: string }>(
      'select writer, sequence, hash, mac from audit_writer where writer = $1',
      [this.#writer.id],
    )
    const row = rows[0]
    if (row === undefined) {
      if (this.#head !== undefined) throw headRemoved()
      return undefined
    }
    const { mac, ...head } = row
    if (!same(mac, headMac(this.#key, head)) || head.sequence < this.#reached) throw headForged()
    return head
  }

  async #open(client: pg.Client): Promise<Head> {
    const { id: writer, startedAtMs } = this.#writer
    const register = await this.#register(client)
    const { rows: heads } = await client.query<Head>(
      'select writer, sequence, hash from audit_writer where sequence > anchored order by number desc limit 1000',
    )
    for (const head of heads) {
      await client.query('update audit_writer set anchored = $1 where writer = $2', [head.sequence, head.writer])
    }
    const number = register.count + 1
    const line = openingLine(writer, startedAtMs, { number, previous: register.hash, heads })
    const hash = link(GENESIS, writer, 0, line)
    const head = { writer, sequence: 0, hash }
    const mac = headMac(this.#key, head)
    const { eventId, eventTime, account, region, record } = parseLine(line)
    await client.query(
      `insert into audit_record (writer, sequence, event_id, event_time, account, region, record, hash, mac)
       values ($1, 0, $2, $3, $4, $5, $6, $7, $8)`,
      [writer, eventId, eventTime, account, region, record, hash, mac],
    )
    await client.query(
      'insert into audit_writer (writer, number, sequence, hash, mac, anchored) values ($1, $2, 0, $3, $4, -1)',
      [writer, number, hash, mac],
    )
    await client.query(
      `insert into audit_register (id, count, hash, mac) values (1, $1, $2, $3)
       on conflict (id) do update set count = excluded.count, hash = excluded.hash, mac = excluded.mac`,
      [number, hash, registerMac(this.#key, { count: number, hash })],
    )
    return head
  }

  async #register(client: pg.Client): Promise<Register> {
    const { rows } = await client.query<Register & { mac: string }>(
      'select count, hash, mac from audit_register where id = 1',
    )
    const row = rows[0]
    if (row === undefined) {
      const writers = await client.query('select 1 from audit_writer limit 1')
      if (writers.rows.length > 0) throw registerForged()
      return { count: 0, hash: GENESIS }
    }
    const { mac, ...register } = row
    if (!same(mac, registerMac(this.#key, register))) throw registerForged()
    return register
  }

  #opened(): { client: pg.Client; head: Head } {
    if (this.#client === undefined || this.#head === undefined) throw new Error('the audit journal is not open')
    return { client: this.#client, head: this.#head }
  }

  async #hangUp(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    // A connection that is broken already can't say goodbye.
    await client?.end().catch(() => undefined)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

/**
 * Opens the journal in the tables of `journalMigrations` for a new writer. Rejects when they can't be written or the
 * register is not authentic. `key` is the vault's `macKey('audit/head')`.
 */
export async function openPostgresJournal(url: string, key: KeyObject, writer: Writer): Promise<Journal> {
  const journal = new PostgresJournal(url, key, writer)
  await journal.connect()
  return journal
}
