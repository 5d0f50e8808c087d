import type { AuditEvent } from '#kernel/audit/event'
import type { Call } from '#kernel/call'
import type { Clock } from '#kernel/clock'
import type { Random } from '#kernel/random'
import type { Storage, Unit } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'
import type { IdentitiesFor } from '../iam/port.ts'
import type { Issue } from './issue.ts'
import { assumedRoleArn } from './model/role.ts'
import { type AssumeForService, callOfService, trustsService } from './port.ts'

export interface ForServicesParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly identities: IdentitiesFor
  readonly issue: Issue
  /** Writes what was done in the unit of the change: the trail's `recordIn`. */
  readonly record: (unit: Unit, events: readonly AuditEvent[]) => Promise<void>
}

/** Temporary credentials of a role for a service that it trusts, as if the service had called AssumeRole. See port.ts. */
export function assumeForServices(parts: ForServicesParts): AssumeForService {
  const { storage, clock, random, identities, issue, record } = parts
  return async (asked) => {
    const { roleArn, service, sessionName, region, source } = asked
    const now = clock.now()
    const issued = await storage.unit('write', async (unit) => {
      const role = await identities(unit).role(roleArn)
      if (role === undefined || !trustsService(role, service, source, region, now)) return undefined
      const seconds = Math.min(asked.seconds, role.maxSession)
      const { account, id } = role
      const { Credentials } = issue({ kind: 'role', account, principal: id, name: sessionName, seconds }, now)
      const call = callOfService(service, { account, region }, random.uuid(), now)
      await record(unit, [
        eventOf(call, roleArn, sessionName, assumedRoleArn(account, role.name, sessionName), account),
      ])
      return Credentials
    })
    if (issued === undefined) return undefined
    await storage.durable()
    return {
      accessKeyId: issued.AccessKeyId,
      secretAccessKey: new Secret(issued.SecretAccessKey),
      sessionToken: new Secret(issued.SessionToken),
      expiresAt: issued.Expiration.getTime(),
    }
  }
}

/** Source: surroundings.md 1: a service that assumes a role is told of as one. */
function eventOf(call: Call, roleArn: string, roleSessionName: string, arn: string, accountId: string): AuditEvent {
  return {
    call,
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRole',
    readOnly: true,
    requestParameters: { roleArn, roleSessionName },
    responseElements: { assumedRoleUser: { arn } },
    resources: [{ accountId, type: 'AWS::IAM::Role', ARN: roleArn }],
  }
}
