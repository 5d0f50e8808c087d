import type { KeyObject } from 'node:crypto'
import { checkRow, type Field, rowMac } from '#kernel/sealing/row-mac'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './alarms.sql.ts'
import { type Alarm, alarmArn, type Settings, type State } from './model/alarm.ts'
import type { Cell } from './model/metric.ts'

/** A line of an alarm's history. */
export interface HistoryItem {
  readonly name: string
  /** Milliseconds. */
  readonly at: number
  /** Among those of the same time. */
  readonly place: number
  readonly kind: Settings['kind']
  readonly type: 'ConfigurationUpdate' | 'StateUpdate' | 'Action'
  readonly summary: string
  /** JSON. */
  readonly content: string
}

/** Which lines; what is not said is any. Milliseconds, both bounds included. */
export interface HistoryQuery {
  readonly name?: string | undefined
  readonly type?: string | undefined
  readonly kind?: Settings['kind'] | undefined
  readonly from: number
  readonly to: number
}

const MOST_SUMMARY = 255
const MOST_CONTENT = 4095

/**
 * The alarms of one unit of work. Rows carry a MAC over all that they say: actions decide where data goes. It is checked wherever a row
 * is read. Throws RowForged.
 */
export class Alarms {
  readonly #unit: Unit
  readonly #key: KeyObject

  constructor(unit: Unit, key: KeyObject) {
    this.#unit = unit
    this.#key = key
  }

  async find(cell: Cell, name: string): Promise<Alarm | undefined> {
    const row = await this.#unit.get<sql.AlarmRow>(sql.find, { ...cellOf(cell), name })
    return row && this.#alarm(row, cell)
  }

  /** The same in a write unit, and nobody else changes it before that ends. */
  async locked(cell: Cell, name: string): Promise<Alarm | undefined> {
    const row = await this.#unit.get<sql.AlarmRow>(sql.lock, { ...cellOf(cell), name })
    return row && this.#alarm(row, cell)
  }

  async save(alarm: Alarm): Promise<void> {
    const { account, region, name } = alarm
    const columns = columnsOf(alarm)
    const mac = rowMac(this.#key, 'alarm', fields({ account, region }, { name, ...columns }))
    const { reason_data, state_at, transition_at, configured_at, ...rest } = columns
    await this.#unit.run(sql.put, {
      ...{ account, region, name, mac },
      ...rest,
      ...{ reasonData: reason_data, stateAt: state_at, transitionAt: transition_at, configuredAt: configured_at },
    })
  }

  async remove(cell: Cell, name: string): Promise<void> {
    await this.#unit.run(sql.remove, { ...cellOf(cell), name })
  }

  async count(cell: Cell): Promise<number> {
    return Number((await this.#unit.get<{ n: number }>(sql.count, { ...cellOf(cell) }))?.n ?? 0)
  }

  /** Up to `limit` alarms behind a name, in the order of their names. */
  async page(
    cell: Cell,
    { prefix = '', kind = '' }: { readonly prefix?: string | undefined; readonly kind?: string | undefined },
    after: string,
    limit: number,
  ): Promise<Alarm[]> {
    const rows = await this.#unit.all<sql.AlarmRow>(sql.page, { ...cellOf(cell), prefix, kind, after, limit })
    return rows.filter(({ name }) => name.startsWith(prefix)).map((row) => this.#alarm(row, cell))
  }

  async composites(cell: Cell): Promise<Alarm[]> {
    const rows = await this.#unit.all<sql.AlarmRow>(sql.composites, { ...cellOf(cell) })
    return rows.map((row) => this.#alarm(row, cell))
  }

  /** Writes a line of history. */
  async remember(alarm: Alarm, line: Pick<HistoryItem, 'at' | 'type' | 'summary' | 'content'>): Promise<void> {
    const cell = cellOf(alarm)
    const last = await this.#unit.get<{ place: number | null }>(sql.lastPlace, { ...cell, at: line.at })
    await this.#unit.run(sql.insertHistory, {
      ...cell,
      ...{ name: alarm.name, kind: alarm.settings.kind, at: line.at, type: line.type },
      place: Number(last?.place ?? -1) + 1,
      summary: line.summary.slice(0, MOST_SUMMARY),
      content: line.content.slice(0, MOST_CONTENT),
    })
  }

  /** Up to `limit` lines behind a place, newest or oldest first. */
  async history(
    cell: Cell,
    query: HistoryQuery,
    order: 'newest' | 'oldest',
    after: Pick<HistoryItem, 'at' | 'place'> | undefined,
    limit: number,
  ): Promise<HistoryItem[]> {
    const { name = '', type = '', kind = '', from, to } = query
    const start = order === 'newest' ? { at: Number.MAX_SAFE_INTEGER, place: 0 } : { at: -1, place: 0 }
    const { at, place } = after ?? start
    const rows = await this.#unit.all<sql.HistoryRow>(order === 'newest' ? sql.newest : sql.oldest, {
      ...cellOf(cell),
      ...{ name, type, kind, from, to, at, place, limit },
    })
    return rows.map((row) => ({
      ...row,
      at: Number(row.at),
      place: Number(row.place),
      kind: row.kind as Settings['kind'],
      type: row.type as HistoryItem['type'],
    }))
  }

  #alarm(row: sql.AlarmRow, cell: Cell): Alarm {
    const { account, region } = cell
    const { mac, ...columns } = row
    checkRow(this.#key, 'alarm', fields(cell, columns), mac, alarmArn(cell, row.name))
    return {
      account,
      region,
      name: row.name,
      settings: JSON.parse(row.settings) as Settings,
      tags: new Map(JSON.parse(row.tags) as [string, string][]),
      enabled: Number(row.enabled) === 1,
      state: row.state as State,
      reason: row.reason,
      reasonData: row.reason_data ?? undefined,
      stateAt: Number(row.state_at),
      transitionAt: Number(row.transition_at),
      configuredAt: Number(row.configured_at),
    }
  }
}

const cellOf = ({ account, region }: Cell) => ({ account, region })

function columnsOf({ settings, tags, enabled, ...standing }: Alarm) {
  return {
    kind: settings.kind,
    settings: JSON.stringify(settings),
    tags: JSON.stringify([...tags]),
    enabled: enabled ? 1 : 0,
    state: standing.state,
    reason: standing.reason,
    reason_data: standing.reasonData ?? null,
    state_at: standing.stateAt,
    transition_at: standing.transitionAt,
    configured_at: standing.configuredAt,
  }
}

function fields({ account, region }: Cell, row: Omit<sql.AlarmRow, 'mac'>): Field[] {
  const identity = [account, region, row.name, row.kind, row.settings, row.tags, Number(row.enabled)]
  const times = [Number(row.state_at), Number(row.transition_at), Number(row.configured_at)]
  return [...identity, row.state, row.reason, row.reason_data, ...times]
}
