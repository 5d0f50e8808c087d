import type { SetAlarmStateInput } from '@aws-sdk/client-cloudwatch'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { unknownAlarm } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { alarmTarget } from '../target.ts'

/** Puts an alarm into a state, with all that follows from it, until it is evaluated again: to test actions. Source: API_SetAlarmState. */
export const SetAlarmState = operation<SetAlarmStateInput, undefined>()({
  name: 'SetAlarmState',
  effect: 'write',
  input: {
    AlarmName: required(members.AlarmName),
    StateValue: required(members.StateValue),
    StateReason: required(members.StateReason),
    StateReasonData: members.StateReasonData,
  },
  errors: ['ResourceNotFound', 'InvalidFormatFault'],
  target: ({ AlarmName }, env, call) => alarmTarget(AlarmName, env, call),
  async run({ AlarmName, StateValue, StateReason, StateReasonData }, { alarms, transitions }, call) {
    if (StateReasonData !== undefined && !isJson(StateReasonData))
      throw new ApiError('InvalidFormatFault', 'Unable to parse stateReasonData as JSON')
    const alarm = await alarms.locked(call, AlarmName)
    if (alarm === undefined) throw unknownAlarm()
    await transitions.change(alarm, { state: StateValue, reason: StateReason, reasonData: StateReasonData }, call.now)
    return undefined
  },
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
