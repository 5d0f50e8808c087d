/** One row of a credential report. Times in milliseconds. */
export interface ReportedUser {
  readonly name: string
  readonly arn: string
  readonly createdAt: number
  /** Undefined: there is no password. `root`: it is not told. */
  readonly password: ReportedPassword | 'root' | undefined
  /** The first two count, in the order of their ids. */
  readonly keys: readonly ReportedKey[]
}

export interface ReportedPassword {
  /** 0: never. */
  readonly usedAt: number
  readonly changedAt: number
  readonly expiresAt: number | undefined
}

export interface ReportedKey {
  readonly active: boolean
  readonly createdAt: number
  /** 0: never. */
  readonly usedAt: number
  readonly region: string | undefined
  readonly service: string | undefined
}

const KEY_COLUMNS = ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service']

/** Source: User Guide, "credential report"; that there are no more than these was observed by a public suite. */
const HEADER = [
  ...['user', 'arn', 'user_creation_time'],
  ...['password_enabled', 'password_last_used', 'password_last_changed', 'password_next_rotation', 'mfa_active'],
  ...KEY_COLUMNS.map((column) => `access_key_1_${column}`),
  ...KEY_COLUMNS.map((column) => `access_key_2_${column}`),
  ...['cert_1_active', 'cert_1_last_rotated', 'cert_2_active', 'cert_2_last_rotated'],
]

/** How the root user is called in it. */
export const ROOT = '<root_account>'

/** A report is good for so long. Source: API_GetCredentialReport. */
export const REPORT_MS = 4 * 60 * 60 * 1000

/**
 * The report as CSV: lines end in LF, the last one in nothing. There are no MFA devices and certificates here. Form of dates and
 * lines observed by a public suite.
 */
export function credentialReport(users: readonly ReportedUser[]): string {
  return [HEADER, ...users.map(rowOf)].map((row) => row.map(field).join(',')).join('\n')
}

function rowOf({ name, arn, createdAt, password, keys }: ReportedUser): string[] {
  const certificates = ['false', 'N/A', 'false', 'N/A']
  return [
    name,
    arn,
    date(createdAt),
    ...passwordColumns(password),
    'false',
    ...keyColumns(keys[0]),
    ...keyColumns(keys[1]),
    ...certificates,
  ]
}

function passwordColumns(password: ReportedUser['password']): string[] {
  if (password === 'root') return ['not_supported', 'no_information', 'not_supported', 'not_supported']
  if (password === undefined) return ['false', 'N/A', 'N/A', 'N/A']
  const { usedAt, changedAt, expiresAt } = password
  const used = usedAt === 0 ? 'no_information' : date(usedAt)
  return ['true', used, date(changedAt), expiresAt === undefined ? 'N/A' : date(expiresAt)]
}

function keyColumns(key: ReportedKey | undefined): string[] {
  if (key === undefined) return ['false', 'N/A', 'N/A', 'N/A', 'N/A']
  const { active, createdAt, usedAt, region = 'N/A', service = 'N/A' } = key
  return [String(active), date(createdAt), ...(usedAt === 0 ? ['N/A', 'N/A', 'N/A'] : [date(usedAt), region, service])]
}

function date(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`
}

function field(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
