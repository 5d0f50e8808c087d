import type { Compiled } from '#kernel/authorization/policy'
import { compile, standing } from '#kernel/authorization/policy'
import type { Unit } from '#kernel/storage/storage'
import { boundPrincipals } from '../iam/port.ts'
import { type BusPlace, busArn, type Cell, DEFAULT } from './model/names.ts'
import type { Bus } from './model/rule.ts'
import type { Rows } from './rows.ts'
import * as sql from './store.sql.ts'

/** The buses of accounts, in one unit of work. Throws RowForged for a row that this server did not write. */
export class Buses {
  readonly #unit: Unit
  readonly #rows: Rows

  constructor(unit: Unit, rows: Rows) {
    this.#unit = unit
    this.#rows = rows
  }

  /** The default bus of any account is always there. */
  async find(place: BusPlace): Promise<Bus | undefined> {
    const { account, region, name } = place
    const row = await this.#unit.get<sql.BusRow>(sql.findBus, { account, region, name })
    return row === undefined ? absent(place) : this.#busOf(row)
  }

  /** The same, kept from others until the unit ends. */
  async lock(place: BusPlace): Promise<Bus | undefined> {
    const { account, region, name } = place
    const row = await this.#unit.get<sql.BusRow>(sql.lockBus, { account, region, name })
    return row === undefined ? absent(place) : this.#busOf(row)
  }

  /** Who else may put events on a bus, as it decides; undefined when nobody, or when there is no such bus. */
  async policyOf(place: BusPlace): Promise<Compiled | undefined> {
    const bus = await this.find(place)
    return bus && policyOf(bus)
  }

  /** Buses that have a row, in the order of their names, from behind `after`. */
  async list({ account, region }: Cell, prefix: string, after: string, most: number): Promise<Bus[]> {
    const rows = await this.#unit.all<sql.BusRow>(sql.listBuses, { account, region, prefix, after, most })
    return rows.map((row) => this.#busOf(row))
  }

  /** All of an account in a region; the default one is one of them. */
  async count({ account, region }: Cell): Promise<number> {
    const row = await this.#unit.get<{ n: number }>(sql.countBuses, { account, region })
    return Number(row?.n ?? 0) + 1
  }

  async save(bus: Bus): Promise<void> {
    const row = rowOf(bus)
    this.#unit.touch('events')
    await this.#unit.run(sql.saveBus, {
      account: row.account,
      region: row.region,
      name: row.name,
      description: row.description,
      kmsKey: row.kms_key,
      deadLetter: row.dead_letter,
      log: row.log,
      policy: row.policy,
      principals: row.policy_principals,
      tags: row.tags,
      createdAt: row.created_at,
      changedAt: row.changed_at,
      mac: this.#rows.macOfBus(row),
    })
  }

  async remove({ account, region, name }: BusPlace): Promise<void> {
    this.#unit.touch('events')
    await this.#unit.run(sql.deleteBus, { account, region, name })
  }

  #busOf(row: sql.BusRow): Bus {
    this.#rows.checkBus(row)
    const { policy, policy_principals: principals } = row
    return {
      account: row.account,
      region: row.region,
      name: row.name,
      description: row.description ?? undefined,
      kmsKey: row.kms_key ?? undefined,
      deadLetterArn: row.dead_letter ?? undefined,
      log: row.log === null ? undefined : (JSON.parse(row.log) as NonNullable<Bus['log']>),
      policy: policy === null ? undefined : { document: policy, principals: principals ?? '[]' },
      tags: new Map(JSON.parse(row.tags) as [string, string][]),
      createdAt: row.created_at === null ? undefined : Number(row.created_at),
      changedAt: row.changed_at === null ? undefined : Number(row.changed_at),
    }
  }
}

/** A bus without a row: there when it is the default one. */
function absent({ account, region, name }: BusPlace): Bus | undefined {
  if (name !== DEFAULT) return undefined
  return {
    account,
    region,
    name,
    description: undefined,
    kmsKey: undefined,
    deadLetterArn: undefined,
    log: undefined,
    policy: undefined,
    tags: new Map(),
    createdAt: undefined,
    changedAt: undefined,
  }
}

/** The policy of a bus as it decides. */
export function policyOf(bus: Bus): Compiled | undefined {
  if (bus.policy === undefined) return undefined
  const { document, principals } = bus.policy
  return standing(compile(document, boundPrincipals(principals)), { kind: 'resource', id: busArn(bus), holder: '' })
}

function rowOf(bus: Bus): Omit<sql.BusRow, 'mac'> {
  return {
    account: bus.account,
    region: bus.region,
    name: bus.name,
    description: bus.description ?? null,
    kms_key: bus.kmsKey ?? null,
    dead_letter: bus.deadLetterArn ?? null,
    log: bus.log === undefined ? null : JSON.stringify(bus.log),
    policy: bus.policy?.document ?? null,
    policy_principals: bus.policy?.principals ?? null,
    tags: JSON.stringify([...bus.tags]),
    created_at: bus.createdAt ?? null,
    changed_at: bus.changedAt ?? null,
  }
}
