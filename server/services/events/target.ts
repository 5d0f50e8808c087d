import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { arn, parseArn } from '#kernel/values/arn'
import { roleForService } from '../sts/port.ts'
import { policyOf } from './buses.ts'
import { type BusPlace, busArn, busIn, EVENTS, ruleArn } from './model/names.ts'
import { noBus, noRule, notAssumable } from './model/refusals.ts'
import type { Bus, Rule } from './model/rule.ts'
import type { Env } from './operation.ts'

/** Where buses and rules are found, and who may do something with them. */

/** What an operation on a bus acts on, there or not. */
export async function busTarget({ buses }: Pick<Env, 'buses'>, place: BusPlace): Promise<Target> {
  const bus = await buses.find(place)
  const policy = bus && policyOf(bus)
  const resource = busArn(place)
  return {
    resource,
    shown: resource,
    owner: place.account,
    ...(bus === undefined ? {} : { tags: bus.tags }),
    ...(policy === undefined ? {} : { policy }),
  }
}

/**
 * What an operation on a rule acts on, there or not: the ARN of the rule; the policy is its bus's.
 * Source: the service authorization reference of EventBridge.
 */
export async function ruleTarget(
  { buses, rules }: Pick<Env, 'buses' | 'rules'>,
  place: BusPlace,
  name: string,
): Promise<Target> {
  const rule = await rules.find(place, name)
  const resource = ruleArn({ ...place, bus: place.name, name })
  const policy = await buses.policyOf(place)
  return {
    resource,
    shown: resource,
    owner: place.account,
    ...(rule === undefined ? {} : { tags: rule.tags, context: { 'events:creatorAccount': rule.createdBy } }),
    ...(policy === undefined ? {} : { policy }),
  }
}

/** Groups that EventBridge may write into by the policy that AWS's console gives it, as it is known; not looked up. */
const GROUPS = '/aws/events/'

/**
 * A log group of the account that is to be a target: who makes it one writes into it whatever he likes. On AWS the policy of the group
 * says whether EventBridge may; groups have none here, so the caller must be allowed to write there himself, unless it is one of
 * EventBridge's own. Assumed.
 */
export function writtenGroup(targetArn: string, { account }: Call): readonly Target[] {
  const parsed = parseArn(targetArn)
  const group = /^log-group:([^:]+)/.exec(parsed?.resource ?? '')?.[1]
  if (parsed?.service !== 'logs' || parsed.account !== account || group === undefined || group.startsWith(GROUPS))
    return []
  const resource = arn('logs', parsed.region, account, `log-group:${group}:log-stream:`)
  return [{ action: 'logs:PutLogEvents', resource, shown: resource, owner: account }]
}

/** The bus that a call means; another Region's is not there. */
export const placeIn = (nameOrArn: string | undefined, call: Call): BusPlace => busIn(nameOrArn, call)

/** A bus that must be there. `lock`: it is going to be changed. */
export async function existingBus({ buses }: Pick<Env, 'buses'>, place: BusPlace, lock?: 'lock'): Promise<Bus> {
  const bus = lock ? await buses.lock(place) : await buses.find(place)
  if (bus === undefined) throw noBus(place.name)
  return bus
}

/** A rule that must be there, on a bus that must be. */
export async function existingRule(
  env: Pick<Env, 'buses' | 'rules'>,
  place: BusPlace,
  name: string,
  lock?: 'lock',
): Promise<Rule> {
  const rule = lock ? await env.rules.lock(place, name) : await env.rules.find(place, name)
  if (rule !== undefined) return rule
  await existingBus(env, place)
  throw noRule(name, place.name)
}

/** Refuses a role that is not there or does not let EventBridge in. A role of another account can't be passed. */
export async function checkRole(
  { identities }: Pick<Env, 'identities'>,
  roleArn: string | undefined,
  ruleArn: string,
  { account, region, now }: Call,
): Promise<void> {
  if (roleArn === undefined) return
  const source = { arn: ruleArn, account }
  const role = await roleForService(identities(), roleArn, { service: EVENTS, source, region, now })
  if (role === undefined) throw notAssumable(roleArn)
}
