import type { MeterSource } from '#kernel/metering/census'
import { meterEnded, type Resource } from '#kernel/metering/ledger'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './metered.sql.ts'
import { parameterArn } from './model/name.ts'
import type { Found } from './model/parameter.ts'
import { HIGH_THROUGHPUT } from './model/settings.ts'

const NAME = 'ssm'

/** Parameters as they are billed: advanced ones. Source: surroundings.md 9. */
export const meteredParameters: MeterSource = {
  name: NAME,
  async page(unit, { account, region, id }, limit) {
    const rows = await unit.all<sql.MeteredParameterRow>(sql.page, { account, region, id, limit })
    return rows.map((row) => resourceOf(row))
  },
}

/** Notes that a parameter was taken away. */
export async function endOfParameter(unit: Unit, { parameter, version }: Found, now: number): Promise<void> {
  if (parameter.tier !== 'Advanced') return
  const { account, region, key: id, arn, name, tags } = parameter
  const shown = JSON.stringify([...tags])
  const rest = { arn, name, tags: shown, began: version.modifiedAt, counted: KIND, billed: KIND } as const
  await meterEnded(unit, NAME, { account, region, id, ...rest }, now)
}

const KIND = 'advanced-parameter'

/** The accounts and Regions that have the higher throughput: all their calls are billed. */
export function fasterParameters(unit: Unit): Promise<{ readonly account: string; readonly region: string }[]> {
  return unit.all(sql.faster, { setting: HIGH_THROUGHPUT })
}

function resourceOf(row: sql.MeteredParameterRow): Resource {
  const { account, region, key: id, name, tags } = row
  const advanced = row.tier === 'Advanced'
  const began = Number(row.advanced_at ?? row.created_at)
  return {
    ...{ account, region, id, name, arn: parameterArn(region, account, id), tags: tags ?? '[]' },
    counted: advanced ? KIND : 'parameter',
    // one that expires is billed until its job takes it away
    billed: advanced ? KIND : undefined,
    began,
    changed: began,
  }
}
