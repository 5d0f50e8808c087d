import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acted, changed } from './change.ts'

const arn = 'arn:aws:ssm:us-east-2:123456789012:parameter/MyExampleParameter'
const parameter = { account: '123456789012', region: 'us-east-2', name: 'MyExampleParameter', arn }
const version = { type: 'String', description: 'Sample Parameter', dataType: 'text' } as const

test('a change is told as the sample of parameterstore.md 10 tells it', () => {
  assert.deepEqual(changed('Update', parameter, version), {
    source: 'aws.ssm',
    detailType: 'Parameter Store Change',
    account: '123456789012',
    region: 'us-east-2',
    resources: [arn],
    detail: { operation: 'Update', name: 'MyExampleParameter', type: 'String', description: 'Sample Parameter' },
  })
})

test('a description is there when it is set, the data type when it is that of an image', () => {
  const bare = { ...version, description: undefined }
  const name = 'MyExampleParameter'
  assert.deepEqual(changed('Create', parameter, bare).detail, { operation: 'Create', name, type: 'String' })
  assert.deepEqual(
    changed('Update', parameter, { ...bare, dataType: 'aws:ec2:image' }, { exception: 'Unable to Describe Resource' })
      .detail,
    { operation: 'Update', name, type: 'String', dataType: 'aws:ec2:image', exception: 'Unable to Describe Resource' },
  )
})

test('label events say whence and whither, as texts; whence is empty for a new label', () => {
  const of = (fromVersion: number | undefined) =>
    changed('LabelParameterVersion', parameter, version, { label: 'prod', fromVersion, toVersion: 3 }).detail
  const { description, ...rest } = of(2)
  assert.equal(description, 'Sample Parameter')
  assert.deepEqual(rest, {
    ...{ operation: 'LabelParameterVersion', name: 'MyExampleParameter', type: 'String' },
    ...{ fromVersion: '2', toVersion: '3', label: 'prod' },
  })
  assert.equal(of(undefined).fromVersion, '')
})

test('policy actions have names of their own: parameter-name, not name', () => {
  const text = '{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2020-07-07T22:30:00Z"}}'
  const event = acted({ type: 'Expiration', text }, parameter, version, 'SUCCESS', 'Parameter expired and was deleted')
  assert.equal(event.detailType, 'Parameter Store Policy Action')
  assert.deepEqual(event.detail, {
    'policy-type': 'Expiration',
    'parameter-name': 'MyExampleParameter',
    'parameter-type': 'String',
    'policy-content': text,
    'action-status': 'SUCCESS',
    'action-reason': 'Parameter expired and was deleted',
  })
})
