import type { ListLogGroupsRequest, ListLogGroupsResponse } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import type { LogGroup } from '../model/group.ts'
import * as members from '../model/members.ts'
import { groupArn } from '../model/names.ts'
import { operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { allGroups } from '../target.ts'

type Listed = Answer<ListLogGroupsResponse, 'logGroups'>

const TEXT = { kind: 'string', length: [0, 512] } as const
const LOOKED_AT = 1000

/** The groups of the account in short, by parts of their names and by tags. Source: API_ListLogGroups. */
export const ListLogGroups = operation<ListLogGroupsRequest, Listed>()({
  name: 'ListLogGroups',
  effect: 'read',
  input: {
    logGroupNamePattern: {
      kind: 'string',
      length: [3, 129],
      pattern: '(\\^?[\\.\\-_\\/#A-Za-z0-9]{3,24})(\\|\\^?[\\.\\-_\\/#A-Za-z0-9]{3,24}){0,4}',
    },
    logGroupClass: members.LogGroupClass,
    includeLinkedAccounts: members.Flag,
    accountIdentifiers: members.AccountIds,
    nextToken: members.NextToken,
    limit: members.ListLimit,
    dataSources: {
      kind: 'list',
      of: { kind: 'structure', members: { name: required(TEXT), type: TEXT } },
      length: [1, 5],
    },
    fieldIndexNames: { kind: 'list', of: members.LogGroupName, length: [1, 20] },
    logGroupTags: {
      kind: 'list',
      of: {
        kind: 'structure',
        members: { key: required(members.TagKey), values: { kind: 'list', of: TEXT, length: [0, 5] } },
      },
      length: [1, 5],
    },
  },
  errors: ['InvalidParameterException', 'ServiceUnavailableException'],
  target: (_, __, call) => allGroups(call),
  async run(input, { groups, tokens }, call) {
    const { logGroupNamePattern: pattern, logGroupClass, logGroupTags, dataSources, fieldIndexNames } = input
    const branches = pattern?.split('|')
    const isWanted = ({ name, logClass, tags }: LogGroup) =>
      // nothing here has data sources or indexes of fields
      dataSources === undefined &&
      fieldIndexNames === undefined &&
      (logGroupClass === undefined || logClass === logGroupClass) &&
      (branches === undefined ||
        branches.some((part) => (part.startsWith('^') ? name.startsWith(part.slice(1)) : name.includes(part)))) &&
      (logGroupTags ?? []).every(({ key = '', values = [] }) => {
        const value = tags.get(key)
        return value !== undefined && (values.length === 0 || values.some((one) => fits(value, one)))
      })
    const bound = ['ListLogGroups', call.account, call.region, pattern, logGroupClass, logGroupTags]
    const { items, ...rest } = await pageOf(
      input,
      tokens,
      bound,
      async (after: string | undefined, most) => {
        const found: LogGroup[] = []
        for (let from = after ?? ''; found.length < most; ) {
          const some = await groups.list(call, '', from, LOOKED_AT)
          found.push(...some.filter(isWanted))
          from = some.at(-1)?.name ?? from
          if (some.length < LOOKED_AT) break
        }
        return found.slice(0, most)
      },
      ({ name }) => name,
    )
    const logGroups = items.map((group) => ({
      logGroupName: group.name,
      logGroupArn: groupArn(group),
      logGroupClass: group.logClass,
    }))
    return { logGroups, ...rest }
  },
})

/** `!` in front: not this one; `*` at an end: anything there. Source: API_TagFilter. */
function fits(value: string, wanted: string): boolean {
  if (wanted.startsWith('!')) return !fits(value, wanted.slice(1))
  const [before, behind] = [wanted.startsWith('*'), wanted.length > 1 && wanted.endsWith('*')]
  const core = wanted.slice(before ? 1 : 0, behind ? -1 : undefined)
  if (before && behind) return value.includes(core)
  if (before) return value.endsWith(core)
  return behind ? value.startsWith(core) : value === core
}
