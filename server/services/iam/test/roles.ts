import assert from 'node:assert/strict'
import { decide } from '#kernel/authorization/authorize'
import type { Caller } from '#kernel/call'
import { createAccount } from '../accounts.ts'
import { ACCOUNT, type Trial, trust } from './trial.ts'

/** Another account of the deployment. */
export const FOREIGN = '444455556666'

/** What CreateRole and GetRole answer of a role. */
export interface RoleSeen {
  readonly Arn: string
  readonly RoleId: string
  readonly AssumeRolePolicyDocument: string
  readonly [member: string]: unknown
}

/** Makes a role; it trusts its account when nothing else is said. */
export async function role(iam: Trial, RoleName: string, document = trust(ACCOUNT), more = {}): Promise<RoleSeen> {
  const { Role } = await iam.call('CreateRole', { RoleName, AssumeRolePolicyDocument: document, ...more })
  return Role
}

/** The trust policy of a role as GetRole shows it. */
export async function shownTrust(iam: Trial, RoleName: string): Promise<string> {
  return decodeURIComponent((await iam.call('GetRole', { RoleName })).Role.AssumeRolePolicyDocument)
}

/** The root user of another account, which is made with it. */
export async function foreigner(iam: Trial, account = FOREIGN): Promise<Caller> {
  const { storage, vault, random, clock } = iam
  const made = await createAccount({ storage, vault, random, now: clock.now(), account })
  assert.ok(made.accessKeyId)
  return iam.callerOf(made.accessKeyId)
}

/** Whether the caller may assume the role, as STS asks. */
export async function mayAssume(iam: Trial, caller: Caller, arn: string): Promise<boolean> {
  const found = await iam.storage.unit('read', (unit) => iam.iam.identities(unit).role(arn))
  assert.ok(found, `no role ${arn}`)
  const { account: owner, trust: policy, tags } = found
  return decide(iam.request(caller), 'sts', 'sts:AssumeRole', { resource: arn, owner, policy, tags }, 'trust').allowed
}

/** A session of a role, as STS would begin it. */
export function session({ Arn, RoleId }: RoleSeen, name = 's1', account = ACCOUNT): Caller {
  const roleName = Arn.slice(Arn.lastIndexOf('/') + 1)
  return {
    kind: 'role',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${name}`,
    principalArn: Arn,
    userId: `${RoleId}:${name}`,
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    tags: new Map(),
    policies: [],
    session: {
      issuedAt: 0,
      expiresAt: 1,
      issuer: { type: 'Role', principalId: RoleId, arn: Arn, accountId: account, userName: roleName },
    },
  }
}
