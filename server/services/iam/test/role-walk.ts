import { session } from './roles.ts'
import { ACCOUNT, document, START, type Trial, trust } from './trial.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of every operation
type Ask = (name: string, members?: Record<string, unknown>) => Promise<any>

/** Every operation of roles, for the comparison of the engines. `pages` walks through a list. */
export async function walkRoles(iam: Trial, call: Ask, pages: Ask, names: readonly string[]): Promise<void> {
  await call('CreateUser', { UserName: 'trusted' })
  const AssumeRolePolicyDocument = trust([`arn:aws:iam::${ACCOUNT}:user/trusted`, ACCOUNT])
  for (const [at, name] of names.entries()) {
    const Tags = [{ Key: 'k', Value: String(at) }]
    await call('CreateRole', { RoleName: `r${name}`, AssumeRolePolicyDocument, Path: at % 2 === 0 ? '/' : '/x/', Tags })
  }
  await call('CreateRole', { RoleName: 'RA', AssumeRolePolicyDocument })
  for (const PathPrefix of ['/', '/x', '/y']) await pages('ListRoles', { PathPrefix })
  const RoleName = 'rB'
  const made = await call('GetRole', { RoleName })
  const { Policy } = await call('CreatePolicy', { PolicyName: 'of-roles', PolicyDocument: document() })
  const PolicyArn = Policy.Arn
  for (let n = 0; n < 2; n++) await call('AttachRolePolicy', { RoleName, PolicyArn })
  await call('AttachRolePolicy', { RoleName, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' })
  await pages('ListAttachedRolePolicies', { RoleName })
  for (const name of names) await call('PutRolePolicy', { RoleName, PolicyName: name, PolicyDocument: document('a:b') })
  await call('PutRolePolicy', { RoleName, PolicyName: 'b', PolicyDocument: document('c:d') })
  await pages('ListRolePolicies', { RoleName })
  await call('GetRolePolicy', { RoleName, PolicyName: 'b' })
  await call('UpdateRole', { RoleName, Description: 'd\u00e9', MaxSessionDuration: 7200 })
  await call('UpdateRoleDescription', { RoleName, Description: '' })
  await call('TagRole', { RoleName, Tags: ['z', 'K', 'b'].map((Key) => ({ Key, Value: Key })) })
  await call('UntagRole', { RoleName, TagKeys: ['B'] })
  await pages('ListRoleTags', { RoleName })
  await call('PutRolePermissionsBoundary', { RoleName, PermissionsBoundary: PolicyArn })
  iam.iam.lastUsed.noteCaller(session(made.Role), 'kms', 'eu-west-1', START + 5000)
  await iam.iam.flush(iam.storage)
  await call('GetRole', { RoleName })
  await call('DeleteRolePermissionsBoundary', { RoleName })
  await call('DeleteUser', { UserName: 'trusted' })
  await call('GetRole', { RoleName })
  await call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: AssumeRolePolicyDocument })
  const byId = trust([made.Role.RoleId, `arn:aws:sts::${ACCOUNT}:assumed-role/rB/s1`])
  await call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: byId })
  await call('GetRole', { RoleName })
  await call('DeleteRole', { RoleName })
  await call('DetachRolePolicy', { RoleName, PolicyArn })
  await call('DeleteRolePolicy', { RoleName, PolicyName: 'B' })
  await call('DeleteRole', { RoleName: 'ra' })
  for (let n = 0; n < 2; n++) await call('CreateServiceLinkedRole', { AWSServiceName: 'rds.amazonaws.com' })
  await call('DeleteRole', { RoleName: 'AWSServiceRoleForRDS' })
  const deleted = await call('DeleteServiceLinkedRole', { RoleName: 'AWSServiceRoleForRDS' })
  await call('GetServiceLinkedRoleDeletionStatus', deleted)
}
