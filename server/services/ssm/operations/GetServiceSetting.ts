import type { GetServiceSettingRequest, GetServiceSettingResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { shownSetting } from '../model/settings.ts'
import { operation } from '../operation.ts'
import { existingSetting, settingTarget } from '../settings.ts'

/** A setting of the account in this region, or its default. Source: API_GetServiceSetting; parameterstore.md 14. */
export const GetServiceSetting = operation<
  GetServiceSettingRequest,
  Answer<GetServiceSettingResult, 'ServiceSetting'>
>()({
  name: 'GetServiceSetting',
  effect: 'read',
  input: { SettingId: required(members.ServiceSettingId) },
  errors: ['InternalServerError', 'ServiceSettingNotFound'],
  target: async ({ SettingId }, _env, call) => settingTarget(SettingId, call),
  async run({ SettingId }, { settings }, call) {
    const id = existingSetting(SettingId, call)
    return { ServiceSetting: shownSetting(id, await settings.find(id), call) }
  },
})
