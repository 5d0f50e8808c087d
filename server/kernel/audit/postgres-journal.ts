import { hash, type KeyObject } from 'node:crypto'
import pg from 'pg'
import { type Block, chain, missing, openingBlock, wanted } from '#kernel/audit/block'
import { GENESIS, type Head, headMac, link, openingLine, type Register, registerMac, same } from '#kernel/audit/chain'
import { headChanged, headForged, headRemoved, registerForged, setBack } from '#kernel/audit/forgery'
import type { Journal, Writer } from '#kernel/audit/journal'
import { connectionOf } from '#kernel/storage/postgres/connection'
import { engineError } from '#kernel/storage/postgres/errors'

/**
 * Moves the head and writes the block, in one statement and so in one transaction and one round trip; nothing is written
 * when the head does not stand where it was left.
 */
const APPEND = {
  name: 'audit-append',
  text: `with head as (
  update audit_writer set sequence = $2, hash = $3, mac = $4 where writer = $1 and sequence = $5 and hash = $6 returning 1
), block as (
  insert into audit_block (writer, sequence, count, first_time, last_time, hash, mac, lines)
  select $1, $5 + 1, $2 - $5, $7, $8, $3, $4, $9 where exists (select 1 from head)
)
select count(*) as moved from head`,
}

const MOVE = {
  name: 'audit-move',
  text: `with head as (
  update audit_writer set sequence = $2, hash = $3, mac = $4 where writer = $1 and sequence = $5 and hash = $6 returning 1
) select count(*) as moved from head`,
}

const OVERLAPPING = 'select lines from audit_block where last_time >= $1 and first_time <= $2'

/** One at a time: an opening is chained to the one before, and what is completed must not be completed twice. */
const ALONE = 'lock table audit_register in share row exclusive mode'

/**
 * Held by the connection through which a writer writes, so that PostgreSQL knows when it has ended; shared, for the
 * connection after a failure may come before the server has noticed the end of the one before.
 */
const LIVE = 'select pg_advisory_lock_shared($1::bigint)'
const ENDED = 'select pg_try_advisory_xact_lock($1::bigint) as ended'

// A record that is said to be durable must be; more than that is the administrator's choice.
const DURABLE =
  "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'"

/** A journal in the tables of a PostgreSQL database, over a connection of its own. Appends happen one after the other. */
class PostgresJournal implements Journal {
  readonly #config: pg.ClientConfig
  readonly #key: KeyObject
  readonly #writer: Writer
  register: Register = { count: 0, hash: GENESIS }
  #client: pg.Client | undefined
  #head: Head | undefined
  #reached = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(url: string, key: KeyObject, writer: Writer) {
    this.#config = { ...connectionOf(url), application_name: 'strongroom audit' }
    this.#key = key
    this.#writer = writer
  }

  get writer(): string {
    return this.#writer.id
  }

  append(lines: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      if (lines.length === 0) return
      const { client, head } = this.#opened()
      const chained = chain(head, lines, this.#key)
      if (chained.blocks.length === 1) await this.#put(client, head, chained.blocks)
      else await transaction(client, () => this.#put(client, head, chained.blocks))
      this.#moved(chained.head)
    })
  }

  complete(lines: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      if (lines.length === 0) return
      const { client, head } = this.#opened()
      const to = await transaction(client, async () => {
        await client.query(ALONE)
        const events = wanted(lines)
        const { rows } = await client.query<Pick<Block, 'lines'>>(OVERLAPPING, [events.from, events.to])
        const chained = chain(head, missing(lines, events, rows), this.#key)
        await this.#put(client, head, chained.blocks)
        return chained.head
      })
      this.#moved(to)
    })
  }

  ended(writers: readonly string[]): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const { client } = this.#opened()
      const ended: string[] = []
      for (const writer of writers) {
        const { rows } = await client.query<{ ended: number }>(ENDED, [lockOf(writer)])
        if (rows[0]?.ended === 1) ended.push(writer)
      }
      return ended
    })
  }

  /** A new connection reads where the chain stands: a commit whose answer was lost may have moved it. */
  probe(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#hangUp()
      await this.connect()
      const { client, head } = this.#opened()
      const mac = headMac(this.#key, head)
      const values = [head.writer, head.sequence, head.hash, mac, head.sequence, head.hash]
      const { rows } = await client.query<{ moved: number }>({ ...MOVE, values })
      if (rows[0]?.moved !== 1) throw headChanged()
    })
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      // Others may take it for ended at once, not only when the server has noticed the end of the connection.
      await this.#client?.query('select pg_advisory_unlock_all()').catch(() => undefined)
      await this.#hangUp()
    })
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
      await client.query(LIVE, [lockOf(this.#writer.id)])
      await client.query('begin')
      await client.query(ALONE)
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

  /** Puts blocks behind `from`: the head stands there only when the transaction around has been committed. */
  async #put(client: pg.Client, from: Head, blocks: readonly Block[]): Promise<void> {
    let { sequence, hash: before } = from
    for (const { writer, count, firstTime, lastTime, hash: after, mac, lines } of blocks) {
      const values = [writer, sequence + count, after, mac, sequence, before, firstTime, lastTime, lines]
      const { rows } = await client.query<{ moved: number }>({ ...APPEND, values })
      if (rows[0]?.moved !== 1) throw headChanged()
      sequence += count
      before = after
    }
  }

  #moved(to: Head): void {
    this.#head = to
    this.#reached = to.sequence
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
    this.register = await this.#registered(client)
    return head
  }

  async #open(client: pg.Client): Promise<Head> {
    const { id: writer, startedAtMs, known } = this.#writer
    const register = await this.#registered(client)
    if (known !== undefined) await this.#compare(client, register, known)
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
    const block = openingBlock(writer, startedAtMs, hash, mac, line)
    await client.query(
      `insert into audit_block (writer, sequence, count, first_time, last_time, hash, mac, lines)
       values ($1, 0, 1, $2, $2, $3, $4, $5)`,
      [writer, block.firstTime, hash, mac, block.lines],
    )
    await client.query(
      `insert into audit_writer (writer, number, process, sequence, hash, mac, anchored)
       values ($1, $2, $3, 0, $4, $5, -1)`,
      [writer, number, process.pid, hash, mac],
    )
    this.register = { count: number, hash }
    await client.query(
      `insert into audit_register (id, count, hash, mac) values (1, $1, $2, $3)
       on conflict (id) do update set count = excluded.count, hash = excluded.hash, mac = excluded.mac`,
      [number, hash, registerMac(this.#key, this.register)],
    )
    return head
  }

  async #registered(client: pg.Client): Promise<Register> {
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

  /** The register must go on from the state that is known. */
  async #compare(client: pg.Client, register: Register, known: Register): Promise<void> {
    const { rows } = await client.query<{ hash: string }>(
      `select b.hash from audit_writer w join audit_block b on b.writer = w.writer and b.sequence = 0 where w.number = $1`,
      [known.count],
    )
    if (register.count < known.count || rows[0]?.hash !== known.hash) throw setBack(known, register.count)
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

async function transaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  try {
    await client.query('begin')
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that is gone has rolled back.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** The number of a writer's advisory lock. */
const lockOf = (writer: string): string =>
  BigInt.asIntN(64, BigInt(`0x${hash('sha256', `strongroom audit writer ${writer}`, 'hex').slice(0, 16)}`)).toString()

/**
 * Opens the journal in the tables of `journalMigrations` for a new writer. Rejects when they can't be written, the
 * register is not authentic, or it does not go back to what `writer.known` says. `key` is the vault's `macKey('audit/head')`.
 */
export async function openPostgresJournal(url: string, key: KeyObject, writer: Writer): Promise<Journal> {
  const journal = new PostgresJournal(url, key, writer)
  await journal.connect()
  return journal
}
