import type { DeleteAlarmsInput } from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { unknownAlarm } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { alarmTargets } from '../target.ts'

/** Deletes alarms: all that are named, or none when one is not there. Their history stays. Source: API_DeleteAlarms. */
export const DeleteAlarms = operation<DeleteAlarmsInput, undefined>()({
  name: 'DeleteAlarms',
  effect: 'write',
  input: { AlarmNames: required(members.AlarmNames) },
  errors: ['ResourceNotFound'],
  target: ({ AlarmNames }, env, call) => alarmTargets(AlarmNames, env, call),
  async run({ AlarmNames }, { alarms, later }, call) {
    for (const name of [...new Set(AlarmNames)].toSorted()) {
      const alarm = await alarms.locked(call, name)
      if (alarm === undefined) throw unknownAlarm()
      await alarms.remove(call, name)
      await later.evaluateNoMore(alarm)
      await alarms.remember(alarm, {
        at: call.now,
        type: 'ConfigurationUpdate',
        summary: `Alarm "${name}" deleted`,
        content: JSON.stringify({ version: '1.0', type: 'Delete' }),
      })
    }
    return undefined
  },
})
