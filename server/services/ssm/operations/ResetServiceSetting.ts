import type { ResetServiceSettingRequest, ResetServiceSettingResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { shownSetting } from '../model/settings.ts'
import { operation } from '../operation.ts'
import { existingSetting, settingTarget } from '../settings.ts'

/** Back to AWS's default, which is answered. Source: API_ResetServiceSetting; parameterstore.md 14. */
export const ResetServiceSetting = operation<
  ResetServiceSettingRequest,
  Answer<ResetServiceSettingResult, 'ServiceSetting'>
>()({
  name: 'ResetServiceSetting',
  effect: 'write',
  input: { SettingId: required(members.ServiceSettingId) },
  errors: ['InternalServerError', 'ServiceSettingNotFound', 'TooManyUpdates'],
  target: async ({ SettingId }, _env, call) => settingTarget(SettingId, call),
  async run({ SettingId }, { settings }, call) {
    const id = existingSetting(SettingId, call)
    await settings.reset(id)
    return { ServiceSetting: shownSetting(id, undefined, call) }
  },
})
