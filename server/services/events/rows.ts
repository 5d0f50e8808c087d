import type { KeyObject } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { BusRow, RuleRow } from './store.sql.ts'

/**
 * The MACs of buses and rules: they decide who may put events, and what is done with them. Who writes a row makes its MAC, and who
 * lets a row decide checks it.
 */

type Unsigned<Row> = Omit<Row, 'mac'>

const number = (value: number | null): Field => (value === null ? null : Number(value))

const busFields = (row: Unsigned<BusRow>): Field[] => [
  row.account,
  row.region,
  row.name,
  row.description,
  row.kms_key,
  row.dead_letter,
  row.log,
  row.policy,
  row.policy_principals,
  row.tags,
  number(row.created_at),
  number(row.changed_at),
]

const ruleFields = (row: Unsigned<RuleRow>): Field[] => [
  row.account,
  row.region,
  row.bus,
  row.name,
  row.id,
  row.pattern,
  row.schedule,
  row.state,
  row.description,
  row.role,
  row.tags,
  row.created_by,
  number(row.created_at),
  number(row.scheduled_at),
]

/** Writes and checks the MACs, under a key of the vault. */
export class Rows {
  readonly #key: KeyObject

  constructor(key: KeyObject) {
    this.#key = key
  }

  macOfBus(row: Unsigned<BusRow>): Buffer {
    return rowMac(this.#key, 'event_bus', busFields(row))
  }

  macOfRule(row: Unsigned<RuleRow>): Buffer {
    return rowMac(this.#key, 'event_rule', ruleFields(row))
  }

  /** These throw RowForged for a row that this server did not write. */
  checkBus(row: BusRow): void {
    checkRow(this.#key, 'event_bus', busFields(row), row.mac, `${row.name} in ${row.account} ${row.region}`)
  }

  checkRule(row: RuleRow): void {
    checkRow(
      this.#key,
      'event_rule',
      ruleFields(row),
      row.mac,
      `${row.bus}/${row.name} in ${row.account} ${row.region}`,
    )
  }
}
