import type { Vault } from '#kernel/sealing/vault'
import type { Unit } from '#kernel/storage/storage'
import type { BusPlace } from './model/names.ts'
import type { Rule, RuleState, Target } from './model/rule.ts'
import type { Rows } from './rows.ts'
import * as sql from './store.sql.ts'

/** Of the vault: what targets are sealed under. */
const LABEL = 'events/targets'

/** Units that have changed rules: what they see is nobody else's yet. */
const changing = new WeakSet<Unit>()
export const changesRules = (unit: Unit): boolean => changing.has(unit)

/** Told of a row that this server did not write, or cannot open. */
export type Spoilt = (error: unknown) => void

/** Rules with their targets, in one unit of work. Throws RowForged for a row that this server did not write. */
export class Rules {
  readonly #unit: Unit
  readonly #rows: Rows
  readonly #vault: Vault

  constructor(unit: Unit, rows: Rows, vault: Vault) {
    this.#unit = unit
    this.#rows = rows
    this.#vault = vault
  }

  async find(bus: BusPlace, name: string): Promise<Rule | undefined> {
    return this.#maybe(await this.#unit.get<sql.RuleRow>(sql.findRule, { ...onBus(bus), name }))
  }

  /** The same, kept from others until the unit ends. */
  async lock(bus: BusPlace, name: string): Promise<Rule | undefined> {
    return this.#maybe(await this.#unit.get<sql.RuleRow>(sql.lockRule, { ...onBus(bus), name }))
  }

  /** Rules of a bus in the order of their names, from behind `after`. */
  async list(bus: BusPlace, prefix: string, after: string, most: number): Promise<Rule[]> {
    const rows = await this.#unit.all<sql.RuleRow>(sql.listRules, { ...onBus(bus), prefix, after, most })
    return rows.map((row) => this.#ruleOf(row))
  }

  /** Rules of a bus that are not disabled. A spoilt one is told of and left out: it decides nothing, and stops nobody else's. */
  async standing(bus: BusPlace, spoilt: Spoilt): Promise<Rule[]> {
    const rows = await this.#unit.all<sql.RuleRow>(sql.standingRules, onBus(bus))
    return readable(rows, (row) => this.#ruleOf(row), spoilt)
  }

  /** All targets of a rule, without spoilt ones, which are told of. */
  async standingTargets(rule: Rule, spoilt: Spoilt): Promise<Target[]> {
    const rows = await this.#unit.all<sql.TargetRow>(sql.targetsOf, { ...ofRule(rule), after: '', most: MOST_TARGETS })
    return readable(rows, (row) => this.#targetOf(rule, row), spoilt)
  }

  async count(bus: BusPlace): Promise<number> {
    return Number((await this.#unit.get<{ n: number }>(sql.countRules, onBus(bus)))?.n ?? 0)
  }

  async save(rule: Rule): Promise<void> {
    const row = rowOf(rule)
    this.#touch()
    await this.#unit.run(sql.saveRule, {
      account: row.account,
      region: row.region,
      bus: row.bus,
      name: row.name,
      id: row.id,
      pattern: row.pattern,
      schedule: row.schedule,
      state: row.state,
      description: row.description,
      role: row.role,
      tags: row.tags,
      createdBy: row.created_by,
      createdAt: row.created_at,
      scheduledAt: row.scheduled_at,
      mac: this.#rows.macOfRule(row),
    })
  }

  async remove({ account, region, bus, name }: Rule): Promise<void> {
    this.#touch()
    await this.#unit.run(sql.deleteRule, { account, region, bus, name })
  }

  /** Targets of a rule in the order of their ids, from behind `after`. */
  async targets(rule: Rule, after = '', most = MOST_TARGETS): Promise<Target[]> {
    const rows = await this.#unit.all<sql.TargetRow>(sql.targetsOf, { ...ofRule(rule), after, most })
    return rows.map((row) => this.#targetOf(rule, row))
  }

  async saveTarget(rule: Rule, { Id: id, Arn: arn, ...rest }: Target): Promise<void> {
    this.#touch()
    const sealed = this.#vault.wrap(LABEL, Buffer.from(JSON.stringify(rest)), bindingOf(rule, id, arn))
    await this.#unit.run(sql.saveTarget, { ...ofRule(rule), id, arn, sealed })
  }

  /** Answers whether there was such a target. */
  async removeTarget(rule: Rule, id: string): Promise<boolean> {
    this.#touch()
    return (await this.#unit.run(sql.deleteTarget, { ...ofRule(rule), id })) > 0
  }

  /** Names of the rules of a bus that have a target of that ARN, from behind `after`. */
  async namesByTarget(bus: BusPlace, arn: string, after: string, most: number): Promise<string[]> {
    const rows = await this.#unit.all<{ rule: string }>(sql.rulesByTarget, { ...onBus(bus), arn, after, most })
    return rows.map(({ rule }) => rule)
  }

  #touch(): void {
    changing.add(this.#unit)
    this.#unit.touch('events')
  }

  #targetOf(rule: Rule, { id, arn, sealed }: sql.TargetRow): Target {
    const rest = this.#vault.unwrap(LABEL, sealed, bindingOf(rule, id, arn))
    return { Id: id, Arn: arn, ...(JSON.parse(rest.toString()) as object) }
  }

  #maybe(row: sql.RuleRow | undefined): Rule | undefined {
    return row === undefined ? undefined : this.#ruleOf(row)
  }

  #ruleOf(row: sql.RuleRow): Rule {
    this.#rows.checkRule(row)
    return {
      account: row.account,
      region: row.region,
      bus: row.bus,
      name: row.name,
      id: row.id,
      pattern: row.pattern ?? undefined,
      schedule: row.schedule ?? undefined,
      state: row.state as RuleState,
      description: row.description ?? undefined,
      roleArn: row.role ?? undefined,
      tags: new Map(JSON.parse(row.tags) as [string, string][]),
      createdBy: row.created_by,
      createdAt: Number(row.created_at),
      scheduledAt: Number(row.scheduled_at),
    }
  }
}

/** More than a rule can have. */
const MOST_TARGETS = 1000

function readable<Row, Read>(rows: readonly Row[], read: (row: Row) => Read, spoilt: Spoilt): Read[] {
  return rows.flatMap((row) => {
    try {
      return [read(row)]
    } catch (error) {
      spoilt(error)
      return []
    }
  })
}

const onBus = ({ account, region, name }: BusPlace) => ({ account, region, bus: name })
const ofRule = ({ account, region, bus, name }: Rule) => ({ account, region, bus, rule: name })

/** A target belongs to one rule: neither another one, nor one of the same name made later, can have it. */
const bindingOf = ({ account, region, bus, name, id }: Rule, target: string, arn: string) => [
  'event_target',
  account,
  region,
  bus,
  name,
  id,
  target,
  arn,
]

function rowOf(rule: Rule): Omit<sql.RuleRow, 'mac'> {
  return {
    account: rule.account,
    region: rule.region,
    bus: rule.bus,
    name: rule.name,
    id: rule.id,
    pattern: rule.pattern ?? null,
    schedule: rule.schedule ?? null,
    state: rule.state,
    description: rule.description ?? null,
    role: rule.roleArn ?? null,
    tags: JSON.stringify([...rule.tags]),
    created_by: rule.createdBy,
    created_at: rule.createdAt,
    scheduled_at: rule.scheduledAt,
  }
}
