import type { DisableAlarmActionsInput } from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { alarmTargets } from '../target.ts'

/** Disables the actions of alarms; names of no alarm are passed over. Source: API_DisableAlarmActions. */
export const DisableAlarmActions = operation<DisableAlarmActionsInput, undefined>()({
  name: 'DisableAlarmActions',
  effect: 'write',
  input: { AlarmNames: required(members.AlarmNames) },
  errors: [],
  target: ({ AlarmNames }, env, call) => alarmTargets(AlarmNames, env, call),
  async run({ AlarmNames }, { alarms }, call) {
    for (const name of [...new Set(AlarmNames)].toSorted()) {
      const alarm = await alarms.locked(call, name)
      if (alarm !== undefined && alarm.enabled !== false) await alarms.save({ ...alarm, enabled: false })
    }
    return undefined
  },
})
