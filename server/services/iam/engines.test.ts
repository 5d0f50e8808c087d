import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { systemRandom } from '#kernel/random'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'
import { walkRoles } from './test/role-walk.ts'
import { ACCOUNT, document, type Trial, trial } from './test/trial.ts'

/** Names of every kind of character, so that an order by locale would differ from one by bytes. */
const NAMES = ['a', 'B', 'a-b', 'a_b', 'a.b', 'a+b', 'a=b', 'a@b', 'a,b', '1', '10', '2', 'Zz', 'é', '']

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
})

type Ask = (name: string, members?: Record<string, unknown>) => Promise<unknown>

/** Versions, tags and use of managed policies, AWS's own among them. */
async function managed(call: Ask, pages: Ask, UserName: string, PolicyArn: string): Promise<void> {
  const theirs = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  for (let n = 0; n < 6; n++) {
    await call('CreatePolicyVersion', { PolicyArn, PolicyDocument: document(`a:b${n}`), SetAsDefault: n % 2 === 0 })
  }
  await pages('ListPolicyVersions', { PolicyArn })
  await call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' })
  for (const VersionId of ['v1', 'v2', 'v3', 'v4', 'v5']) await call('DeletePolicyVersion', { PolicyArn, VersionId })
  await call('CreatePolicyVersion', { PolicyArn, PolicyDocument: document() })
  await call('TagPolicy', { PolicyArn, Tags: [{ Key: 'K', Value: 'v' }] })
  await call('UntagPolicy', { PolicyArn, TagKeys: ['k'] })
  await pages('ListPolicyTags', { PolicyArn })
  for (const GroupName of ['g', 'G2', 'g-3']) {
    await call('CreateGroup', { GroupName })
    await call('AttachGroupPolicy', { GroupName, PolicyArn: theirs })
    await call('AttachGroupPolicy', { GroupName, PolicyArn })
  }
  await call('AttachUserPolicy', { UserName, PolicyArn: theirs })
  await call('CreateUser', { UserName: 'bounded', PermissionsBoundary: theirs })
  for (const arn of [theirs, PolicyArn]) {
    await call('GetPolicy', { PolicyArn: arn })
    await pages('ListEntitiesForPolicy', { PolicyArn: arn })
    await call('ListEntitiesForPolicy', { PolicyArn: arn, PolicyUsageFilter: 'PermissionsBoundary' })
    await call('ListEntitiesForPolicy', { PolicyArn: arn, EntityFilter: 'User', PathPrefix: '/x/' })
  }
  await pages('ListAttachedUserPolicies', { UserName })
  await pages('ListPolicies', { OnlyAttached: true })
  const PolicySourceArn = `arn:aws:iam::${ACCOUNT}:user/x/${UserName}`
  const ActionNames = ['a:b0', 'iam:GetUser', 'kms:Decrypt']
  await pages('SimulatePrincipalPolicy', { PolicySourceArn, ActionNames: [...ActionNames, 's3:GetObject'] })
  await call('GetContextKeysForPrincipalPolicy', { PolicySourceArn })
  await call('DeletePolicyVersion', { PolicyArn, VersionId: 'v6' })
  for (const GroupName of ['g', 'G2', 'g-3']) await call('DetachGroupPolicy', { GroupName, PolicyArn })
}

/** Passwords, providers, and what an account has once. */
async function account(call: Ask, pages: Ask, UserName: string): Promise<void> {
  await call('CreateLoginProfile', { UserName, Password: 'First horse 1', PasswordResetRequired: true })
  await call('CreateLoginProfile', { UserName, Password: 'First horse 1' })
  await call('GetLoginProfile', { UserName })
  await call('UpdateAccountPasswordPolicy', { PasswordReusePrevention: 2, MaxPasswordAge: 9 })
  await call('UpdateAccountPasswordPolicy', { PasswordReusePrevention: 1, MaxPasswordAge: 8, RequireNumbers: true })
  await call('GetAccountPasswordPolicy')
  await call('UpdateLoginProfile', { UserName, Password: 'First horse 1' })
  await call('UpdateLoginProfile', { UserName, Password: 'Second horse 1', PasswordResetRequired: false })
  await call('GetLoginProfile', { UserName })
  for (const path of ['b', 'a', 'B', 'a/', 'a-b', 'a.b', 'a_b']) {
    const Url = `https://example.com/${path}`
    const Tags = [{ Key: 'k', Value: path }]
    const made = { OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/example.com/${path}` }
    await call('CreateOpenIDConnectProvider', { Url, ClientIDList: ['x'], Tags })
    await call('CreateOpenIDConnectProvider', { Url })
    await call('AddClientIDToOpenIDConnectProvider', { ...made, ClientID: 'y' })
    await call('RemoveClientIDFromOpenIDConnectProvider', { ...made, ClientID: 'x' })
    await call('UpdateOpenIDConnectProviderThumbprint', { ...made, ThumbprintList: ['a'.repeat(40)] })
    await call('TagOpenIDConnectProvider', { ...made, Tags: [{ Key: 'K', Value: 'w' }] })
    await call('UntagOpenIDConnectProvider', { ...made, TagKeys: ['none'] })
    await call('GetOpenIDConnectProvider', made)
    await pages('ListOpenIDConnectProviderTags', made)
    if (path === 'B') await call('DeleteOpenIDConnectProvider', made)
  }
  await call('ListOpenIDConnectProviders')
  for (const AccountAlias of ['acme', 'acme', 'other']) await call('CreateAccountAlias', { AccountAlias })
  await call('ListAccountAliases')
  await call('DeleteAccountAlias', { AccountAlias: 'acme' })
  await call('DeleteAccountAlias', { AccountAlias: 'other' })
  await call('GetAccountSummary')
  await pages('GetAccountAuthorizationDetails')
  await call('GetAccountAuthorizationDetails', { Filter: ['Role', 'AWSManagedPolicy'] })
  await call('GetCredentialReport')
  for (let n = 0; n < 2; n++) await call('GenerateCredentialReport')
  await call('GetCredentialReport')
  await call('DeleteAccountPasswordPolicy')
  await call('DeleteLoginProfile', { UserName })
}

/** Calls of every operation; answers what was answered. */
async function walk(iam: Trial): Promise<unknown[]> {
  const said: unknown[] = []
  const call = async (name: string, members: Record<string, unknown> = {}) => {
    try {
      const out = await iam.call(name, members)
      said.push([name, members, out])
      return out
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      said.push([name, members, error.code, error.message])
    }
  }
  const pages = async (name: string, members: Record<string, unknown> = {}) => {
    for (let Marker: string | undefined, count = 0; count < 100; count++) {
      const page = await call(name, { ...members, MaxItems: 3, ...(Marker && { Marker }) })
      Marker = page?.Marker
      if (Marker === undefined) return
    }
    assert.fail('the pages do not end')
  }
  for (const [at, UserName] of NAMES.entries()) {
    await call('CreateUser', { UserName, Path: at % 2 === 0 ? '/' : '/x/', Tags: [{ Key: 'k', Value: String(at) }] })
    await call('CreatePolicy', { PolicyName: UserName, PolicyDocument: document(), Path: at % 2 === 0 ? '/' : '/x/' })
  }
  await call('CreateUser', { UserName: 'A' })
  for (const PathPrefix of ['/', '/x', '/y']) {
    await pages('ListUsers', { PathPrefix })
    await pages('ListPolicies', { PathPrefix })
  }
  const UserName = 'B'
  const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/x/B`
  for (const name of ['a', 'x/a-b', 'a_b', 'x/B']) {
    const arn = `arn:aws:iam::${ACCOUNT}:policy/${name}`
    for (let n = 0; n < 2; n++) await call('AttachUserPolicy', { UserName, PolicyArn: arn })
  }
  await pages('ListAttachedUserPolicies', { UserName })
  await pages('ListPolicies', { OnlyAttached: true })
  for (const name of NAMES) await call('PutUserPolicy', { UserName, PolicyName: name, PolicyDocument: document('a:b') })
  await call('PutUserPolicy', { UserName, PolicyName: 'b', PolicyDocument: document('c:d') })
  await pages('ListUserPolicies', { UserName })
  for (const [at, GroupName] of NAMES.entries()) {
    await call('CreateGroup', { GroupName, Path: at % 2 === 0 ? '/' : '/x/' })
    if (at < 12) await call('AddUserToGroup', { GroupName, UserName })
    await call('AddUserToGroup', { GroupName: '1', UserName: GroupName })
    await call('CreateInstanceProfile', { InstanceProfileName: GroupName, Tags: [{ Key: 'K', Value: 'v' }] })
  }
  await call('AddUserToGroup', { GroupName: '1', UserName })
  await pages('ListGroups', { PathPrefix: '/x' })
  await pages('ListGroupsForUser', { UserName })
  await pages('GetGroup', { GroupName: '1' })
  for (const PolicyName of ['z', 'Y', 'y', 'x']) {
    await call('PutGroupPolicy', { GroupName: '1', PolicyName, PolicyDocument: document('iam:Get*') })
  }
  await pages('ListGroupPolicies', { GroupName: '1' })
  await call('GetGroupPolicy', { GroupName: '1', PolicyName: 'Z' })
  await call('AttachGroupPolicy', { GroupName: '1', PolicyArn })
  await pages('ListAttachedGroupPolicies', { GroupName: '1' })
  await call('UpdateGroup', { GroupName: '1', NewGroupName: 'One', NewPath: '/one/' })
  await call('UpdateGroup', { GroupName: 'One', NewGroupName: 'zz' })
  await call('DeleteGroup', { GroupName: 'One' })
  await call('RemoveUserFromGroup', { GroupName: 'One', UserName: 'a' })
  await call('DeleteGroup', { GroupName: 'a' })
  await call('TagUser', { UserName, Tags: ['语', 'K', 'b', 'ü', '\u{1f512}'].map((Key) => ({ Key, Value: Key })) })
  await call('TagUser', { UserName, Tags: ['语', 'K', 'b', 'ü'].map((Key) => ({ Key, Value: Key })) })
  await call('UntagUser', { UserName, TagKeys: ['Ü'] })
  await pages('ListUserTags', { UserName })
  await call('PutUserPermissionsBoundary', { UserName, PermissionsBoundary: PolicyArn })
  await call('GetPolicy', { PolicyArn })
  await call('DeleteUserPermissionsBoundary', { UserName })
  await call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: TRUST })
  for (const InstanceProfileName of ['a', 'B', 'b', 'a-b', 'a_b']) {
    await call('AddRoleToInstanceProfile', { InstanceProfileName, RoleName: 'r' })
  }
  await pages('ListInstanceProfiles')
  await pages('ListInstanceProfilesForRole', { RoleName: 'r' })
  await call('TagInstanceProfile', { InstanceProfileName: 'B', Tags: [{ Key: 'k', Value: 'w' }] })
  await pages('ListInstanceProfileTags', { InstanceProfileName: 'B' })
  await call('UntagInstanceProfile', { InstanceProfileName: 'a-b', TagKeys: ['k'] })
  await call('GetInstanceProfile', { InstanceProfileName: 'a-b' })
  await call('DeleteInstanceProfile', { InstanceProfileName: 'a' })
  await call('RemoveRoleFromInstanceProfile', { InstanceProfileName: 'a', RoleName: 'r' })
  await call('DeleteInstanceProfile', { InstanceProfileName: 'a' })
  await call('GetUserPolicy', { UserName, PolicyName: 'B' })
  await call('GetUser', { UserName })
  await call('GetUser')
  await call('GetPolicy', { PolicyArn })
  await call('GetPolicyVersion', { PolicyArn, VersionId: 'v1' })
  await managed(call, pages, UserName, PolicyArn)
  await account(call, pages, UserName)
  await walkRoles(iam, call, pages, NAMES)
  const { AccessKey } = await call('CreateAccessKey', { UserName })
  await call('CreateAccessKey', { UserName })
  await call('CreateAccessKey', { UserName })
  const AccessKeyId = AccessKey.AccessKeyId
  iam.iam.lastUsed.note(ACCOUNT, AccessKeyId, 'kms', 'us-east-1', iam.clock.now())
  await iam.iam.flush(iam.storage)
  await call('GetAccessKeyLastUsed', { AccessKeyId })
  const credential = await iam.iam.callers.find(AccessKeyId)
  said.push(credential?.caller, credential?.secret.reveal() === AccessKey.SecretAccessKey)
  await call('UpdateAccessKey', { UserName, AccessKeyId, Status: 'Inactive' })
  said.push((await iam.iam.callers.find(AccessKeyId))?.active)
  await pages('ListAccessKeys', { UserName })
  await call('UpdateUser', { UserName, NewUserName: 'C', NewPath: '/c/' })
  await call('DeleteUser', { UserName: 'C' })
  await call('DeletePolicy', { PolicyArn })
  await call('DetachUserPolicy', { UserName: 'C', PolicyArn })
  await call('DeletePolicy', { PolicyArn })
  await call('DeleteUserPolicy', { UserName: 'C', PolicyName: 'b' })
  await call('DeleteAccessKey', { UserName: 'C', AccessKeyId })
  said.push(await iam.iam.callers.find(AccessKeyId), await iam.iam.callers.retired(AccessKeyId))
  await call('DeleteUser', { UserName: 'a' })
  return said
}

test('SQLite and PostgreSQL answer the same to the same calls', { skip: postgresMissing() ?? false }, async () => {
  await using embedded = await trial()
  const expected = await walk(embedded)

  await using server = await startPostgres()
  const url = await server.database()
  await using central = await trial(undefined, (opening) => openPostgres({ url, random: systemRandom, ...opening }))
  const answers = await walk(central)

  assert.ok(expected.length > 200, `${expected.length} answers`)
  for (const [at, answer] of answers.entries()) assert.deepEqual(answer, expected[at])
  assert.equal(answers.length, expected.length)
})
