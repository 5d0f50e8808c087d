import type { RemovePermissionRequest } from '@aws-sdk/client-eventbridge'
import * as m from '../model/members.ts'
import { invalid, noStatement } from '../model/refusals.ts'
import type { Bus } from '../model/rule.ts'
import { operation } from '../operation.ts'
import { boundPolicy, documentOf, shownPolicy, statementsIn } from '../policies.ts'
import { busTarget, existingBus, placeIn } from '../target.ts'

/** Takes one statement, or all, from the policy of a bus. Source: API_RemovePermission; recorded. */
export const RemovePermission = operation<RemovePermissionRequest, void>()({
  name: 'RemovePermission',
  effect: 'write',
  input: { StatementId: m.StatementId, RemoveAllPermissions: m.Flag, EventBusName: m.NonPartnerEventBusName },
  errors: [
    'ConcurrentModificationException',
    'InternalException',
    'OperationDisabledException',
    'ResourceNotFoundException',
  ],
  target: ({ EventBusName }, env, call) => busTarget(env, placeIn(EventBusName, call)),
  async run({ StatementId, RemoveAllPermissions: all = false, EventBusName }, env, call) {
    const bus = await existingBus(env, placeIn(EventBusName, call), 'lock')
    const save = (policy: Bus['policy']) => env.buses.save({ ...bus, policy, changedAt: call.now })
    if (all) return save(undefined)
    // Assumed: the text.
    if (StatementId === undefined) throw invalid('Parameter StatementId must be provided.')
    const statements = statementsIn(await shownPolicy(env, bus))
    const left = statements.filter(({ Sid }) => Sid !== StatementId)
    if (left.length === statements.length) throw noStatement()
    return save(left.length === 0 ? undefined : await boundPolicy(documentOf(left), bus, env))
  },
})
