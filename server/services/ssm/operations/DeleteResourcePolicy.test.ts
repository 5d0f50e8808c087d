import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, arnOf, OTHER, trial, user } from '../test/trial.ts'

const ResourceArn = arnOf('/shared')
const Policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [allow('GetParameter', ResourceArn, { Principal: { AWS: OTHER } })],
})

test('who was let in is not from then on (parameterstore.md 13)', async () => {
  await using one = await trial()
  await one.put('/shared', 'v', { Tier: 'Advanced' })
  const consumer = user('ext', [allow('GetParameter')], OTHER)
  const read = () => one.ask('GetParameter', { Name: ResourceArn }, consumer)
  const made = await one.call('PutResourcePolicy', { ResourceArn, Policy })
  assert.equal((await read()).Parameter.Value, 'v')
  assert.deepEqual(await one.call('DeleteResourcePolicy', { ResourceArn, ...made }), {})
  await assert.rejects(read(), { code: 'AccessDeniedException' })
  assert.deepEqual(await one.call('GetResourcePolicies', { ResourceArn }), { Policies: [] })
})

test('asks for the id and the hash of the policy that stands there', async () => {
  await using one = await trial()
  const meant = { ResourceArn, PolicyId: 'x', PolicyHash: 'y' }
  await one.refused('DeleteResourcePolicy', meant, 'ResourceNotFoundException')
  await one.put('/shared', 'v', { Tier: 'Advanced' })
  const { PolicyId, PolicyHash } = await one.call('PutResourcePolicy', { ResourceArn, Policy })
  await one.refused('DeleteResourcePolicy', { ...meant, PolicyHash }, 'ResourcePolicyNotFoundException')
  await one.refused('DeleteResourcePolicy', { ...meant, PolicyId }, 'ResourcePolicyConflictException')
  const wrong = { ...meant, ResourceArn: 'arn:aws:ssm:::x' }
  await one.refused('DeleteResourcePolicy', wrong, 'ResourcePolicyInvalidParameterException')
})
