import type {
  DescribeSubscriptionFiltersRequest,
  DescribeSubscriptionFiltersResponse,
} from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { targetOf } from '../target.ts'

type Described = Answer<DescribeSubscriptionFiltersResponse, 'subscriptionFilters'>

/** Who is sent events of a group. Source: API_DescribeSubscriptionFilters. */
export const DescribeSubscriptionFilters = operation<DescribeSubscriptionFiltersRequest, Described>()({
  name: 'DescribeSubscriptionFilters',
  effect: 'read',
  input: {
    logGroupName: required(members.LogGroupName),
    filterNamePrefix: members.FilterName,
    nextToken: members.NextToken,
    limit: members.DescribeLimit,
  },
  errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'],
  target: ({ logGroupName }, env, call) => targetOf({ logGroupName }, env, call),
  async run(input, { groups, subscriptions, tokens }, call) {
    const { logGroupName, filterNamePrefix = '' } = input
    const group = await groups.existing(groupNamed({ logGroupName }, call))
    const all = (await subscriptions.ofGroup(group)).filter(({ name }) => name.startsWith(filterNamePrefix))
    const { items, ...rest } = await pageOf(
      input,
      tokens,
      ['DescribeSubscriptionFilters', group.id, filterNamePrefix],
      async (after: string | undefined, most) => all.filter(({ name }) => name > (after ?? '')).slice(0, most),
      ({ name }) => name,
    )
    const subscriptionFilters = items.map(({ name, pattern, destination, distribution, createdAt }) => ({
      filterName: name,
      logGroupName: group.name,
      filterPattern: pattern,
      destinationArn: destination,
      distribution,
      applyOnTransformedLogs: false,
      creationTime: createdAt,
    }))
    return { subscriptionFilters, ...rest }
  },
})
