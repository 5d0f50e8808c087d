import type { PutPermissionRequest } from '@aws-sdk/client-eventbridge'
import * as m from '../model/members.ts'
import { busArn } from '../model/names.ts'
import { invalid } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { boundPolicy, documentOf, shownPolicy, type Statement, statementsIn } from '../policies.ts'
import { busTarget, existingBus, placeIn } from '../target.ts'

/**
 * Lets somebody else put events on a bus: an account by a statement of its own, or whoever a whole policy says.
 * Source: API_PutPermission; recorded.
 */
export const PutPermission = operation<PutPermissionRequest, void>()({
  name: 'PutPermission',
  effect: 'write',
  input: {
    EventBusName: m.NonPartnerEventBusName,
    Action: m.Action,
    Principal: m.Principal,
    StatementId: m.StatementId,
    Condition: m.Condition,
    Policy: m.AnyText,
  },
  errors: [
    'ConcurrentModificationException',
    'InternalException',
    'OperationDisabledException',
    'PolicyLengthExceededException',
    'ResourceNotFoundException',
  ],
  target: ({ EventBusName }, env, call) => busTarget(env, placeIn(EventBusName, call)),
  async run(input, env, call) {
    const bus = await existingBus(env, placeIn(input.EventBusName, call), 'lock')
    let document = input.Policy
    if (document === undefined) {
      const statement = statementOf(input, busArn(bus))
      const standing = statementsIn(await shownPolicy(env, bus)).filter(({ Sid }) => Sid !== statement.Sid)
      document = documentOf([...standing, statement])
    } else if (input.Action !== undefined || input.Principal !== undefined || input.StatementId !== undefined) {
      // Assumed: the text.
      throw invalid('Only one of Policy, or Action, Principal and StatementId must be provided.')
    }
    await env.buses.save({ ...bus, policy: await boundPolicy(document, bus, env), changedAt: call.now })
  },
})

/** Assumed: the texts. */
function statementOf({ Action, Principal, StatementId, Condition }: PutPermissionRequest, resource: string): Statement {
  if (Action === undefined || Principal === undefined || StatementId === undefined)
    throw invalid('Parameters Action, Principal and StatementId must be provided.')
  if (Action !== 'events:PutEvents') throw invalid("Provided value in parameter 'action' is not supported.")
  if (Condition !== undefined && (Condition.Type !== 'StringEquals' || Condition.Key !== 'aws:PrincipalOrgID'))
    throw invalid("Provided value in parameter 'condition' is not supported.")
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: resource,
    ...(Condition === undefined ? {} : { Condition: { StringEquals: { 'aws:PrincipalOrgID': Condition.Value } } }),
  }
}
