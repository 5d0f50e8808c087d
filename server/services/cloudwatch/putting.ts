import type { Call } from '#kernel/call'
import { type Alarm, alarmArn, type Settings, typeOf } from './model/alarm.ts'
import { CREATED } from './model/reason.ts'
import { limitExceeded, validation } from './model/refusals.ts'
import { withTags } from './model/tags.ts'
import type { Env } from './operation.ts'

/** Alarms of an account in a Region. Source: CloudWatch's quotas: 5000. */
const MOST_ALARMS = 5000

const NO_TAGS: ReadonlyMap<string, string> = new Map()

/**
 * Makes or replaces an alarm. A new one knows nothing yet; one that is replaced keeps its state until it is evaluated, and its tags, which
 * only tagging changes. Source: API_PutMetricAlarm.
 */
export async function putAlarm(
  env: Env,
  call: Call,
  name: string,
  settings: Settings,
  { enabled, tags }: { readonly enabled: boolean; readonly tags: ReadonlyMap<string, string> },
): Promise<Alarm> {
  const { account, region, now } = call
  const { alarms } = env
  const before = await alarms.locked(call, name)
  if (before !== undefined && before.settings.kind !== settings.kind)
    throw validation(`An alarm of another type has the name ${name}.`)
  if (before === undefined && (await alarms.count(call)) >= MOST_ALARMS)
    throw limitExceeded(`The maximum number of alarms, ${MOST_ALARMS}, was reached.`)
  const standing = before ?? {
    state: 'INSUFFICIENT_DATA',
    reason: CREATED,
    reasonData: undefined,
    stateAt: now,
    transitionAt: now,
  }
  const alarm: Alarm = {
    ...{ account, region, name, settings, enabled, configuredAt: now },
    tags: before?.tags ?? withTags(NO_TAGS, tags),
    state: standing.state,
    reason: standing.reason,
    reasonData: standing.reasonData,
    stateAt: standing.stateAt,
    transitionAt: standing.transitionAt,
  }
  await alarms.save(alarm)
  await alarms.remember(alarm, {
    at: now,
    type: 'ConfigurationUpdate',
    summary: `Alarm "${name}" ${before === undefined ? 'created' : 'updated'}`,
    content: JSON.stringify({
      version: '1.0',
      type: before === undefined ? 'Create' : 'Update',
      [before === undefined ? 'createdAlarm' : 'updatedAlarm']: {
        alarmName: name,
        alarmArn: alarmArn(call, name),
        alarmType: typeOf(settings),
        actionsEnabled: enabled,
        alarmDescription: settings.description,
        okActions: settings.actions.ok,
        alarmActions: settings.actions.alarm,
        insufficientDataActions: settings.actions.insufficient,
      },
    }),
  })
  return alarm
}
