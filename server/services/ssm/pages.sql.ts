import { type Statement, statement } from '#kernel/storage/storage'
import { PARAMETER, type ReadingRow, VERSION, VERSION_OF } from './store.sql.ts'

/** A parameter beside the version that carries a label, and the label's own row; null: it has no such label. */
export type LabelledRow = ReadingRow & { readonly label_version: number | null; readonly label_mac: Uint8Array | null }

/** Where a page is taken from: `key` in a range of the primary key, or in a range of one level's index. */
const RANGE = 'p.account = :account and p.region = :region and p.key >= :from and p.key < :to'
const LEVEL = `p.account = :account and p.region = :region and p.parent = :parent and p.key >= :from and p.key < :to`

const LABELLED = `left join parameter_label l
    on l.account = p.account and l.region = p.region and l.parameter = p.id and l.label = :label`

/** Parameters in order of their keys: one seek, and then `limit` rows, however many there are. */
function page(name: string, where: string, labelled: boolean): Statement {
  return labelled
    ? statement(
        `parameter/page-${name}-labelled`,
        `select ${PARAMETER}, ${VERSION}, l.version as label_version, l.mac as label_mac from parameter p
  ${LABELLED}
  left join ${VERSION_OF} l.version
  where ${where} order by p.key limit :limit`,
      )
    : statement(
        `parameter/page-${name}`,
        `select ${PARAMETER}, ${VERSION} from parameter p left join ${VERSION_OF} p.latest
  where ${where} order by p.key limit :limit`,
      )
}

export const pageOfRange = page('range', RANGE, false)
export const pageOfLevel = page('level', LEVEL, false)
export const labelledOfRange = page('range', RANGE, true)
export const labelledOfLevel = page('level', LEVEL, true)
