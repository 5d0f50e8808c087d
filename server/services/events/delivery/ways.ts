import { decide } from '#kernel/authorization/authorize'
import type { Compiled } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Unit } from '#kernel/storage/storage'
import { parseArn } from '#kernel/values/arn'
import type { Identities } from '../../iam/port.ts'
import type { LeaveForFunction } from '../../lambda/port.ts'
import type { LogWriter } from '../../logs/port.ts'
import { callOfService, roleForService } from '../../sts/port.ts'
import { type BusPlace, busArn, EVENTS, namedBy } from '../model/names.ts'
import type { Way } from './deliverer.ts'
import type { Matching } from './matching.ts'
import { type Outcome, passing, permanent } from './outcome.ts'
import type { Delivery } from './store.ts'

/** How targets are reached that are in this server: functions, buses, log groups. */

const nobody = (what: string): Outcome => permanent('NO_RESOURCE', `${what} is not there`)
const refused = (what: string): Outcome => permanent('NO_PERMISSIONS', what)

/** Functions: as an asynchronous invocation, in the name of the rule; the function's policy decides. Source: surroundings.md 4.2. */
export function functions(leave: LeaveForFunction): Way {
  return {
    fits: (arn) => arn.startsWith('arn:aws:lambda:'),
    async within(unit, { account, content: { source, target, input, depth } }) {
      const left = await leave(unit, target.Arn, {
        principal: EVENTS,
        source: { arn: source, account },
        payload: Buffer.from(input, 'utf8'),
        depth: depth + 1,
      })
      switch (left) {
        case 'left':
          return 'arrived'
        case 'missing':
          return nobody(target.Arn)
        case 'full':
          return passing('THROTTLED', 'too many events wait for functions of the account already')
        case 'refused':
          return refused(`the policy of ${target.Arn} does not let ${EVENTS} in for ${source}`)
      }
    },
  }
}

/** By whom a rule acts, when it has a role. */
export interface Roles {
  readonly identities: (unit: Unit) => Pick<Identities, 'role'>
  /** The role, as it acts now; undefined when it is not there. */
  readonly actAs: (unit: Unit) => (roleArn: string, session: string) => Promise<Caller | undefined>
}

/** A call in the name of a rule's role; undefined when the role is not there, is another account's, or does not trust EventBridge. */
export async function callAs(
  unit: Unit,
  roleArn: string,
  { account, region, id, content: { source } }: Delivery,
  now: number,
  { identities, actAs }: Roles,
): Promise<Call | undefined> {
  const asked = { service: EVENTS, source: { arn: source, account }, region, now }
  if ((await roleForService(identities(unit), roleArn, asked)) === undefined) return undefined
  const caller = await actAs(unit)(roleArn, 'events')
  return caller && { ...callOfService(EVENTS, { account, region }, id, now), caller }
}

export interface BusesParts extends Roles {
  readonly matching: () => Matching
  /** Whether there is such a bus, and its policy. */
  readonly busIn: (unit: Unit, bus: BusPlace) => Promise<{ readonly policy: Compiled | undefined } | undefined>
}

/**
 * Another bus, of this account or another one, in any region of this server. In one's own account nothing more is needed, unless the
 * target has a role, which must be allowed then; another account's bus must let the role in by its policy, or the account when there is
 * none. The event stays what it is. Source: surroundings.md 4.2; EventBridge user guide, cross-account events.
 */
export function buses({ matching, busIn, ...roles }: BusesParts): Way {
  return {
    fits: (arn) => arn.startsWith('arn:aws:events:') && arn.includes(':event-bus/'),
    async within(unit, delivery, now) {
      const { account, region, id, content } = delivery
      const { event, target, depth } = content
      const named = namedBy(target.Arn)
      const bus = named?.kind === 'bus' ? named.bus : undefined
      const there = bus && (await busIn(unit, bus))
      if (bus === undefined || there === undefined) return nobody(target.Arn)
      const call =
        target.RoleArn === undefined
          ? { ...callOfService(EVENTS, { account, region }, id, now), caller: root(account) }
          : await callAs(unit, target.RoleArn, delivery, now, roles)
      if (call === undefined) return refused(`${EVENTS} can't act as ${target.RoleArn}`)
      const context = { 'events:source': event.source, 'events:detail-type': event.detailType }
      const asked = { resource: busArn(bus), owner: bus.account, policy: there.policy, context }
      if (!decide(call, 'events', 'events:PutEvents', asked).allowed) {
        return refused(`${target.RoleArn ?? `account ${account}`} may not put events on ${target.Arn}`)
      }
      await matching().arrive(unit, bus, [{ event, depth: depth + 1 }], now)
      return 'arrived'
    },
  }
}

const root = (account: string): Caller => {
  const arn = `arn:aws:iam::${account}:root`
  return {
    kind: 'root',
    account,
    arn,
    principalArn: arn,
    userId: account,
    accessKeyId: '',
    tags: new Map(),
    policies: [],
  }
}

/** Log groups of the rule's own account and region: one line for each event, in a stream of its own as EventBridge makes them. */
export function logGroups(logs: Pick<LogWriter, 'write'>): Way {
  return {
    fits: (arn) => arn.startsWith('arn:aws:logs:'),
    async within(unit, { account, region, id, content: { target, input } }, now) {
      const parsed = parseArn(target.Arn)
      const group = /^log-group:([^:]+)(:\*)?$/.exec(parsed?.resource ?? '')?.[1]
      if (group === undefined) return nobody(target.Arn)
      if (parsed?.account !== account || parsed.region !== region)
        return refused(`${target.Arn} is not of the account and region of the rule`)
      const events = [{ time: now, message: input }]
      try {
        const there = await logs.write(unit, { account, region, group, stream: id, events, missing: 'skip' })
        return there ? 'arrived' : nobody(target.Arn)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        return passing('INTERNAL_ERROR', `what goes to ${target.Arn} can't be encrypted: ${error.code}`)
      }
    },
  }
}
