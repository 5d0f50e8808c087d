import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, trial } from '../test/trial.ts'

const CODE = 'InvalidEventSelectorsException'
const MANAGEMENT = { Field: 'eventCategory', Equals: ['Management'] }

test('PutEventSelectors: basic and advanced ones take each other’s place, and are given back', async () => {
  await using t = await trial()
  await t.make('main')
  const AdvancedEventSelectors = [
    { Name: 'writes', FieldSelectors: [MANAGEMENT, { Field: 'readOnly', Equals: ['false'] }] },
  ]
  await t.call('PutEventSelectors', { TrailName: 'main', AdvancedEventSelectors })
  assert.deepEqual(await t.call('GetEventSelectors', { TrailName: 'main' }), {
    TrailARN: arnOf('main'),
    AdvancedEventSelectors,
  })
  assert.equal((await t.call('GetTrail', { Name: 'main' })).Trail.HasCustomEventSelectors, true)
  const { EventSelectors } = await t.call('PutEventSelectors', {
    TrailName: 'main',
    EventSelectors: [{ ReadWriteType: 'WriteOnly', ExcludeManagementEventSources: ['kms.amazonaws.com'] }],
  })
  assert.deepEqual(EventSelectors, [
    {
      ReadWriteType: 'WriteOnly',
      IncludeManagementEvents: true,
      DataResources: [],
      ExcludeManagementEventSources: ['kms.amazonaws.com'],
    },
  ])
  assert.deepEqual(
    t.told.map(([what]) => what),
    ['updated', 'updated'],
  )
})

test('PutEventSelectors refuses what selects nothing that is', async () => {
  await using t = await trial()
  await t.make('main')
  const refused = (input: object, text: RegExp) =>
    t.refused('PutEventSelectors', { TrailName: 'main', ...input }, CODE, text)
  await refused({}, /either/)
  await refused({ EventSelectors: [], AdvancedEventSelectors: [] }, /either/)
  await refused({ EventSelectors: [] }, /1 to 5/)
  await refused({ EventSelectors: Array(6).fill({}) }, /1 to 5/)
  const data = (Type: string, ...Values: string[]) => ({ EventSelectors: [{ DataResources: [{ Type, Values }] }] })
  await refused(
    data('AWS::S3::Object', 'arn:aws:s3:::*'),
    /^Value arn:aws:s3:::\* for DataResources.Values is invalid.$/,
  )
  await refused(data('AWS::None'), /DataResources.Type/)
  const many = Array.from({ length: 251 }, (_, at) => `arn:aws:s3:::bucket-${at}/`)
  await refused(data('AWS::S3::Object', ...many), /^Specify a valid number of DataResources.Values \(0 to 250\)/)
  await refused({ EventSelectors: [{ ExcludeManagementEventSources: ['s3.amazonaws.com'] }] }, /ExcludeManagement/)
  const advanced = (...FieldSelectors: object[]) => ({ AdvancedEventSelectors: [{ FieldSelectors }] })
  await refused(advanced({ Field: 'readOnly', Equals: ['true'] }), /eventCategory/)
  await refused(advanced(MANAGEMENT, { Field: 'nothing', Equals: ['x'] }), /nothing/)
  await refused(advanced(MANAGEMENT, MANAGEMENT), /more than once/)
  await refused(advanced(MANAGEMENT, { Field: 'eventName' }), /no operator/)
  await refused(advanced(MANAGEMENT, { Field: 'readOnly', NotEquals: ['true'] }), /not supported/)
  await refused(advanced(MANAGEMENT, { Field: 'readOnly', Equals: ['maybe'] }), /true and false/)
  await refused(advanced({ Field: 'eventCategory', Equals: ['Data'] }), /resources.type/)
  const values = Array.from({ length: 501 }, (_, at) => `x${at}`)
  await refused(advanced(MANAGEMENT, { Field: 'eventName', Equals: values }), /at most 500/)
})
