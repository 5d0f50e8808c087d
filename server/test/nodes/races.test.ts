import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { systemRandom } from '#kernel/random'
import { bootstrap } from '../../services/iam/accounts.ts'
import { postgresMissing, startPostgres } from '../postgres.ts'
import { type Started, start } from '../start.ts'

/**
 * Two changes of IAM that exclude each other, asked for at the same moment on PostgreSQL: one of them is refused, or both hold
 * together. Nothing may be left that hangs on what is gone: it would lock its holders out. No limit is passed.
 */

const skip = postgresMissing() ?? false
let postgres: Awaited<ReturnType<typeof startPostgres>>
let server: Started
let iam: IAM
before(async () => {
  if (skip !== false) return
  postgres = await startPostgres()
  server = await start({ engine: { postgres: await postgres.database() } })
  iam = new IAM({ endpoint: server.url, region: 'us-east-1', credentials: server.credentials, maxAttempts: 1 })
})
after(async () => {
  iam?.destroy()
  await server?.[Symbol.asyncDispose]()
  await postgres?.[Symbol.asyncDispose]()
})

const ROUNDS = 12
const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' }],
})
const trust = () =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: server.account }, Action: 'sts:AssumeRole' }],
  })

/** Does both at once; neither may fail by our fault. Answers which of them went well. */
async function both(one: () => Promise<unknown>, two: () => Promise<unknown>): Promise<readonly boolean[]> {
  const settled = await Promise.allSettled([one(), two()])
  for (const each of settled) {
    if (each.status === 'fulfilled') continue
    const { $metadata, name, message } = each.reason as Error & { $metadata?: { httpStatusCode?: number } }
    assert.ok(($metadata?.httpStatusCode ?? 500) < 500, `${name}: ${message}`)
  }
  return settled.map(({ status }) => status === 'fulfilled')
}

/** Everything of the account can be read: nothing hangs on what is gone. */
async function sound(): Promise<void> {
  for (let Marker: string | undefined; ; ) {
    const page = await iam.getAccountAuthorizationDetails({
      MaxItems: 1000,
      ...(Marker === undefined ? {} : { Marker }),
    })
    Marker = page.Marker
    if (page.IsTruncated !== true) return
  }
}

let made = 0
const fresh = (kind: string) => `${kind}-${++made}`

async function policy(): Promise<string> {
  const { Policy } = await iam.createPolicy({ PolicyName: fresh('policy'), PolicyDocument: DOCUMENT })
  return Policy?.Arn ?? ''
}

const makes = {
  user: async () => {
    const UserName = fresh('user')
    await iam.createUser({ UserName })
    return UserName
  },
  group: async () => {
    const GroupName = fresh('group')
    await iam.createGroup({ GroupName })
    return GroupName
  },
  role: async () => {
    const RoleName = fresh('role')
    await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust() })
    return RoleName
  },
}

test('a policy is deleted while it is attached or bounds somebody', { skip }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const [UserName, GroupName, RoleName] = [await makes.user(), await makes.group(), await makes.role()]
    await iam.addUserToGroup({ UserName, GroupName })
    const { AccessKey } = await iam.createAccessKey({ UserName })
    const user = new IAM({
      endpoint: server.url,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      },
    })
    const uses: ((PolicyArn: string) => Promise<unknown>)[] = [
      (PolicyArn) => iam.attachUserPolicy({ UserName, PolicyArn }),
      (PolicyArn) => iam.attachGroupPolicy({ GroupName, PolicyArn }),
      (PolicyArn) => iam.attachRolePolicy({ RoleName, PolicyArn }),
      (PermissionsBoundary) => iam.putUserPermissionsBoundary({ UserName, PermissionsBoundary }),
      (PermissionsBoundary) => iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary }),
    ]
    for (const use of uses) {
      const PolicyArn = await policy()
      const [used, deleted] = await both(
        () => use(PolicyArn),
        () => iam.deletePolicy({ PolicyArn }),
      )
      assert.ok(used !== deleted, `used ${used}, deleted ${deleted}`)
      await sound()
      // Allowed or not, the user is not locked out by a fault.
      await user.getUser({}).catch((error: Error) => assert.equal(error.name, 'AccessDenied'))
    }
    user.destroy()
  }
})

test('a user, group or role is deleted while something is given to it', { skip }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const PolicyArn = await policy()
    const GroupName = await makes.group()
    const profile = fresh('profile')
    await iam.createInstanceProfile({ InstanceProfileName: profile })
    const inline = { PolicyName: 'own', PolicyDocument: DOCUMENT }
    const pairs: [() => Promise<string>, (name: string) => Promise<unknown>, (name: string) => Promise<unknown>][] = [
      ...[
        (UserName: string) => iam.createAccessKey({ UserName }),
        (UserName: string) => iam.addUserToGroup({ UserName, GroupName }),
        (UserName: string) => iam.attachUserPolicy({ UserName, PolicyArn }),
        (UserName: string) => iam.putUserPolicy({ UserName, ...inline }),
      ].map((give) => [makes.user, give, (UserName: string) => iam.deleteUser({ UserName })] as const),
      ...[
        (name: string) => iam.attachGroupPolicy({ GroupName: name, PolicyArn }),
        (name: string) => iam.putGroupPolicy({ GroupName: name, ...inline }),
        async (name: string) => iam.addUserToGroup({ GroupName: name, UserName: await makes.user() }),
      ].map((give) => [makes.group, give, (name: string) => iam.deleteGroup({ GroupName: name })] as const),
      ...[
        (RoleName: string) => iam.attachRolePolicy({ RoleName, PolicyArn }),
        (RoleName: string) => iam.putRolePolicy({ RoleName, ...inline }),
        (RoleName: string) => iam.addRoleToInstanceProfile({ RoleName, InstanceProfileName: profile }),
      ].map((give) => [makes.role, give, (RoleName: string) => iam.deleteRole({ RoleName })] as const),
    ] as never
    for (const [make, give, remove] of pairs) {
      const name = await make()
      const [given, removed] = await both(
        () => give(name),
        () => remove(name),
      )
      assert.ok(given !== removed, `${name}: given ${given}, removed ${removed}`)
      const { Roles } = (await iam.getInstanceProfile({ InstanceProfileName: profile })).InstanceProfile ?? {}
      for (const { RoleName = '' } of Roles ?? []) {
        await iam.removeRoleFromInstanceProfile({ InstanceProfileName: profile, RoleName })
      }
    }
    await sound()
  }
})

test('limits hold for many at once: keys of a user, versions and attachments', { skip }, async () => {
  const many = (count: number, work: (index: number) => Promise<unknown>) =>
    Promise.allSettled(Array.from({ length: count }, (_, index) => work(index)))
  const UserName = await makes.user()
  await many(6, () => iam.createAccessKey({ UserName }))
  assert.equal((await iam.listAccessKeys({ UserName })).AccessKeyMetadata?.length, 2)
  await many(6, () => iam.createAccessKey({}))
  assert.equal((await iam.listAccessKeys({})).AccessKeyMetadata?.length, 2, 'of the root user')
  const PolicyArn = await policy()
  await many(8, () => iam.createPolicyVersion({ PolicyArn, PolicyDocument: DOCUMENT }))
  const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn })
  assert.deepEqual(Versions.map(({ VersionId }) => VersionId).sort(), ['v1', 'v2', 'v3', 'v4', 'v5'])
  const arns: string[] = []
  for (let n = 0; n < 14; n++) arns.push(await policy())
  await many(14, (index) => iam.attachUserPolicy({ UserName, PolicyArn: arns[index] as string }))
  assert.equal((await iam.listAttachedUserPolicies({ UserName })).AttachedPolicies?.length, 10)
})

test('a version is made the default while it is deleted', { skip }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const PolicyArn = await policy()
    await iam.createPolicyVersion({ PolicyArn, PolicyDocument: DOCUMENT })
    const [chosen, deleted] = await both(
      () => iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v2' }),
      () => iam.deletePolicyVersion({ PolicyArn, VersionId: 'v2' }),
    )
    assert.ok(chosen !== deleted)
    const { Policy } = await iam.getPolicy({ PolicyArn })
    await iam.getPolicyVersion({ PolicyArn, VersionId: Policy?.DefaultVersionId ?? '' })
    await sound()
  }
})

test('who changes IAM all the time keeps nobody from being served', { skip }, async () => {
  const { storage, vault } = server.inside
  const made = await bootstrap({ storage, vault, random: systemRandom, now: Date.now(), account: '444455556666' })
  const noisy = new IAM({
    endpoint: server.url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: {
      accessKeyId: made.accessKeyId ?? '',
      secretAccessKey: made.secretAccessKey?.reveal() ?? '',
    },
  })
  await noisy.createUser({ UserName: 'noise' })
  let stop = false
  let changes = 0
  const noise = Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      while (!stop) {
        await noisy.tagUser({ UserName: 'noise', Tags: [{ Key: `k${index}`, Value: String(changes++) }] })
      }
    }),
  )
  const UserName = await makes.user()
  await iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument: DOCUMENT })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const user = new IAM({
    endpoint: server.url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  })
  for (let n = 0; n < 40; n++) assert.equal((await user.getUser({})).User?.UserName, UserName)
  stop = true
  await noise
  assert.ok(changes > 40, `${changes} changes meanwhile`)
  for (const client of [noisy, user]) client.destroy()
})
