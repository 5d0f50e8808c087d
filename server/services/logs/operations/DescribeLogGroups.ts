import type { DescribeLogGroupsRequest, DescribeLogGroupsResponse } from '@aws-sdk/client-cloudwatch-logs'
import type { Call } from '#kernel/call'
import type { Answer } from '#kernel/wire'
import type { LogGroup } from '../model/group.ts'
import * as members from '../model/members.ts'
import { groupArn, groupArnOfAll, identified } from '../model/names.ts'
import { invalidParameter } from '../model/refusals.ts'
import type { Env } from '../operation.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { allGroups } from '../target.ts'

type Described = Answer<DescribeLogGroupsResponse, 'logGroups'>

/** Groups that one page looks at for a pattern. */
const LOOKED_AT = 1000

/** The groups of the account, by name. Source: API_DescribeLogGroups; surroundings.md 3. */
export const DescribeLogGroups = operation<DescribeLogGroupsRequest, Described>()({
  name: 'DescribeLogGroups',
  effect: 'read',
  input: {
    accountIdentifiers: members.AccountIds,
    logGroupNamePrefix: members.LogGroupName,
    logGroupNamePattern: members.LogGroupNamePattern,
    nextToken: members.NextToken,
    limit: members.DescribeLimit,
    includeLinkedAccounts: members.Flag,
    logGroupClass: members.LogGroupClass,
    logGroupIdentifiers: { kind: 'list', of: members.LogGroupIdentifier, length: [1, 50] },
  },
  errors: ['InvalidParameterException', 'ServiceUnavailableException'],
  target: (_, __, call) => allGroups(call),
  async run(input, env, call) {
    const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = input
    if (prefix !== undefined && pattern !== undefined)
      throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.')
    if (input.logGroupIdentifiers !== undefined) {
      const logGroups = await identifiedBy(input.logGroupIdentifiers, env, call)
      return { logGroups }
    }
    // Capitals do not count in patterns. Source: API_DescribeLogGroups.
    const wanted = pattern?.toLowerCase()
    const isWanted = (group: LogGroup) =>
      (wanted === undefined || group.name.toLowerCase().includes(wanted)) &&
      (input.logGroupClass === undefined || group.logClass === input.logGroupClass)
    const bound = ['DescribeLogGroups', call.account, call.region, prefix, pattern, input.logGroupClass]
    const { items, ...rest } = await pageOf(
      input,
      env.tokens,
      bound,
      async (after: string | undefined, most) => {
        const found: LogGroup[] = []
        let from = after ?? ''
        while (found.length < most) {
          const groups = await env.groups.list(call, prefix ?? '', from, LOOKED_AT)
          found.push(...groups.filter(isWanted))
          from = groups.at(-1)?.name ?? from
          if (groups.length < LOOKED_AT) break
        }
        return found.slice(0, most)
      },
      ({ name }) => name,
    )
    return { logGroups: await Promise.all(items.map((group) => shown(group, env))), ...rest }
  },
})

async function identifiedBy(given: readonly string[], env: Env, call: Call) {
  const found: Awaited<ReturnType<typeof shown>>[] = []
  for (const one of given) {
    const id = identified(one, call)
    const group = id.account === call.account ? await env.groups.find(id) : undefined
    if (group !== undefined) found.push(await shown(group, env))
  }
  return found
}

async function shown(group: LogGroup, { groups, metricFilters }: Env) {
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    ...(group.retentionDays === undefined ? {} : { retentionInDays: group.retentionDays }),
    metricFilterCount: await metricFilters.count(group),
    arn: groupArnOfAll(group),
    storedBytes: await groups.bytes(group),
    ...(group.kmsKey === undefined ? {} : { kmsKeyId: group.kmsKey }),
    logGroupClass: group.logClass,
    logGroupArn: groupArn(group),
    deletionProtectionEnabled: group.guarded,
  }
}
