import { ApiError } from '#kernel/error'
import { parseArn } from '#kernel/values/arn'

/** What an account sets for its parameters in one region, by the setting's path. Source: parameterstore.md 14. */
export const DEFAULT_TIER = '/ssm/parameter-store/default-parameter-tier'
export const HIGH_THROUGHPUT = '/ssm/parameter-store/high-throughput-enabled'

export type SettingId = typeof DEFAULT_TIER | typeof HIGH_THROUGHPUT
export type DefaultTier = 'Standard' | 'Advanced' | 'Intelligent-Tiering'

interface Setting {
  readonly values: readonly string[]
  readonly otherwise: string
}

const SETTINGS: Readonly<Record<SettingId, Setting>> = {
  [DEFAULT_TIER]: { values: ['Standard', 'Advanced', 'Intelligent-Tiering'], otherwise: 'Standard' },
  [HIGH_THROUGHPUT]: { values: ['true', 'false'], otherwise: 'false' },
}

/** The setting's value when nobody has set it. */
export function defaultOf(id: SettingId): string {
  return SETTINGS[id].otherwise
}

/** A setting as somebody set it. */
export interface SettingRecord {
  readonly value: string
  /** Milliseconds. */
  readonly modifiedAt: number
  /** ARN of who set it. */
  readonly modifiedBy: string
}

const BEFORE_ARN = 'servicesetting'

/** What a request names: the setting's path, and the ARN that policies are asked about. */
export interface NamedSetting {
  /** Undefined: there is no such setting. */
  readonly id: SettingId | undefined
  readonly arn: string
  /** The account of the ARN, where one was given. */
  readonly account: string
}

/**
 * A setting by its path or its ARN; an ARN of another region names none, nor does one without account or of another partition:
 * permission is asked for the ARN as it was sent, and policies are written for the one spelling. Source: parameterstore.md 14.
 */
export function settingNamed(text: string, cell: { readonly account: string; readonly region: string }): NamedSetting {
  const { account } = cell
  if (!text.startsWith('arn:')) return { id: settingId(text), arn: settingArn(text, cell), account }
  const parsed = parseArn(text)
  const here = text.startsWith(settingArn('/', cell)) && parsed !== undefined
  const owner = parsed === undefined || parsed.account === '' ? account : parsed.account
  // Another account's settings are nobody's but its own.
  const id = here ? settingId(parsed.resource.slice(BEFORE_ARN.length)) : undefined
  return { id, arn: text, account: owner }
}

function settingId(path: string): SettingId | undefined {
  return path === DEFAULT_TIER || path === HIGH_THROUGHPUT ? path : undefined
}

/** `arn:aws:ssm:us-east-1:111122223333:servicesetting/ssm/parameter-store/default-parameter-tier` */
export function settingArn(path: string, { account, region }: { account: string; region: string }): string {
  return `arn:aws:ssm:${region}:${account}:${BEFORE_ARN}${path.startsWith('/') ? '' : '/'}${path}`
}

/** Refuses a value that the setting can't have. Assumed: AWS's text is unknown. */
export function checkSettingValue(id: SettingId, value: string): void {
  const { values } = SETTINGS[id]
  if (values.includes(value)) return
  throw new ApiError(
    'ValidationException',
    `The setting ${id} can't have this value. Valid values include: [${values.join(', ')}].`,
  )
}

/** Assumed: AWS's text is unknown. */
export function settingNotFound(): ApiError {
  return new ApiError('ServiceSettingNotFound', "The specified service setting wasn't found.")
}

/** The wire's ServiceSetting. */
export interface ShownSetting {
  readonly SettingId: string
  readonly SettingValue: string
  readonly LastModifiedDate: Date
  readonly LastModifiedUser: string
  readonly ARN: string
  readonly Status: 'Default' | 'Customized'
}

/** Assumed: at its default, a setting was last modified when time began; AWS says when it brought the setting. */
const NEVER = 0

/** A setting as the wire shows it; its path is shown, however it was named. */
export function shownSetting(
  id: SettingId,
  record: SettingRecord | undefined,
  cell: { readonly account: string; readonly region: string },
): ShownSetting {
  return {
    SettingId: id,
    SettingValue: record?.value ?? defaultOf(id),
    LastModifiedDate: new Date(record?.modifiedAt ?? NEVER),
    LastModifiedUser: record?.modifiedBy ?? 'System',
    ARN: settingArn(id, cell),
    Status: record === undefined ? 'Default' : 'Customized',
  }
}
