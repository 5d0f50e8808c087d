import { before } from 'node:test'
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { allow, documentOf, type Keys, keysOf, outcome, READ, type siege, trusting } from './siege.ts'

/**
 * What tests of sessions share: two secrets (`db`, `other`) in a besieged server, a person who may call all of STS, and roles
 * that this person assumes.
 */
export async function garrison({ account, root, person, call }: Awaited<ReturnType<typeof siege>>) {
  let roles = 0
  before(async () => {
    for (const Name of ['db', 'other']) await root.secrets.createSecret({ Name, SecretString: Name })
  })
  const user = await person([allow('sts:*')])

  /** What reading a secret gets with these keys: `200` or the code of the refusal. */
  const read = async (keys: Keys, SecretId = 'db') => outcome(await call(keys, READ, { SecretId }))

  /** A role that its account may assume, with one inline policy. */
  async function role(...statements: Parameters<typeof documentOf>) {
    const RoleName = `role-${++roles}`
    const AssumeRolePolicyDocument = trusting(account, ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'])
    const { Role } = await root.iam.createRole({ RoleName, AssumeRolePolicyDocument })
    const permit = (...next: Parameters<typeof documentOf>) =>
      root.iam.putRolePolicy({ RoleName, PolicyName: 'own', PolicyDocument: documentOf(...next) })
    if (statements.length > 0) await permit(...statements)
    return { name: RoleName, arn: Role?.Arn ?? '', id: Role?.RoleId ?? '', permit }
  }

  /** The keys of a session of a role. */
  async function assume(RoleArn: string, more: Partial<AssumeRoleCommandInput> = {}, by = user.sts) {
    return keysOf((await by.assumeRole({ RoleArn, RoleSessionName: 'here', ...more })).Credentials)
  }

  return { read, role, user, assume }
}
