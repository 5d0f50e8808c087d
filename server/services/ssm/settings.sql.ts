import { statement } from '#kernel/storage/storage'

export interface SettingRow {
  readonly value: string
  readonly modified_at: number
  readonly modified_by: string
}

export const findSetting = statement(
  'ssm-settings/find',
  `select value, modified_at, modified_by from parameter_setting
   where account = :account and region = :region and setting = :setting`,
)

export const saveSetting = statement(
  'ssm-settings/save',
  `insert into parameter_setting (account, region, setting, value, modified_at, modified_by)
   values (:account, :region, :setting, :value, :modified_at, :modified_by)
   on conflict (account, region, setting)
   do update set value = excluded.value, modified_at = excluded.modified_at, modified_by = excluded.modified_by`,
)

export const removeSetting = statement(
  'ssm-settings/remove',
  'delete from parameter_setting where account = :account and region = :region and setting = :setting',
)
