import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { namedBy } from './model/names.ts'
import { invalid } from './model/refusals.ts'
import type { Bus, Rule } from './model/rule.ts'
import type { Env } from './operation.ts'
import { busTarget, existingBus, existingRule, ruleTarget } from './target.ts'

/** Rules and buses, by ARN: what has tags. */

/** What an operation on the tags of something acts on. */
export async function taggedTarget(arn: string, env: Pick<Env, 'buses' | 'rules'>, call: Call): Promise<Target> {
  const named = namedBy(arn)
  // said by `run`, to who may
  if (named === undefined) return { resource: arn, shown: arn, owner: call.account }
  return named.kind === 'bus' ? busTarget(env, named.bus) : ruleTarget(env, named.bus, named.name)
}

/** What has the tags; it must be there. `lock`: it is going to be changed. */
export async function tagged(
  arn: string,
  env: Pick<Env, 'buses' | 'rules'>,
  lock?: 'lock',
): Promise<(Rule & { readonly id: string }) | Bus> {
  const named = namedBy(arn)
  // Assumed: the text.
  if (named === undefined)
    throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`)
  return named.kind === 'bus' ? existingBus(env, named.bus, lock) : existingRule(env, named.bus, named.name, lock)
}

export async function saveTags(
  of: Rule | Bus,
  tags: ReadonlyMap<string, string>,
  { rules, buses }: Pick<Env, 'buses' | 'rules'>,
  { now }: Call,
): Promise<void> {
  if ('id' in of) await rules.save({ ...of, tags })
  else await buses.save({ ...of, tags, changedAt: now })
}
