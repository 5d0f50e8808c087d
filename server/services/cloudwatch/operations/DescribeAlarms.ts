import type { DescribeAlarmsInput, DescribeAlarmsOutput } from '@aws-sdk/client-cloudwatch'
import type { Answer } from '#kernel/wire'
import type { Alarms } from '../alarms.ts'
import type { Alarm } from '../model/alarm.ts'
import type { Cell } from '../model/metric.ts'
import * as members from '../model/members.ts'
import { validation } from '../model/refusals.ts'
import { alarmsIn, parseRule } from '../model/rule.ts'
import { operation } from '../operation.ts'
import { shownAlarm, shownComposite } from '../shown.ts'
import { alarmTargets } from '../target.ts'

/** Source: surroundings.md 2. */
const PAGE = 50
const AT_ONCE = 200
/** Without a type only alarms on metrics are answered. Source: API_DescribeAlarms, AlarmTypes. */
const DEFAULT_TYPES: readonly string[] = ['MetricAlarm']

/** Alarms by name, prefix, state, action or relation. Source: API_DescribeAlarms; surroundings.md 2. */
export const DescribeAlarms = operation<
  DescribeAlarmsInput,
  Answer<DescribeAlarmsOutput, 'MetricAlarms' | 'CompositeAlarms'>
>()({
  name: 'DescribeAlarms',
  effect: 'read',
  input: {
    AlarmNames: members.AlarmNames,
    AlarmNamePrefix: members.AlarmNamePrefix,
    AlarmTypes: members.AlarmTypes,
    ChildrenOfAlarmName: members.AlarmName,
    ParentsOfAlarmName: members.AlarmName,
    StateValue: members.StateValue,
    ActionPrefix: members.ActionPrefix,
    MaxRecords: members.MaxRecords,
    NextToken: members.NextToken,
  },
  errors: ['InvalidNextToken'],
  target: ({ AlarmNames, ChildrenOfAlarmName, ParentsOfAlarmName }, env, call) =>
    alarmTargets([...(AlarmNames ?? []), ChildrenOfAlarmName ?? ParentsOfAlarmName ?? ''].filter(Boolean), env, call),
  async run(input, { alarms, paging }, call) {
    const { AlarmNames, AlarmNamePrefix, AlarmTypes, StateValue, ActionPrefix, MaxRecords = PAGE, NextToken } = input
    if (AlarmNames !== undefined && AlarmNamePrefix !== undefined)
      throw validation('AlarmNames and AlarmNamePrefix are mutually exclusive and you have specified both.')
    const named = AlarmNames !== undefined && AlarmNames.length > 0
    const types: readonly string[] =
      AlarmTypes !== undefined && AlarmTypes.length > 0
        ? AlarmTypes
        : named || related(input)
          ? ['MetricAlarm', 'CompositeAlarm']
          : DEFAULT_TYPES
    const wanted = await relatedTo(input, alarms, call)
    const passes = (alarm: Alarm) =>
      types.includes(alarm.settings.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm') &&
      (StateValue === undefined || alarm.state === StateValue) &&
      (wanted === undefined || wanted(alarm)) &&
      (ActionPrefix === undefined || acts(alarm, ActionPrefix))
    const bound = [
      ...['DescribeAlarms', call.account, call.region, AlarmNames ?? [], AlarmNamePrefix ?? '', types],
      ...[StateValue ?? '', ActionPrefix ?? '', input.ChildrenOfAlarmName ?? '', input.ParentsOfAlarmName ?? ''],
    ]
    const after = NextToken === undefined ? '' : paging.open<string>(NextToken, bound)
    const found: Alarm[] = []
    const source = named ? byName(alarms, call, AlarmNames, after) : byPage(alarms, call, AlarmNamePrefix, after)
    let more = false
    for await (const alarm of source) {
      if (!passes(alarm)) continue
      if (found.length === MaxRecords) {
        more = true
        break
      }
      found.push(alarm)
    }
    const metric = found.filter(({ settings }) => settings.kind === 'metric').map(shownAlarm)
    const composite = found.filter(({ settings }) => settings.kind === 'composite').map(shownComposite)
    const next = more ? { NextToken: paging.seal((found.at(-1) as Alarm).name, bound) } : {}
    return { CompositeAlarms: composite, MetricAlarms: metric, ...next }
  },
})

async function* byName(alarms: Alarms, cell: Cell, names: readonly string[], after: string): AsyncGenerator<Alarm> {
  const sorted = [...new Set(names)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const from = sorted.indexOf(after) + 1
  for (const name of sorted.slice(from)) {
    const alarm = await alarms.find(cell, name)
    if (alarm !== undefined) yield alarm
  }
}

async function* byPage(alarms: Alarms, cell: Cell, prefix: string | undefined, after: string): AsyncGenerator<Alarm> {
  for (let last = after; ; ) {
    const page = await alarms.page(cell, { prefix }, last, AT_ONCE)
    yield* page
    const end = page.at(-1)
    if (end === undefined || page.length < AT_ONCE) return
    last = end.name
  }
}

const related = ({
  ChildrenOfAlarmName,
  ParentsOfAlarmName,
}: {
  ChildrenOfAlarmName?: string | undefined
  ParentsOfAlarmName?: string | undefined
}) => (ChildrenOfAlarmName ?? ParentsOfAlarmName) !== undefined

/** Which alarms a composite alarm names, or which name an alarm. */
async function relatedTo(
  {
    ChildrenOfAlarmName,
    ParentsOfAlarmName,
  }: { readonly ChildrenOfAlarmName?: string | undefined; readonly ParentsOfAlarmName?: string | undefined },
  alarms: Alarms,
  cell: Cell,
): Promise<((alarm: Alarm) => boolean) | undefined> {
  if (ChildrenOfAlarmName !== undefined) {
    const settings = (await alarms.find(cell, ChildrenOfAlarmName))?.settings
    const names = settings?.kind === 'composite' ? alarmsIn(parseRule(settings.rule)) : new Set<string>()
    return ({ name }) => names.has(name)
  }
  if (ParentsOfAlarmName === undefined) return undefined
  return ({ settings }) => settings.kind === 'composite' && alarmsIn(parseRule(settings.rule)).has(ParentsOfAlarmName)
}

function acts({ settings: { actions } }: Alarm, prefix: string): boolean {
  return [...actions.ok, ...actions.alarm, ...actions.insufficient].some((action) => action.startsWith(prefix))
}
