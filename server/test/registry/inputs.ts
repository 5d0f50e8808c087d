import assert from 'node:assert/strict'
import type { Shape } from '#kernel/shape'
import { element, type Entry, type World } from './world.ts'

/** What the operations act on, by the member that names it: resources that are there, or their twins that are not. */
export interface Names {
  readonly secretId: string
  readonly userName: string
  readonly policyArn: string
  readonly keyId: string
  readonly accessKeyId: string
  readonly ciphertext: Uint8Array
}

/** Version ids of every secret that `prepare` makes: the older one, and the current one. */
const OLD = 'version-0000-0000-0000-000000000001'
const CURRENT = 'version-0000-0000-0000-000000000002'

const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
})

/**
 * Makes what one operation needs of its own, as root: a secret with two versions; a user with an inline policy, an attached
 * one and a key; a key of KMS with a ciphertext. `label` has five characters and tells the sets apart.
 */
export async function prepare(world: World, { service, name }: Entry, label: string): Promise<Names> {
  assert.equal(label.length, 5)
  const names = { ...absent(world, `${label}`), secretId: `here/${label}`, userName: `here-${label}` }
  switch (service.name) {
    case 'secretsmanager': {
      const { secretId: SecretId } = names
      await world.done('secretsmanager:CreateSecret', {
        Name: SecretId,
        ClientRequestToken: OLD,
        SecretString: 'old',
        Tags: [{ Key: 'team', Value: 'blue' }],
      })
      await world.done('secretsmanager:PutSecretValue', { SecretId, ClientRequestToken: CURRENT, SecretString: 'new' })
      return names
    }
    case 'kms': {
      const { KeyMetadata } = JSON.parse(await world.done('kms:CreateKey', {})) as { KeyMetadata: { KeyId: string } }
      const keyId = KeyMetadata.KeyId
      const { CiphertextBlob } = JSON.parse(
        await world.done('kms:Encrypt', { KeyId: keyId, Plaintext: Buffer.from('plain') }),
      ) as { CiphertextBlob: string }
      if (name === 'CancelKeyDeletion') await world.done('kms:ScheduleKeyDeletion', { KeyId: keyId })
      return { ...names, keyId, ciphertext: Buffer.from(CiphertextBlob, 'base64') }
    }
    default: {
      const { userName: UserName } = names
      await world.done('iam:CreateUser', { UserName })
      const made = await world.done('iam:CreatePolicy', { PolicyName: `here-${label}`, PolicyDocument: DOCUMENT })
      const policyArn = element(made, 'Arn')
      if (name === 'DeleteUser') return { ...names, policyArn }
      await world.done('iam:PutUserPolicy', { UserName, PolicyName: 'Inline', PolicyDocument: DOCUMENT })
      if (name !== 'DeletePolicy') await world.done('iam:AttachUserPolicy', { UserName, PolicyArn: policyArn })
      const key = await world.done('iam:CreateAccessKey', { UserName })
      return { ...names, policyArn, accessKeyId: element(key, 'AccessKeyId') }
    }
  }
}

/** The names of a set that is not there, as long as those of one that is. */
export function absent({ server: { account } }: World, label: string): Names {
  return {
    secretId: `gone/${label}`,
    userName: `gone-${label}`,
    policyArn: `arn:aws:iam::${account}:policy/gone-${label}`,
    keyId: `00000000-0000-4000-8000-0000000${label}`,
    accessKeyId: `AKIAGONEGONEGON${label.toUpperCase()}`,
    ciphertext: Buffer.alloc(200, 1),
  }
}

/** Members by the name of a resource. */
const byMember: Readonly<Record<string, (names: Names) => unknown>> = {
  'secretsmanager:SecretId': ({ secretId }) => secretId,
  'kms:KeyId': ({ keyId }) => keyId,
  'kms:TargetKeyId': ({ keyId }) => keyId,
  'iam:UserName': ({ userName }) => userName,
  'iam:PolicyArn': ({ policyArn }) => policyArn,
  'iam:AccessKeyId': ({ accessKeyId }) => accessKeyId,
  'sts:AccessKeyId': ({ accessKeyId }) => accessKeyId,
}

/** What an operation needs besides its required members, or in another form than its shape says. */
const byAction: Readonly<Record<string, (names: Names) => Readonly<Record<string, unknown>>>> = {
  'secretsmanager:BatchGetSecretValue': ({ secretId }) => ({ SecretIdList: [secretId] }),
  'secretsmanager:CreateSecret': ({ secretId }) => ({
    Name: `${secretId}/new`,
    ClientRequestToken: OLD,
    SecretString: 'value',
  }),
  'secretsmanager:PutSecretValue': () => ({ ClientRequestToken: `${OLD}1`, SecretString: 'value' }),
  'secretsmanager:UpdateSecret': () => ({ Description: 'a description' }),
  'secretsmanager:UpdateSecretVersionStage': () => ({ VersionStage: 'MINE', MoveToVersionId: OLD }),
  'secretsmanager:TagResource': () => ({ Tags: [{ Key: 'stage', Value: 'test' }] }),
  'secretsmanager:UntagResource': () => ({ TagKeys: ['team'] }),
  'kms:CreateAlias': ({ keyId }) => ({ AliasName: `alias/for-${keyId}` }),
  'kms:Decrypt': ({ ciphertext }) => ({ CiphertextBlob: ciphertext }),
  'kms:Encrypt': () => ({ Plaintext: Buffer.from('plain') }),
  'kms:GenerateDataKey': () => ({ KeySpec: 'AES_256' }),
  'kms:ListAliases': ({ keyId }) => ({ KeyId: keyId }),
  'iam:CreatePolicy': ({ userName }) => ({ PolicyName: `${userName}-new`, PolicyDocument: DOCUMENT }),
  'iam:CreateUser': ({ userName }) => ({ UserName: `${userName}-new` }),
  'iam:CreateAccessKey': ({ userName }) => ({ UserName: userName }),
  'iam:DeleteAccessKey': ({ userName }) => ({ UserName: userName }),
  'iam:DeleteUserPolicy': () => ({ PolicyName: 'Inline' }),
  'iam:GetPolicyVersion': () => ({ VersionId: 'v1' }),
  'iam:GetUser': ({ userName }) => ({ UserName: userName }),
  'iam:GetUserPolicy': () => ({ PolicyName: 'Inline' }),
  'iam:ListAccessKeys': ({ userName }) => ({ UserName: userName }),
  'iam:PutUserPolicy': () => ({ PolicyName: 'Inline', PolicyDocument: DOCUMENT }),
  'iam:UpdateAccessKey': ({ userName }) => ({ UserName: userName, Status: 'Inactive' }),
  'iam:UpdateUser': ({ userName }) => ({ NewUserName: `${userName}-new` }),
}

/** An input that an operation takes: its required members, from the names, the table above or their shapes. */
export function inputFor({ service, operation, action }: Entry, names: Names): Record<string, unknown> {
  const given = byAction[action]?.(names) ?? {}
  const input: Record<string, unknown> = { ...given }
  for (const [member, shape] of Object.entries(operation?.input ?? {})) {
    if (!shape.required || member in given) continue
    input[member] = byMember[`${service.name}:${member}`]?.(names) ?? smallest(shape, `${action} ${member}`)
  }
  return input
}

/** The smallest value that a shape takes. */
export function smallest(shape: Shape, where: string): unknown {
  switch (shape.kind) {
    case 'string':
      if (shape.oneOf !== undefined) return shape.oneOf[0]
      if (shape.pattern !== undefined)
        assert.match('a', new RegExp(`^(?:${shape.pattern})$`), `${where} needs a fixture`)
      return 'a'.repeat(Math.max(shape.length?.[0] ?? 1, 1))
    case 'integer':
      return shape.range?.[0] ?? 1
    case 'boolean':
      return false
    case 'timestamp':
      return 1_700_000_000
    case 'blob':
      return Buffer.alloc(Math.max(shape.length?.[0] ?? 1, 1))
    case 'list':
      return Array.from({ length: Math.max(shape.length?.[0] ?? 1, 1) }, () => smallest(shape.of, where))
    case 'map':
      return { key: smallest(shape.value, where) }
    case 'structure':
      return Object.fromEntries(Object.entries(shape.members).map(([name, each]) => [name, smallest(each, where)]))
  }
}

/** Whether an operation acts on a resource that may be missing, and its caller names it. */
export function namesAResource(entry: Entry, world: World): boolean {
  const one = JSON.stringify(inputFor(entry, { ...absent(world, 'aaaaa') }))
  return one !== JSON.stringify(inputFor(entry, { ...absent(world, 'bbbbb') }))
}
