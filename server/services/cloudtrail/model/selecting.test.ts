import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takes } from './selecting.ts'
import { DEFAULT_SELECTION, type Selection } from './selectors.ts'

const trail = {
  ...{ account: '1', region: 'us-east-1', multiRegion: false, globalEvents: true, selection: DEFAULT_SELECTION },
}
const record = {
  ...{ account: '1', region: 'us-east-1', eventSource: 'secretsmanager.amazonaws.com', readOnly: true },
  fields: { eventName: 'GetSecretValue', userIdentity: { arn: 'arn:aws:iam::1:user/ann' } },
}

test('a trail takes the records of its account and Region; one of all Regions those of all', () => {
  assert.equal(takes(trail, record), true)
  assert.equal(takes(trail, { ...record, account: '2' }), false)
  assert.equal(takes(trail, { ...record, region: 'eu-west-1' }), false)
  assert.equal(takes({ ...trail, multiRegion: true }, { ...record, region: 'eu-west-1' }), true)
  const global = { ...record, eventSource: 'iam.amazonaws.com' }
  assert.equal(takes(trail, global), true)
  assert.equal(takes({ ...trail, globalEvents: false }, global), false)
})

test('CloudTrail’s own calls can be left out', () => {
  const own = { ...record, fields: { userIdentity: { invokedBy: 'cloudtrail.amazonaws.com' } } }
  assert.equal(takes(trail, own), true)
  assert.equal(takes({ ...trail, recursive: false }, own), false)
  assert.equal(takes({ ...trail, recursive: false }, record), true)
})

const basic = (more: object): Selection => ({ ...DEFAULT_SELECTION, basic: [more] })
const advanced = (
  ...FieldSelectors: NonNullable<Selection['advanced']>[number]['FieldSelectors'] & object
): Selection => ({
  ...DEFAULT_SELECTION,
  advanced: [{ FieldSelectors }],
})

test('basic selectors: read or write, sources left out, management events or not', () => {
  const with_ = (selection: Selection, more: object = {}) => takes({ ...trail, selection }, { ...record, ...more })
  assert.equal(with_(basic({ ReadWriteType: 'WriteOnly' })), false)
  assert.equal(with_(basic({ ReadWriteType: 'WriteOnly' }), { readOnly: false }), true)
  assert.equal(with_(basic({ ReadWriteType: 'ReadOnly' })), true)
  const quiet = basic({ ExcludeManagementEventSources: ['kms.amazonaws.com'] })
  assert.equal(with_(quiet, { eventSource: 'kms.amazonaws.com' }), false)
  assert.equal(with_(quiet), true)
  assert.equal(with_(basic({ IncludeManagementEvents: false })), false)
})

test('data events go to those only who ask for them: of all functions, or of one', () => {
  const ARN = 'arn:aws:lambda:us-east-1:1:function:f'
  const fields = { eventCategory: 'Data', resources: [{ type: 'AWS::Lambda::Function', ARN }] }
  const invoked = { ...record, readOnly: false, fields }
  const of = (...Values: string[]) => basic({ DataResources: [{ Type: 'AWS::Lambda::Function', Values }] })
  assert.equal(takes(trail, invoked), false)
  assert.equal(takes({ ...trail, selection: of('arn:aws:lambda') }, invoked), true)
  assert.equal(takes({ ...trail, selection: of(ARN) }, invoked), true)
  assert.equal(takes({ ...trail, selection: of(`${ARN}2`) }, invoked), false)
  const asked = advanced(
    { Field: 'eventCategory', Equals: ['Data'] },
    { Field: 'resources.type', Equals: ['AWS::Lambda::Function'] },
    { Field: 'resources.ARN', StartsWith: ['arn:aws:lambda:us-east-1:1:function:'] },
  )
  assert.equal(takes({ ...trail, selection: asked }, invoked), true)
  assert.equal(takes({ ...trail, selection: asked }, record), false)
})

test('advanced selectors: every field must fit, one of the values is enough, what is absent is none of them', () => {
  const MANAGEMENT = { Field: 'eventCategory', Equals: ['Management'] }
  const with_ = (...more: { Field: string }[]) => takes({ ...trail, selection: advanced(MANAGEMENT, ...more) }, record)
  assert.equal(with_(), true)
  assert.equal(with_({ Field: 'eventName', StartsWith: ['Put', 'Get'] } as never), true)
  assert.equal(with_({ Field: 'eventName', EndsWith: ['Value'], NotEquals: ['GetSecretValue'] } as never), false)
  assert.equal(with_({ Field: 'eventName', NotStartsWith: ['List'], NotEndsWith: ['s'] } as never), true)
  assert.equal(with_({ Field: 'userIdentity.arn', Equals: ['arn:aws:iam::1:user/ann'] } as never), true)
  assert.equal(with_({ Field: 'errorCode', Equals: ['AccessDenied'] } as never), false)
  assert.equal(with_({ Field: 'errorCode', NotEquals: ['AccessDenied'] } as never), true)
  assert.equal(with_({ Field: 'readOnly', Equals: ['false'] } as never), false)
})
