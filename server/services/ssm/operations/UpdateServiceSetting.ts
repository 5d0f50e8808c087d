import type { UpdateServiceSettingRequest, UpdateServiceSettingResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { checkSettingValue } from '../model/settings.ts'
import { operation } from '../operation.ts'
import { existingSetting, settingTarget } from '../settings.ts'

/** Changes a setting of the account in this region, at once. Source: API_UpdateServiceSetting; parameterstore.md 14. */
export const UpdateServiceSetting = operation<UpdateServiceSettingRequest, UpdateServiceSettingResult>()({
  name: 'UpdateServiceSetting',
  effect: 'write',
  input: { SettingId: required(members.ServiceSettingId), SettingValue: required(members.ServiceSettingValue) },
  errors: ['InternalServerError', 'ServiceSettingNotFound', 'TooManyUpdates'],
  target: async ({ SettingId }, _env, call) => settingTarget(SettingId, call),
  async run({ SettingId, SettingValue }, { settings }, call) {
    const id = existingSetting(SettingId, call)
    checkSettingValue(id, SettingValue)
    await settings.save(id, SettingValue)
    return {}
  },
})
