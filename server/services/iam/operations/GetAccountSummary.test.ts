import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SummaryKeyType } from '@aws-sdk/client-iam'
import { document, trial, trust } from '../test/trial.ts'

test('GetAccountSummary counts what is there, and tells all keys that AWS has', async () => {
  await using iam = await trial({ users: 7, providers: 3 })
  await iam.call('CreateUser', { UserName: 'a' })
  await iam.call('CreateUser', { UserName: 'b' })
  await iam.call('CreateGroup', { GroupName: 'g' })
  await iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust('*') })
  await iam.call('CreateInstanceProfile', { InstanceProfileName: 'p' })
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  await iam.call('CreatePolicyVersion', { PolicyArn: Policy.Arn, PolicyDocument: document('a:b') })
  await iam.call('CreateOpenIDConnectProvider', { Url: 'https://example.com' })
  const { SummaryMap } = await iam.call('GetAccountSummary')
  assert.deepEqual(Object.fromEntries(SummaryMap), {
    AccessKeysPerUserQuota: 2,
    AccountAccessKeysPresent: 1,
    AccountMFAEnabled: 0,
    AccountPasswordPresent: 0,
    AccountSigningCertificatesPresent: 0,
    AssumeRolePolicySizeQuota: 2048,
    AttachedPoliciesPerGroupQuota: 10,
    AttachedPoliciesPerRoleQuota: 10,
    AttachedPoliciesPerUserQuota: 10,
    GlobalEndpointTokenVersion: 2,
    GroupPolicySizeQuota: 5120,
    Groups: 1,
    GroupsPerUserQuota: 10,
    GroupsQuota: 300,
    InstanceProfiles: 1,
    InstanceProfilesQuota: 1000,
    MFADevices: 0,
    MFADevicesInUse: 0,
    Policies: 1,
    PoliciesQuota: 1500,
    PolicySizeQuota: 6144,
    PolicyVersionsInUse: 2,
    PolicyVersionsInUseQuota: 10000,
    Providers: 1,
    RolePolicySizeQuota: 10240,
    Roles: 1,
    RolesQuota: 1000,
    ServerCertificates: 0,
    ServerCertificatesQuota: 20,
    SigningCertificatesPerUserQuota: 2,
    UserPolicySizeQuota: 2048,
    Users: 2,
    UsersQuota: 7,
    VersionsPerPolicyQuota: 5,
  })
  assert.deepEqual([...SummaryMap.keys()], Object.keys(SummaryKeyType).toSorted())
  assert.match(
    await iam.wire('Action=GetAccountSummary'),
    /^<SummaryMap><entry><key>AccessKeysPerUserQuota<\/key><value>2<\/value><\/entry><entry>/,
  )
})

test('GetAccountSummary sees that the root user has no key any more', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:*'))
  await iam.call('DeleteAccessKey', { AccessKeyId: iam.root.accessKeyId })
  const { SummaryMap } = await iam.call('GetAccountSummary', {}, alice)
  assert.equal(SummaryMap.get('AccountAccessKeysPresent'), 0)
})
