import type { Pages } from '#kernel/audit/pages'
import { openAuditDatabase } from '#kernel/audit/sqlite-chain'
import { sqlitePages } from '#kernel/audit/sqlite-pages'

/** Reads the journal in `file`, while a server writes it or when none does. */
export function openFilePages(file: string): Pages {
  const db = openAuditDatabase(file, { readOnly: true })
  return sqlitePages(db, () => db.close())
}
