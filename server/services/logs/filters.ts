import type { Unit } from '#kernel/storage/storage'
import { metricFilters, type FilterRow, subscriptions } from './filters.sql.ts'
import { of } from './groups.ts'
import type { LogGroup } from './model/group.ts'
import type { MetricFilter, Subscription } from './model/filters.ts'
import type { Cell } from './model/names.ts'
import type { FilterTable, Rows } from './rows.ts'

/** Filters of groups, of one of the two kinds, in one unit of work. */
class Filters<F extends { readonly name: string; readonly createdAt: number }> {
  readonly #unit: Unit
  readonly #rows: Rows
  readonly #table: FilterTable
  readonly #sql: typeof metricFilters

  constructor(unit: Unit, rows: Rows, table: FilterTable, sql: typeof metricFilters) {
    this.#unit = unit
    this.#rows = rows
    this.#table = table
    this.#sql = sql
  }

  async find(group: LogGroup, name: string): Promise<F | undefined> {
    const row = await this.#unit.get<FilterRow>(this.#sql.find, { ...of(group), name })
    return row && this.#in(row)
  }

  async ofGroup(group: LogGroup): Promise<F[]> {
    return (await this.#unit.all<FilterRow>(this.#sql.ofGroup, of(group))).map((row) => this.#in(row))
  }

  async count(group: LogGroup): Promise<number> {
    return (await this.#unit.get<{ n: number }>(this.#sql.count, of(group)))?.n ?? 0
  }

  async save(group: LogGroup, { name, createdAt, ...content }: F): Promise<void> {
    const row = { ...of(group), name, content: JSON.stringify(content), created_at: createdAt }
    await this.#unit.run(this.#sql.save, { ...row, mac: this.#rows.macOfFilter(this.#table, row) })
  }

  /** False: there was none. */
  async remove(group: LogGroup, name: string): Promise<boolean> {
    return (await this.#unit.run(this.#sql.remove, { ...of(group), name })) > 0
  }

  /** Filters of one group, or of all of an account, by the names of groups and theirs. */
  async page(
    { account, region }: Cell,
    group: string,
    after: readonly [group: string, name: string],
    limit: number,
  ): Promise<{ readonly group: string; readonly filter: F }[]> {
    const asked = { account, region, group, after_group: after[0], after: after[1], limit }
    const rows = await this.#unit.all<FilterRow & { readonly log_group: string }>(this.#sql.page, asked)
    return rows.map((row) => ({ group: row.log_group, filter: this.#in(row) }))
  }

  #in(row: FilterRow): F {
    this.#rows.checkFilter(this.#table, row)
    return { ...(JSON.parse(row.content) as object), name: row.name, createdAt: row.created_at } as F
  }
}

/** Filters that make metrics of events. */
export class MetricFilters extends Filters<MetricFilter> {
  constructor(unit: Unit, rows: Rows) {
    super(unit, rows, 'log_metric_filter', metricFilters)
  }
}

/** Filters that send events on. */
export class Subscriptions extends Filters<Subscription> {
  constructor(unit: Unit, rows: Rows) {
    super(unit, rows, 'log_subscription', subscriptions)
  }
}
