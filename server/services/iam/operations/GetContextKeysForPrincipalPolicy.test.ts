import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, trial } from '../test/trial.ts'

const under = (key: string) => document('a:b', '*', { Condition: { StringEquals: { [key]: 'x' } } })

test("GetContextKeysForPrincipalPolicy lists the keys of a user's, its groups' and added policies, and of the boundary", async () => {
  await using iam = await trial()
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'edge', PolicyDocument: under('aws:SourceIp') })
  await iam.call('CreateUser', { UserName: 'alice', PermissionsBoundary: Policy.Arn })
  await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName: 'own', PolicyDocument: under('aws:userid') })
  await iam.call('CreateGroup', { GroupName: 'devs' })
  await iam.call('PutGroupPolicy', { GroupName: 'devs', PolicyName: 'p', PolicyDocument: under('aws:Referer') })
  await iam.call('AddUserToGroup', { GroupName: 'devs', UserName: 'alice' })
  const PolicySourceArn = `arn:aws:iam::${ACCOUNT}:user/alice`
  const input = { PolicySourceArn, PolicyInputList: [under('aws:UserAgent')] }
  assert.deepEqual((await iam.call('GetContextKeysForPrincipalPolicy', input)).ContextKeyNames, [
    'aws:Referer',
    'aws:SourceIp',
    'aws:UserAgent',
    'aws:userid',
  ])
  const group = { PolicySourceArn: `arn:aws:iam::${ACCOUNT}:group/devs` }
  assert.deepEqual((await iam.call('GetContextKeysForPrincipalPolicy', group)).ContextKeyNames, ['aws:Referer'])
  const none = { PolicySourceArn: `arn:aws:iam::${ACCOUNT}:user/bob` }
  const text = 'The user with name bob cannot be found.'
  await iam.refused('GetContextKeysForPrincipalPolicy', none, 'NoSuchEntity', text)
  await iam.refused(
    'GetContextKeysForPrincipalPolicy',
    { PolicySourceArn: `arn:aws:iam::${ACCOUNT}:root` },
    'InvalidInput',
  )
})
