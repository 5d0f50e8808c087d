import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSettingValue, DEFAULT_TIER, HIGH_THROUGHPUT, settingNamed, shownSetting } from './settings.ts'

const cell = { account: '111122223333', region: 'us-east-1' }
const ARN = 'arn:aws:ssm:us-east-1:111122223333:servicesetting/ssm/parameter-store/default-parameter-tier'

test('a setting is named by its path or its ARN, and is the same (parameterstore.md 14)', () => {
  assert.deepEqual(settingNamed(DEFAULT_TIER, cell), { id: DEFAULT_TIER, arn: ARN, account: cell.account })
  assert.deepEqual(settingNamed(ARN, cell), { id: DEFAULT_TIER, arn: ARN, account: cell.account })
})

test('another region, another account, another service and other names have no setting here', () => {
  const ids = [
    ARN.replace('us-east-1', 'eu-west-1'),
    ARN.replace(cell.account, '444455556666'),
    ARN.replace(':ssm:', ':kms:'),
    // other spellings than the one that policies are written for
    ARN.replace(cell.account, ''),
    ARN.replace('arn:aws:', 'arn:aws-cn:'),
    ARN.replace('arn:aws:', 'arn::'),
    ARN.replace('servicesetting', 'parameter'),
    `${ARN}/`,
    '/ssm/documents/console/public-sharing-permission',
    'ssm/parameter-store/default-parameter-tier',
    'constructor',
    '__proto__',
    'arn:',
    '',
  ]
  for (const id of ids) assert.equal(settingNamed(id, cell).id, undefined, id)
  assert.equal(settingNamed(ARN.replace(cell.account, '444455556666'), cell).account, '444455556666')
})

test('values are those of the table, to the letter', () => {
  for (const value of ['Standard', 'Advanced', 'Intelligent-Tiering']) checkSettingValue(DEFAULT_TIER, value)
  for (const value of ['true', 'false']) checkSettingValue(HIGH_THROUGHPUT, value)
  for (const value of ['standard', '', 'true']) {
    assert.throws(() => checkSettingValue(DEFAULT_TIER, value), { code: 'ValidationException' })
  }
  assert.throws(() => checkSettingValue(HIGH_THROUGHPUT, 'True'), { code: 'ValidationException' })
})

test('at its default a setting is System’s, else it says who set it when (parameterstore.md 14)', () => {
  const at = shownSetting(DEFAULT_TIER, undefined, cell)
  assert.deepEqual(
    [at.SettingId, at.SettingValue, at.LastModifiedUser, at.Status, at.ARN],
    [DEFAULT_TIER, 'Standard', 'System', 'Default', ARN],
  )
  const record = { value: 'Advanced', modifiedAt: 5000, modifiedBy: 'arn:aws:iam::111122223333:user/alice' }
  const set = shownSetting(DEFAULT_TIER, record, cell)
  assert.deepEqual(
    [set.SettingValue, set.LastModifiedDate, set.LastModifiedUser, set.Status],
    ['Advanced', new Date(5000), record.modifiedBy, 'Customized'],
  )
})
