import type { DeleteRuleRequest } from '@aws-sdk/client-eventbridge'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { ruleHasTargets } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { existingBus, placeIn, ruleTarget } from '../target.ts'

/** Takes a rule away that has no targets any more; one that is not there is gone already. Source: API_DeleteRule; recorded. */
export const DeleteRule = operation<DeleteRuleRequest, void>()({
  name: 'DeleteRule',
  effect: 'write',
  input: { Name: required(m.RuleName), EventBusName: m.EventBusNameOrArn, Force: m.Flag },
  errors: ['ConcurrentModificationException', 'InternalException', 'ManagedRuleException', 'ResourceNotFoundException'],
  target: ({ Name, EventBusName }, env, call) => ruleTarget(env, placeIn(EventBusName, call), Name),
  async run({ Name, EventBusName }, env, call) {
    const place = placeIn(EventBusName, call)
    await existingBus(env, place)
    const rule = await env.rules.lock(place, Name)
    if (rule === undefined) return
    if ((await env.rules.targets(rule, '', 1)).length > 0) throw ruleHasTargets()
    await env.rules.remove(rule)
    if (rule.schedule !== undefined) await env.engine.scheduled(env.unit, rule, call.now, 'gone')
  },
})
