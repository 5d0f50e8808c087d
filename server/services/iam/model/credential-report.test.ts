import assert from 'node:assert/strict'
import { test } from 'node:test'
import { credentialReport, ROOT } from './credential-report.ts'

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

test('a report has 22 columns, LF, dates in UTC and no line end at the end (observed by a public suite)', () => {
  const key = { active: true, createdAt: AT, usedAt: AT + 1000, region: 'eu-west-1', service: 'kms' }
  const text = credentialReport([
    { name: ROOT, arn: 'arn:root', createdAt: AT, password: 'root', keys: [] },
    {
      name: 'a,b',
      arn: 'arn:x"y',
      createdAt: AT,
      password: { usedAt: 0, changedAt: AT, expiresAt: AT + 86_400_000 },
      keys: [key, { ...key, active: false, usedAt: 0 }],
    },
    {
      name: 'c',
      arn: 'arn:c',
      createdAt: AT,
      password: { usedAt: AT, changedAt: AT, expiresAt: undefined },
      keys: [key],
    },
    { name: 'd', arn: 'arn:d', createdAt: AT, password: undefined, keys: [] },
  ])
  const T = '2026-01-02T03:04:05Z'
  assert.deepEqual(text.split('\n'), [
    'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated',
    `<root_account>,arn:root,${T},not_supported,no_information,not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A`,
    `"a,b","arn:x""y",${T},true,no_information,${T},2026-01-03T03:04:05Z,false,true,${T},2026-01-02T03:04:06Z,eu-west-1,kms,false,${T},N/A,N/A,N/A,false,N/A,false,N/A`,
    `c,arn:c,${T},true,${T},${T},N/A,false,true,${T},2026-01-02T03:04:06Z,eu-west-1,kms,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A`,
    `d,arn:d,${T},false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A`,
  ])
})
