import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, arnOf, OTHER, trial } from '../test/trial.ts'

const ResourceArn = arnOf('/shared')
const share = (AWS: unknown) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [allow('GetParameter', ResourceArn, { Principal: { AWS } })] })

test('a parameter without policies has an empty list; one that is not there is not found', async () => {
  await using one = await trial()
  await one.refused('GetResourcePolicies', { ResourceArn }, 'ResourceNotFoundException')
  await one.put('/shared')
  assert.deepEqual(await one.call('GetResourcePolicies', { ResourceArn }), { Policies: [] })
})

test('pages show every policy once, and go on behind one that is gone (trap 24)', async () => {
  await using one = await trial()
  await one.put('/shared', 'v', { Tier: 'Advanced' })
  for (let n = 0; n < 5; n++) await one.call('PutResourcePolicy', { ResourceArn, Policy: share(OTHER) })
  const all = (await one.call('GetResourcePolicies', { ResourceArn })).Policies
  const pages = await one.pages('GetResourcePolicies', { ResourceArn, MaxResults: 2 })
  assert.deepEqual(
    pages.map(({ Policies }) => Policies.length),
    [2, 2, 1],
  )
  assert.deepEqual(
    pages.flatMap(({ Policies }) => Policies),
    all,
  )
  const { NextToken } = pages[0]
  const { Policy: _, ...gone } = all[1]
  await one.call('DeleteResourcePolicy', { ResourceArn, ...gone })
  const next = await one.call('GetResourcePolicies', { ResourceArn, MaxResults: 2, NextToken })
  assert.deepEqual(next.Policies, all.slice(2, 4))
  await one.put('/else')
  for (const [arn, token] of [
    [ResourceArn, 'x'],
    [arnOf('/else'), NextToken],
  ]) {
    const input = { ResourceArn: arn, NextToken: token }
    await one.refused('GetResourcePolicies', input, 'ResourcePolicyInvalidParameterException')
  }
})

test('a principal that is gone is shown by its unique id (access.md 2)', async () => {
  await using one = await trial()
  await one.put('/shared', 'v', { Tier: 'Advanced' })
  const role = `arn:aws:iam::${OTHER}:role/app`
  one.people.ids.set(role, 'AROAFIRST')
  await one.call('PutResourcePolicy', { ResourceArn, Policy: share(role) })
  const shown = async () => JSON.parse((await one.call('GetResourcePolicies', { ResourceArn })).Policies[0].Policy)
  assert.equal((await shown()).Statement[0].Principal.AWS, role)
  one.people.ids.set(role, 'AROASECOND')
  assert.equal((await shown()).Statement[0].Principal.AWS, 'AROAFIRST')
})
