import type { Call } from '#kernel/call'
import type { Databases } from './databases.ts'
import type { Database } from './model/database.ts'
import { type Filter, passing } from './model/filters.ts'
import { pageOf, tailOf } from './model/page.ts'
import { existing } from './target.ts'

interface Asked {
  readonly Filters?: readonly Filter[] | undefined
  readonly MaxRecords?: number | undefined
  readonly Marker?: string | undefined
}

/** Rows that are looked at in one statement. */
const AT_ONCE = 200

/** One database, or a page of those that pass the filters. Throws what RDS answers. */
export async function listed(
  id: string | undefined,
  kind: 'instance' | 'cluster',
  asked: Asked,
  databases: Databases,
  call: Call,
): Promise<{ readonly found: readonly Database[]; readonly tail: { Marker?: string } }> {
  const page = pageOf(asked)
  const passes = passing(kind, asked.Filters)
  if (id !== undefined && id !== '') {
    const one = await existing(id, kind, databases, call)
    return { found: passes(one) ? [one] : [], tail: {} }
  }
  const found: Database[] = []
  for (let after = page.after; ; ) {
    const rows = await databases.page(call, kind, after, AT_ONCE)
    found.push(...rows.filter(passes))
    const last = rows.at(-1)
    if (found.length > page.limit || rows.length < AT_ONCE || last === undefined) break
    after = last.id
  }
  const more = found.length > page.limit
  const shown = found.slice(0, page.limit)
  return { found: shown, tail: tailOf(more, shown.at(-1)?.id) }
}
