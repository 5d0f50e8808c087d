import type { PutSubscriptionFilterRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import { MOST_SUBSCRIPTIONS } from '../model/filters.ts'
import { pattern } from '../model/filter/pattern.ts'
import * as members from '../model/members.ts'
import { groupArnOfAll, groupNamed } from '../model/names.ts'
import { functionNotInvocable, invalidParameter, limitExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { checkRegexes, nothingMore } from '../putting.ts'
import { targetOf } from '../target.ts'
import { principals } from '../writing.ts'

/** Sends the events that a pattern takes on to a function, whose policy must let the service in. Source: API_PutSubscriptionFilter. */
export const PutSubscriptionFilter = operation<PutSubscriptionFilterRequest, undefined>()({
  name: 'PutSubscriptionFilter',
  effect: 'write',
  input: {
    logGroupName: required(members.LogGroupName),
    filterName: required(members.FilterName),
    filterPattern: required(members.FilterPattern),
    destinationArn: required(members.DestinationArn),
    roleArn: members.RoleArn,
    distribution: members.Distribution,
    applyOnTransformedLogs: members.Flag,
    fieldSelectionCriteria: members.FieldSelectionCriteria,
    emitSystemFields: members.SystemFields,
  },
  errors: [
    ...(['InvalidParameterException', 'ResourceNotFoundException', 'OperationAbortedException'] as const),
    ...(['LimitExceededException', 'ServiceUnavailableException', 'InvalidOperationException'] as const),
  ],
  target: ({ logGroupName }, env, call) => targetOf({ logGroupName }, env, call),
  async run(input, { groups, metricFilters, subscriptions, functions }, call) {
    nothingMore(input.fieldSelectionCriteria, input.emitSystemFields)
    const { filterName: name, destinationArn: destination, roleArn, distribution = 'ByLogStream' } = input
    const group = await groups.lock(groupNamed({ logGroupName: input.logGroupName }, call))
    pattern(input.filterPattern)
    if (!/^arn:[\w-]+:lambda:/.test(destination))
      throw invalidParameter('destinationArn for vendor lambda must be an ARN of a function.')
    // Lambda has a policy of its own. Source: API_PutSubscriptionFilter.
    if (roleArn !== undefined) throw invalidParameter('destinationArn for vendor lambda cannot be used with roleArn')
    const source = { arn: groupArnOfAll(group), account: group.account }
    const lets = await Promise.all(principals(group.region).map((one) => functions().admits(destination, one, source)))
    if (!lets.includes(true)) throw functionNotInvocable()
    const old = await subscriptions.find(group, name)
    if (old === undefined && (await subscriptions.count(group)) >= MOST_SUBSCRIPTIONS) throw limitExceeded()
    const all = [...(await metricFilters.ofGroup(group)), ...(await subscriptions.ofGroup(group))]
    checkRegexes(
      input.filterPattern,
      all.filter((one) => one.name !== name),
    )
    const createdAt = old?.createdAt ?? call.now
    await subscriptions.save(group, { name, pattern: input.filterPattern, destination, distribution, createdAt })
    return undefined
  },
})
