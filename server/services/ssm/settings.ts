import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import type { Storage, Unit } from '#kernel/storage/storage'
import type { Cell } from './model/parameter.ts'
import {
  DEFAULT_TIER,
  type DefaultTier,
  defaultOf,
  HIGH_THROUGHPUT,
  type SettingId,
  type SettingRecord,
  settingNamed,
  settingNotFound,
} from './model/settings.ts'
import type { SettingRow } from './settings.sql.ts'
import * as sql from './settings.sql.ts'

/** The settings of the caller's account and region, within one unit of work. Nothing is read before it is asked for. */
export class ServiceSettings {
  readonly #unit: Unit
  readonly #call: Call

  constructor(unit: Unit, call: Call) {
    this.#unit = unit
    this.#call = call
  }

  /** What somebody has set; undefined at the default. */
  find(setting: SettingId): Promise<SettingRecord | undefined> {
    return settingIn(this.#unit, this.#call, setting)
  }

  async save(setting: SettingId, value: string): Promise<void> {
    const { account, region, now, caller } = this.#call
    this.#unit.touch('parameters')
    const row = { account, region, setting, value, modified_at: now, modified_by: caller.arn }
    await this.#unit.run(sql.saveSetting, row)
  }

  /** Back to the default. */
  async reset(setting: SettingId): Promise<void> {
    const { account, region } = this.#call
    this.#unit.touch('parameters')
    await this.#unit.run(sql.removeSetting, { account, region, setting })
  }

  /** The tier of a parameter that is made without one. */
  async defaultTier(): Promise<DefaultTier> {
    return ((await this.find(DEFAULT_TIER))?.value ?? defaultOf(DEFAULT_TIER)) as DefaultTier
  }
}

async function settingIn(
  unit: Unit,
  { account, region }: Cell,
  setting: SettingId,
): Promise<SettingRecord | undefined> {
  const row = await unit.get<SettingRow>(sql.findSetting, { account, region, setting })
  return row && { value: row.value, modifiedAt: row.modified_at, modifiedBy: row.modified_by }
}

/** Whether an account has asked for high throughput in a region; opens a unit of its own. */
export function hasHighThroughput(storage: Pick<Storage, 'unit'>, cell: Cell): Promise<boolean> {
  return storage.unit('read', async (unit) => (await settingIn(unit, cell, HIGH_THROUGHPUT))?.value === 'true')
}

/** A setting as authorization sees it: its ARN, however it was named, and whether there is one or not. */
export function settingTarget(text: string, call: Cell): Target {
  const { arn, account } = settingNamed(text, call)
  return { resource: arn, shown: arn, owner: account }
}

/** The setting that a request names. */
export function existingSetting(text: string, call: Cell): SettingId {
  const { id } = settingNamed(text, call)
  if (id === undefined) throw settingNotFound()
  return id
}
