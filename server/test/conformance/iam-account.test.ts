import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { paginateGetAccountAuthorizationDetails } from '@aws-sdk/client-iam'
import { start } from '../start.ts'
import { clientsOf, refused, session } from './session.ts'

// Passwords, identity providers and what an account has once, through the official SDK. Source: access.md 3.2 to 3.5.
const { server, iam, sts } = await session()
const { Account = '' } = await sts.getCallerIdentity({})

const FIRST = 'First-Horse-Battery-1'
const SECOND = 'Second-Horse-Battery-2'

test('a user changes its password', async () => {
  await iam.createUser({ UserName: 'alice' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'alice' })
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  const alice = clientsOf(server, { accessKeyId, secretAccessKey })
  const { LoginProfile } = await iam.createLoginProfile({
    UserName: 'alice',
    Password: FIRST,
    PasswordResetRequired: true,
  })
  assert.equal(LoginProfile?.PasswordResetRequired, true)
  const change = () => alice.iam.changePassword({ OldPassword: FIRST, NewPassword: SECOND })
  await refused(change(), 'AccessDenied', /iam:ChangePassword on resource: user alice/, 403)
  await iam.updateAccountPasswordPolicy({
    AllowUsersToChangePassword: true,
    PasswordReusePrevention: 24,
    MaxPasswordAge: 90,
  })
  await change()
  await refused(change(), 'AccessDenied', 'The old password was incorrect.', 403)
  const back = alice.iam.changePassword({ OldPassword: SECOND, NewPassword: FIRST })
  await refused(back, 'PasswordPolicyViolationException', /password reuse prevention/)
  const weak = iam.updateLoginProfile({ UserName: 'alice', Password: 'weak' })
  await refused(weak, 'PasswordPolicyViolationException', 'Password does not conform to the account password policy.')
  await refused(iam.changePassword({ OldPassword: FIRST, NewPassword: SECOND }), 'InvalidUserTypeException')
  await refused(iam.deleteUser({ UserName: 'alice' }), 'DeleteConflictException', undefined, 409)
  const { PasswordPolicy } = await iam.getAccountPasswordPolicy({})
  assert.deepEqual(
    [PasswordPolicy?.ExpirePasswords, PasswordPolicy?.MaxPasswordAge, PasswordPolicy?.MinimumPasswordLength],
    [true, 90, 6],
  )
  alice.destroy()
})

test('passwords are in no file, log line or record of the trail', async () => {
  const kept = await start({ engine: 'file' })
  const { iam, destroy } = clientsOf(kept)
  await iam.createUser({ UserName: 'bob' })
  await refused(
    iam.createLoginProfile({ UserName: 'carol', Password: SECOND }),
    'NoSuchEntityException',
    undefined,
    404,
  )
  await iam.createLoginProfile({ UserName: 'bob', Password: FIRST })
  await iam.updateLoginProfile({ UserName: 'bob', Password: SECOND })
  await refused(iam.changePassword({ OldPassword: SECOND, NewPassword: FIRST }), 'InvalidUserTypeException')
  await kept.inside.trail.settled()
  const { directory = '' } = kept
  const files = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'latin1'))
  const all = [...files, kept.log()].join('\n')
  assert.match(all, /UpdateLoginProfile/)
  for (const text of [FIRST, SECOND, 'scrypt:', FIRST.slice(0, 12)]) assert.ok(!all.includes(text), text)
  destroy()
  await kept[Symbol.asyncDispose]()
})

test('an identity provider is made, changed and deleted', async () => {
  const { OpenIDConnectProviderArn } = await iam.createOpenIDConnectProvider({
    Url: 'https://token.example.com/realm/',
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: ['a'.repeat(40)],
    Tags: [{ Key: 'team', Value: 'red' }],
  })
  assert.equal(OpenIDConnectProviderArn, `arn:aws:iam::${Account}:oidc-provider/token.example.com/realm/`)
  await iam.addClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn, ClientID: 'second' })
  await iam.updateOpenIDConnectProviderThumbprint({ OpenIDConnectProviderArn, ThumbprintList: [] })
  await iam.tagOpenIDConnectProvider({ OpenIDConnectProviderArn, Tags: [{ Key: 'Team', Value: 'blue' }] })
  const got = await iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn })
  assert.deepEqual(
    [got.Url, got.ClientIDList, got.ThumbprintList, got.Tags],
    ['token.example.com/realm/', ['sts.amazonaws.com', 'second'], [], [{ Key: 'Team', Value: 'blue' }]],
  )
  assert.deepEqual((await iam.listOpenIDConnectProviders({})).OpenIDConnectProviderList, [
    { Arn: OpenIDConnectProviderArn },
  ])
  const again = iam.createOpenIDConnectProvider({ Url: 'https://token.example.com/realm/' })
  await refused(again, 'EntityAlreadyExistsException', undefined, 409)
  await iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn })
  await iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn })
  await refused(iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn }), 'NoSuchEntityException', undefined, 404)
})

test('a credential report is asked for as clients do: until it is complete', async () => {
  await refused(iam.getCredentialReport({}), 'CredentialReportNotPresentException', undefined, 410)
  const states: (string | undefined)[] = []
  do states.push((await iam.generateCredentialReport({})).State)
  while (states.at(-1) !== 'COMPLETE')
  assert.deepEqual(states, ['STARTED', 'COMPLETE'])
  const { Content, ReportFormat } = await iam.getCredentialReport({})
  assert.equal(ReportFormat, 'text/csv')
  const lines = Buffer.from(Content ?? [])
    .toString()
    .split('\n')
  assert.match(lines[1] ?? '', new RegExp(`^<root_account>,arn:aws:iam::${Account}:root,`))
  assert.match(lines[2] ?? '', /^alice,.*,true,no_information,/)
})

test('alias, summary and authorization details are read by the SDK', async () => {
  await iam.createAccountAlias({ AccountAlias: 'acme' })
  assert.deepEqual((await iam.listAccountAliases({})).AccountAliases, ['acme'])
  const { SummaryMap } = await iam.getAccountSummary({})
  assert.deepEqual([SummaryMap?.Users, SummaryMap?.UsersQuota, SummaryMap?.AccountAccessKeysPresent], [1, 5000, 1])
  await iam.createGroup({ GroupName: 'team' })
  await iam.addUserToGroup({ GroupName: 'team', UserName: 'alice' })
  const found: (string | undefined)[] = []
  for await (const page of paginateGetAccountAuthorizationDetails({ client: iam, pageSize: 1 }, {})) {
    for (const { UserName, GroupList } of page.UserDetailList ?? []) found.push(UserName, ...(GroupList ?? []))
    for (const { GroupName } of page.GroupDetailList ?? []) found.push(GroupName)
  }
  assert.deepEqual(found, ['alice', 'team', 'team'])
})
