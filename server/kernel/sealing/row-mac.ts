import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { boundBytes } from '#kernel/sealing/bound'

/** What a column holds, as far as it is authenticated. */
export type Field = string | number | null

/**
 * Authenticates a row that is not encrypted: whoever can write the database, but does not have the seal, can then neither
 * add such a row nor change one. That rows are taken away, or put back as they once were, it does not show.
 * `key`: of the vault, for one service's rows; `fields`: the row's identity and all of its content that counts, always in
 * the same order.
 */
export function rowMac(key: KeyObject, table: string, fields: readonly Field[]): Buffer {
  const texts = fields.map((field) => (field === null ? 'null' : `=${field}`))
  return createHmac('sha256', key)
    .update(boundBytes(['strongroom/row/v1', table, ...texts]))
    .digest()
}

/** A row is not as this server wrote it. The message names the row, for the log. */
export class RowForged extends Error {}

/** Throws RowForged unless `mac` is the one of the row. `name` tells the operator which row it is. */
export function checkRow(
  key: KeyObject,
  table: string,
  fields: readonly Field[],
  mac: Uint8Array | null | undefined,
  name: string,
): void {
  const right = rowMac(key, table, fields)
  if (mac?.length !== right.length || !timingSafeEqual(mac, right)) {
    throw new RowForged(
      `a row of ${table} (${name}) is not as this server wrote it: it was added or changed from outside`,
    )
  }
}
