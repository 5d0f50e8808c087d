import pg from 'pg'
import type { Page, Pages, Sealed } from '#kernel/audit/pages'
import type { Stand } from '#kernel/audit/place'
import { connectionOf } from '#kernel/storage/postgres/connection'
import { engineError } from '#kernel/storage/postgres/errors'

const COLUMNS = 'sequence, count, first_time as "firstTime", lines'
const HEADS = {
  name: 'audit-pages-heads',
  text: `select number, writer, sequence from audit_writer
    where number > $1 or number = 1 or number = any($2::bigint[]) order by number`,
}
const FROM = {
  name: 'audit-pages-from',
  text: `select ${COLUMNS} from audit_block where writer = $1 and sequence <= $3::bigint and sequence + count > $2::bigint
    and sequence >= coalesce((select max(sequence) from audit_block where writer = $1 and sequence <= $2::bigint), 0)
    and sequence > 0 order by sequence limit 50`,
}
const AT = {
  name: 'audit-pages-at',
  text: `select ${COLUMNS} from audit_block where writer = $1 and sequence > 0 and sequence <= $2::bigint
    order by sequence desc limit 1`,
}

const SEALED = {
  name: 'audit-pages-sealed',
  text: `select b.mac, coalesce(
    (select p.hash from audit_block p where p.writer = b.writer and p.sequence + p.count = b.sequence and p.sequence < b.sequence
      order by p.sequence desc limit 1),
    (select q.hash from audit_pruned q where q.writer = b.writer and q.through = b.sequence - 1)) as before
  from audit_block b where b.writer = $1 and b.sequence = $2::bigint`,
}

const PRUNED = {
  name: 'audit-pages-pruned',
  text: 'select p.through from audit_pruned p join audit_writer w on w.writer = p.writer where w.number = $1',
}

/** Reads the journal over `client`; `close` ends it. */
function postgresPages(client: Pick<pg.ClientBase, 'query'>, close: () => Promise<void>): Pages {
  const pages: Pages['pages'] = async (writer, from, to, units) => {
    const { rows } = await client.query<Page>({ ...FROM, values: [writer, from, to] })
    let size = 0
    const end = rows.findIndex(({ lines }) => {
      size += lines.length
      return size >= units
    })
    return end < 0 ? rows : rows.slice(0, end + 1)
  }
  return {
    async heads(known, open) {
      const wanted = new Set(open)
      const { rows } = await client.query<Stand>({ ...HEADS, values: [known, [...wanted]] })
      const first = rows[0]
      return {
        journal: first?.number === 1 ? first.writer : undefined,
        last: Math.max(known, rows.at(-1)?.number ?? 0),
        stands: rows.filter(({ number }) => number > known || wanted.has(number)),
      }
    },
    pages,
    async raw(writer, from, to, units) {
      const found = await pages(writer, from, to, units)
      return found.map(({ sequence, lines }) => ({ sequence, bytes: Buffer.from(lines) }))
    },
    async page(writer, sequence) {
      const { rows } = await client.query<Page>({ ...AT, values: [writer, sequence] })
      const page = rows[0]
      return page !== undefined && page.sequence + page.count > sequence ? page : undefined
    },
    async sealed(writer, sequence) {
      const { rows } = await client.query<Sealed>({ ...SEALED, values: [writer, sequence] })
      return rows[0]
    },
    async pruned(number) {
      const { rows } = await client.query<{ through: number }>({ ...PRUNED, values: [number] })
      return rows[0]?.through ?? 0
    },
    close,
  }
}

/** Reads the journal in the database of `url`, over a connection of its own, which is made when it is needed, and anew when it was lost. */
export function openPostgresPages(url: string): Pages {
  let client: Promise<pg.Client> | undefined
  const connect = async () => {
    const made = new pg.Client({ ...connectionOf(url), application_name: 'strongroom audit pages' })
    made.on('error', () => {
      client = undefined
    })
    try {
      await made.connect()
    } catch (error) {
      client = undefined
      throw engineError('reading the audit journal', error)
    }
    return made
  }
  // One query after the other: the driver takes no second one while the first runs.
  let turn: Promise<unknown> = Promise.resolve()
  const query = ((...asked: Parameters<pg.Client['query']>) => {
    const result = turn.then(async () => {
      client ??= connect()
      return (await client).query(...asked)
    })
    turn = result.catch(() => undefined)
    return result
  }) as unknown as pg.Client['query']
  return postgresPages({ query }, async () => {
    const made = client
    client = undefined
    // A connection that never came, or is broken, can't say goodbye.
    await made?.then((each) => each.end()).catch(() => undefined)
  })
}
