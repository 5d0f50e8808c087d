import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
})

test('ListInstanceProfilesForRole pages the profiles that the role is in, with the role', async () => {
  await using iam = await trial()
  for (const RoleName of ['r', 'other']) await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: TRUST })
  for (const InstanceProfileName of ['b', 'A', 'c', 'none', 'other']) {
    await iam.call('CreateInstanceProfile', { InstanceProfileName })
    if (InstanceProfileName === 'none') continue
    const RoleName = InstanceProfileName === 'other' ? 'other' : 'r'
    await iam.call('AddRoleToInstanceProfile', { InstanceProfileName, RoleName })
  }
  const found: string[] = []
  let Marker: string | undefined
  do {
    const page = { RoleName: 'r', MaxItems: 2, ...(Marker && { Marker }) }
    const out = await iam.call('ListInstanceProfilesForRole', page)
    for (const { InstanceProfileName, Roles } of out.InstanceProfiles) {
      found.push(InstanceProfileName)
      assert.deepEqual([Roles.length, Roles[0].RoleName], [1, 'r'])
    }
    Marker = out.Marker
  } while (Marker !== undefined)
  assert.deepEqual(found, ['A', 'b', 'c'])
  const text = 'The role with name R cannot be found.'
  await iam.refused('ListInstanceProfilesForRole', { RoleName: 'R' }, 'NoSuchEntity', text)
})
