import type { DescribeAlarmHistoryInput, DescribeAlarmHistoryOutput } from '@aws-sdk/client-cloudwatch'
import type { Answer } from '#kernel/wire'
import type { HistoryItem } from '../alarms.ts'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { alarmTargets } from '../target.ts'

const PAGE = 50

/** What happened to alarms, newest first unless the oldest are asked for first; also of deleted ones. Source: API_DescribeAlarmHistory. */
export const DescribeAlarmHistory = operation<
  DescribeAlarmHistoryInput,
  Answer<DescribeAlarmHistoryOutput, 'AlarmHistoryItems'>
>()({
  name: 'DescribeAlarmHistory',
  effect: 'read',
  input: {
    AlarmName: members.AlarmName,
    AlarmContributorId: members.ContributorId,
    AlarmTypes: members.AlarmTypes,
    HistoryItemType: members.HistoryItemType,
    StartDate: members.Moment,
    EndDate: members.Moment,
    MaxRecords: members.MaxRecords,
    NextToken: members.NextToken,
    ScanBy: members.ScanBy,
  },
  errors: ['InvalidNextToken'],
  target: ({ AlarmName }, env, call) => alarmTargets(AlarmName === undefined ? [] : [AlarmName], env, call),
  async run(input, { alarms, paging }, call) {
    const { AlarmName: name, HistoryItemType: type, MaxRecords = PAGE, NextToken, AlarmTypes = [] } = input
    const { ScanBy = 'TimestampDescending' } = input
    const from = input.StartDate?.getTime() ?? 0
    const to = input.EndDate?.getTime() ?? Number.MAX_SAFE_INTEGER - 1
    const only = AlarmTypes.length === 1 ? AlarmTypes[0] : undefined
    const kind = only === undefined ? undefined : only === 'MetricAlarm' ? 'metric' : 'composite'
    const bound = ['History', call.account, call.region, name ?? '', type ?? '', kind ?? '', from, to, ScanBy]
    const after = NextToken === undefined ? undefined : paging.open<Pick<HistoryItem, 'at' | 'place'>>(NextToken, bound)
    const order = ScanBy === 'TimestampAscending' ? 'oldest' : 'newest'
    const found = await alarms.history(call, { name, type, kind, from, to }, order, after, MaxRecords + 1)
    const page = found.slice(0, MaxRecords)
    const last = page.at(-1)
    return {
      AlarmHistoryItems: page.map((item) => ({
        AlarmName: item.name,
        AlarmType: item.kind === 'metric' ? ('MetricAlarm' as const) : ('CompositeAlarm' as const),
        Timestamp: new Date(item.at),
        HistoryItemType: item.type,
        HistorySummary: item.summary,
        HistoryData: item.content,
      })),
      ...(found.length > MaxRecords && last !== undefined
        ? { NextToken: paging.seal({ at: last.at, place: last.place }, bound) }
        : {}),
    }
  },
})
