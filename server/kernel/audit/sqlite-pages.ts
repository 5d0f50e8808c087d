import type { DatabaseSync } from 'node:sqlite'
import type { Page, Pages, RawPage, Sealed } from '#kernel/audit/pages'
import type { Stand } from '#kernel/audit/place'

const COLUMNS = 'sequence, count, first_time as "firstTime", lines'
/** The block with the record, if it is not at a block's end, and those after it. Openings are told by nobody. */
const from = (
  columns: string,
) => `select ${columns} from audit_block where writer = :writer and sequence <= :to and sequence + count > :from
  and sequence >= coalesce((select max(sequence) from audit_block where writer = :writer and sequence <= :from), 0)
  and sequence > 0 order by sequence`
const AT = `select ${COLUMNS} from audit_block where writer = ? and sequence > 0 and sequence <= ? order by sequence desc limit 1`

const SEALED = `select b.mac, coalesce(
    (select p.hash from audit_block p where p.writer = b.writer and p.sequence + p.count = b.sequence and p.sequence < b.sequence
      order by p.sequence desc limit 1),
    (select q.hash from audit_pruned q where q.writer = b.writer and q.through = b.sequence - 1)) as before
  from audit_block b where b.writer = ? and b.sequence = ?`

type RawRow = { readonly sequence: number; readonly bytes: Uint8Array<ArrayBuffer> }

/** Reads the journal in the tables of `db`, which may be the one that writes it: nothing stays open between two calls. */
export function sqlitePages(db: DatabaseSync, close: () => void): Pages {
  const first = db.prepare('select writer from audit_writer where number = 1')
  const behind = db.prepare('select number, writer, sequence from audit_writer where number > ? order by number')
  const one = db.prepare('select number, writer, sequence from audit_writer where number = ?')
  const texts = db.prepare(from(COLUMNS))
  const bytes = db.prepare(from('sequence, cast(lines as blob) as bytes'))
  const at = db.prepare(AT)
  const sealed = db.prepare(SEALED)
  const pruned = db.prepare(
    'select p.through from audit_pruned p join audit_writer w on w.writer = p.writer where w.number = ?',
  )
  return {
    async heads(known, open) {
      const stands: Stand[] = []
      for (const number of open) {
        const stand = number <= known ? (one.get(number) as unknown as Stand | undefined) : undefined
        if (stand !== undefined) stands.push({ ...stand })
      }
      for (const stand of behind.all(known) as unknown as Stand[]) stands.push({ ...stand })
      return {
        journal: (first.get() as { writer: string } | undefined)?.writer,
        // of the same look as the stands: one that opened since is seen the next time
        last: stands.reduce((most, { number }) => Math.max(most, number), known),
        stands,
      }
    },
    async pages(writer, begin, to, units) {
      const found: Page[] = []
      let size = 0
      for (const page of texts.iterate({ writer, from: begin, to }) as unknown as Iterable<Page>) {
        found.push({ ...page })
        size += page.lines.length
        if (size >= units) break
      }
      return found
    },
    async raw(writer, begin, to, units) {
      const found: RawPage[] = []
      let size = 0
      const rows = bytes.iterate({ writer, from: begin, to }) as unknown as Iterable<RawRow>
      for (const { sequence, bytes: each } of rows) {
        found.push({ sequence, bytes: Buffer.from(each.buffer, each.byteOffset, each.byteLength) })
        size += each.byteLength
        if (size >= units) break
      }
      return found
    },
    async page(writer, sequence) {
      const page = at.get(writer, sequence) as unknown as Page | undefined
      return page !== undefined && page.sequence + page.count > sequence ? { ...page } : undefined
    },
    sealed: async (writer, sequence) => sealed.get(writer, sequence) as Sealed | undefined,
    pruned: async (number) => (pruned.get(number) as { through: number } | undefined)?.through ?? 0,
    close: async () => close(),
  }
}
