import type { AuditEvent } from '#kernel/audit/event'
import type { JournalTrail } from '#kernel/audit/journal-trail'
import type { Reading } from '#kernel/audit/reading'
import { Retention } from '#kernel/audit/retention'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage } from '#kernel/storage/storage'
import { listAccounts } from '../services/iam/accounts.ts'
import type { Plan } from './plan.ts'

/** Of what the server does by itself with its trail. */
const SOURCE = 'audit.strongroom'

interface Parts {
  readonly storage: Storage
  readonly vault: Vault
  readonly trail: JournalTrail
  readonly reading: Reading
  /** Who follows the trail here. */
  readonly followers: readonly string[]
}

/** The retention of the audit journal; undefined: everything is kept. Source of what it leaves in the trail: trap 43. */
export function retentionOf(plan: Plan, { storage, vault, trail, reading, followers }: Parts): Retention | undefined {
  const { auditKeptMs: keptMs, clock, random, regions, log } = plan
  if (keptMs === undefined) return undefined
  const recorded = (account: string, before: number): AuditEvent => ({
    call: {
      requestId: random.uuid(),
      caller: {
        ...{ kind: 'service', account, arn: SOURCE, principalArn: SOURCE, userId: account, accessKeyId: '' },
        ...{ tags: new Map(), policies: [] },
      },
      ...{ account, region: regions[0] ?? 'us-east-1', now: clock.now(), sourceIp: '', userAgent: SOURCE },
      ...{ secure: false, events: [] },
    },
    eventSource: SOURCE,
    eventName: 'PruneAuditJournal',
    readOnly: false,
    requestParameters: { before: new Date(before).toISOString(), retentionDays: Math.floor(keptMs / 86_400_000) },
    responseElements: null,
  })
  return new Retention({
    ...{ keptMs, clock, storage, followers },
    key: vault.macKey('audit/follower'),
    prune: (order) => reading.prune(order),
    async record(before) {
      await storage.unit('write', async (unit) => {
        // The trail of the oldest account: that of whoever set the server up.
        const [first] = await listAccounts(unit)
        if (first !== undefined) await trail.recordIn(unit, [recorded(first.account, before)])
      })
      await storage.durable()
    },
    onProblem: (error) => log.error({ err: error }, 'the audit journal could not be pruned'),
  })
}
