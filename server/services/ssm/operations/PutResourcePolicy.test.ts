import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MOST_SHARING_POLICIES } from '../model/sharing.ts'
import { ACCOUNT, allow, arnOf, OTHER, REGION, root, type Trial, trial, user } from '../test/trial.ts'

const ResourceArn = arnOf('/shared')
const share = (AWS: unknown = OTHER, actions = ['GetParameter', 'GetParameters', 'DescribeParameters']) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [allow(actions, ResourceArn, { Principal: { AWS } })] })

async function advanced(one: Trial, more: object = {}): Promise<void> {
  await one.put('/shared', 'v', { Tier: 'Advanced', ...more })
}

const policies = async (one: Trial) => (await one.call('GetResourcePolicies', { ResourceArn })).Policies

test('a policy without id is a new one; with id and hash it takes the other’s place (parameterstore.md 13)', async () => {
  await using one = await trial()
  await advanced(one)
  const first = await one.call('PutResourcePolicy', { ResourceArn, Policy: share() })
  assert.match(first.PolicyId, /^[0-9a-f-]{36}$/)
  assert.match(first.PolicyHash, /^[0-9a-f]{64}$/)
  const second = await one.call('PutResourcePolicy', { ResourceArn, Policy: share('777788889999') })
  const changed = await one.call('PutResourcePolicy', { ResourceArn, Policy: share('*'), ...first })
  assert.equal(changed.PolicyId, first.PolicyId)
  assert.notEqual(changed.PolicyHash, first.PolicyHash)
  const expected = [
    { ...changed, Policy: share('*') },
    { ...second, Policy: share('777788889999') },
  ]
  const byId = (a: { PolicyId: string }, b: { PolicyId: string }) => (a.PolicyId < b.PolicyId ? -1 : 1)
  assert.deepEqual(await policies(one), expected.sort(byId))
})

test('an outdated hash is a conflict, an unknown id is not found, a hash alone is refused', async () => {
  await using one = await trial()
  await advanced(one)
  const first = await one.call('PutResourcePolicy', { ResourceArn, Policy: share() })
  const put = { ResourceArn, Policy: share('*') }
  await one.call('PutResourcePolicy', { ...put, ...first })
  await one.refused('PutResourcePolicy', { ...put, ...first }, 'ResourcePolicyConflictException')
  const { PolicyId, PolicyHash } = first
  await one.refused('PutResourcePolicy', { ...put, PolicyId }, 'ResourcePolicyConflictException')
  await one.refused('PutResourcePolicy', { ...put, PolicyId: 'x', PolicyHash }, 'ResourcePolicyNotFoundException')
  await one.refused('PutResourcePolicy', { ...put, PolicyHash }, 'ResourcePolicyInvalidParameterException')
  assert.equal((await policies(one)).length, 1)
})

test('a parameter that is not there is not found; a bad ARN is refused', async () => {
  await using one = await trial()
  const Policy = share()
  await one.refused('PutResourcePolicy', { ResourceArn, Policy }, 'ResourceNotFoundException')
  await advanced(one)
  const wrong = [
    `${ResourceArn}:1`,
    ResourceArn.replace(REGION, 'eu-west-1'),
    ResourceArn.replace(':parameter/', ':parameter//'),
    // other spellings than the one that policies are written for
    ResourceArn.replace('arn:aws:', 'arn:aws-cn:'),
    ResourceArn.replace('arn:aws:', 'arn::'),
    ResourceArn.replace(ACCOUNT, ''),
    ResourceArn.replace(':parameter/shared', ':opsitemgroup/default'),
    'a name of a parameter here',
  ]
  for (const arn of wrong) {
    await one.refused('PutResourcePolicy', { ResourceArn: arn, Policy }, 'ResourcePolicyInvalidParameterException')
  }
})

test('a standard parameter and a SecureString under the default key can’t be shared', async () => {
  await using one = await trial()
  await one.put('/shared')
  const put = { ResourceArn, Policy: share() }
  await one.refused('PutResourcePolicy', put, 'ResourcePolicyInvalidParameterException', /advanced-parameter tier/)
  await one.put('/shared', 'v', { Tier: 'Advanced', Type: 'SecureString', Overwrite: true })
  await one.refused('PutResourcePolicy', put, 'ResourcePolicyInvalidParameterException', /customer managed key/)
})

test('what is no policy is malformed, and so is one that names somebody who is not there', async () => {
  await using one = await trial()
  await advanced(one)
  const nobody = `arn:aws:iam::${OTHER}:role/nobody`
  for (const Policy of ['{', '{}', share(nobody)]) {
    await one.refused('PutResourcePolicy', { ResourceArn, Policy }, 'MalformedResourcePolicyDocumentException')
  }
  one.people.ids.set(nobody, 'AROANOBODY')
  await one.call('PutResourcePolicy', { ResourceArn, Policy: share(nobody) })
})

test('the longest document has 1,024 bytes, and there are only so many', async () => {
  await using one = await trial()
  await advanced(one)
  const Policy = share().padEnd(1024)
  for (let n = 0; n < MOST_SHARING_POLICIES; n++) await one.call('PutResourcePolicy', { ResourceArn, Policy })
  await one.refused('PutResourcePolicy', { ResourceArn, Policy }, 'ResourcePolicyLimitExceededException')
  const [{ Policy: _, ...meant }] = await policies(one)
  const put = { ResourceArn, Policy: `${Policy} `, ...meant }
  await one.refused('PutResourcePolicy', put, 'ResourcePolicyLimitExceededException', /1024 bytes/)
})

test('permission is asked for the parameter’s ARN; another account never has it, whatever the policy says', async () => {
  await using one = await trial()
  await advanced(one)
  const Policy = share(OTHER, ['*'])
  await one.ask('PutResourcePolicy', { ResourceArn, Policy }, user('alice', [allow('PutResourcePolicy', ResourceArn)]))
  const denied = { code: 'AccessDeniedException' }
  const bob = user('bob', [allow('PutResourcePolicy', arnOf('/else'))])
  await assert.rejects(one.ask('PutResourcePolicy', { ResourceArn, Policy }, bob), denied)
  for (const arn of [ResourceArn, arnOf('/nobody')]) {
    await assert.rejects(one.ask('PutResourcePolicy', { ResourceArn: arn, Policy }, root(OTHER)), denied)
    await assert.rejects(one.ask('GetResourcePolicies', { ResourceArn: arn }, root(OTHER)), denied)
  }
})

test('policies stay when the parameter is overwritten, tagged or labelled, and go with it', async () => {
  await using one = await trial()
  await advanced(one)
  await one.call('PutResourcePolicy', { ResourceArn, Policy: share() })
  await one.put('/shared', 'two', { Overwrite: true })
  const Tags = [{ Key: 'a', Value: 'b' }]
  await one.call('AddTagsToResource', { ResourceType: 'Parameter', ResourceId: '/shared', Tags })
  await one.call('LabelParameterVersion', { Name: '/shared', Labels: ['l'] })
  assert.equal((await policies(one)).length, 1)
  await one.call('DeleteParameter', { Name: '/shared' })
  await advanced(one)
  assert.deepEqual(await policies(one), [])
  const { Parameters } = await one.call('DescribeParameters', { Shared: true }, { caller: root(OTHER) })
  assert.deepEqual(Parameters, [])
})

test('a policy that was written into the store by somebody else, or moved there, lets nobody in', async () => {
  await using one = await trial()
  await advanced(one)
  await one.put('/other', 'secret', { Tier: 'Advanced' })
  await one.call('PutResourcePolicy', { ResourceArn, Policy: share() })
  const move = {
    name: 'test/move',
    sql: `update parameter set sharing = (select sharing from parameter where key = 'shared'),
      sharing_mac = (select sharing_mac from parameter where key = 'shared') where key = :key`,
  }
  await one.storage.unit('write', (unit) => unit.run(move, { key: 'other' }))
  const consumer = user('ext', [allow('GetParameter')], OTHER)
  await assert.rejects(one.ask('GetParameter', { Name: arnOf('/other') }, consumer), /is not as this server wrote it/)
  assert.equal(consumer.account === ACCOUNT, false)
})
