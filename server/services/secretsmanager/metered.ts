import { type Kind, meterEnded, type Resource } from '#kernel/metering/ledger'
import type { MeterSource } from '#kernel/metering/census'
import type { Unit } from '#kernel/storage/storage'
import * as sql from './metered.sql.ts'
import { secretArn } from './model/identity.ts'
import type { Secret } from './model/secret.ts'

const NAME = 'secretsmanager'

/** Secrets as they are billed: while they are marked for deletion they are free. Source: surroundings.md 9. */
export const meteredSecrets: MeterSource = {
  name: NAME,
  async page(unit, { account, region, id }, limit) {
    const rows = await unit.all<sql.MeteredSecretRow>(sql.page, { account, region, id, limit })
    return rows.map((row) => resourceOf(row))
  },
}

/** Notes that a secret was taken away at once, with no time in which it was only marked. */
export async function endOfSecret(unit: Unit, secret: Secret, now: number): Promise<void> {
  if (secret.deletedAt !== undefined) return
  const { account, region, id, arn, name, owningService, tags, createdAt } = secret
  const kind = kindOf(owningService)
  const shown = JSON.stringify([...(tags ?? [])])
  const rest = { arn, name, tags: shown, began: createdAt, counted: kind, billed: kind }
  await meterEnded(unit, NAME, { account, region, id, ...rest }, now)
}

function resourceOf(row: sql.MeteredSecretRow): Resource {
  const { account, region, id, name, suffix, owning_service: owner, tags } = row
  const kind = kindOf(owner ?? undefined)
  const deleted = row.deleted_at === null ? undefined : Number(row.deleted_at)
  return {
    ...{ account, region, id, name, arn: secretArn(region, account, name, suffix), tags: tags ?? '[]' },
    counted: deleted === undefined ? kind : 'pending-secret',
    billed: deleted === undefined ? kind : undefined,
    began: Number(row.created_at),
    changed: Number(row.changed_at),
    ended: deleted,
  }
}

/** Those that EventBridge keeps for its connections are in the price of EventBridge; other owners' are billed. */
const kindOf = (owner: string | undefined): Kind => (owner === 'events' ? 'connection' : 'secret')
