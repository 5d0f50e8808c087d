import type { MeterSource } from '#kernel/metering/census'
import type { Kind, Resource } from '#kernel/metering/ledger'
import * as sql from './metered.sql.ts'
import { keyArn } from './model/key.ts'

/**
 * Keys as they are billed: those of customers, while they are not to be deleted; the first and the second rotation cost as much again.
 * Keys of AWS have no fee. Source: surroundings.md 9.
 */
export const meteredKeys: MeterSource = {
  name: 'kms',
  async page(unit, { account, region, id }, limit) {
    const rows = await unit.all<sql.MeteredKeyRow>(sql.page, { account, region, id, limit })
    return rows.flatMap((row) => resourcesOf(row))
  },
}

function resourcesOf(row: sql.MeteredKeyRow): Resource[] {
  const { account, region, id, manager, state, tags, alias } = row
  const pending = state === 'PendingDeletion' || state === 'PendingReplicaDeletion'
  const own = manager === 'CUSTOMER'
  const began = Number(row.created_at)
  const arn = keyArn(account, region, id)
  const shared = { account, region, arn, name: alias ?? id, tags }
  const billed = (kind: Kind) => (own && !pending ? kind : undefined)
  const key: Resource = {
    ...{ ...shared, id, began, changed: began, billed: billed('key') },
    counted: own ? (pending ? 'pending-key' : 'key') : 'aws-key',
  }
  const rotations = [row.first_at, row.second_at].flatMap((at, index): Resource[] => {
    if (at === null || !own) return []
    const since = Number(at)
    const counted = 'key-rotation'
    return [{ ...shared, id: `${id}/${index + 1}`, began: since, changed: since, billed: billed(counted), counted }]
  })
  return [key, ...rotations]
}
