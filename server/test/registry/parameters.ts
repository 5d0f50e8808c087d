import type { Names } from './inputs.ts'
import type { Entry, Expected, World } from './world.ts'

/** Parameters of Systems Manager: what the operations on them need, and say of those that are not there. */

const accountOf = ({ functionArn }: Names) => functionArn.split(':')[4] ?? ''

/** By its name, or by its ARN where the names are another account's. */
export const parameterName = ({ secretId }: Names) => (secretId.startsWith('arn:') ? secretId : `/${secretId}`)

const arnOf = (names: Names) =>
  names.secretId.startsWith('arn:')
    ? names.secretId
    : `arn:aws:ssm:us-east-1:${accountOf(names)}:parameter/${names.secretId}`

/** A policy that lets nobody in who is not in already. */
const policyOf = (names: Names) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: accountOf(names) },
      Action: 'ssm:GetParameter',
      Resource: arnOf(names),
    },
  })

/** An advanced parameter of two versions, the older one labelled, with a tag; for the operations on them, a resource policy. */
export async function prepareParameter(world: World, name: string, names: Names): Promise<Names> {
  const Name = parameterName(names)
  const Tags = [{ Key: 'team', Value: 'blue' }]
  await world.done('ssm:PutParameter', { Name, Value: 'old', Type: 'String', Tier: 'Advanced', Tags })
  await world.done('ssm:LabelParameterVersion', { Name, Labels: ['stable'] })
  await world.done('ssm:PutParameter', { Name, Value: 'new', Overwrite: true })
  if (name !== 'DeleteResourcePolicy' && name !== 'GetResourcePolicies') return names
  const put = await world.done('ssm:PutResourcePolicy', { ResourceArn: arnOf(names), Policy: policyOf(names) })
  const { PolicyId: id, PolicyHash: hash } = JSON.parse(put) as { PolicyId: string; PolicyHash: string }
  return { ...names, resourcePolicy: { id, hash } }
}

export const parameterMembers: Readonly<Record<string, (names: Names) => unknown>> = {
  'ssm:Name': parameterName,
  'ssm:ResourceId': parameterName,
  'ssm:ResourceArn': arnOf,
}

const TIER = '/ssm/parameter-store/default-parameter-tier'

export const parameterInputs: Readonly<Record<string, (names: Names) => Readonly<Record<string, unknown>>>> = {
  'ssm:PutParameter': (names) => ({ Name: `${parameterName(names)}-new`, Value: 'value', Type: 'SecureString' }),
  'ssm:GetParameters': (names) => ({ Names: [parameterName(names)] }),
  'ssm:DeleteParameters': (names) => ({ Names: [parameterName(names)] }),
  'ssm:GetParametersByPath': () => ({ Path: '/here' }),
  'ssm:LabelParameterVersion': () => ({ Labels: ['newest'] }),
  'ssm:UnlabelParameterVersion': () => ({ ParameterVersion: 1, Labels: ['stable'] }),
  'ssm:AddTagsToResource': () => ({ ResourceType: 'Parameter', Tags: [{ Key: 'stage', Value: 'test' }] }),
  'ssm:RemoveTagsFromResource': () => ({ ResourceType: 'Parameter', TagKeys: ['team'] }),
  'ssm:ListTagsForResource': () => ({ ResourceType: 'Parameter' }),
  'ssm:PutResourcePolicy': (names) => ({ Policy: policyOf(names) }),
  'ssm:DeleteResourcePolicy': ({ resourcePolicy: { id, hash } }) => ({ PolicyId: id, PolicyHash: hash }),
  'ssm:GetServiceSetting': () => ({ SettingId: TIER }),
  'ssm:ResetServiceSetting': () => ({ SettingId: TIER }),
  'ssm:UpdateServiceSetting': () => ({ SettingId: TIER, SettingValue: 'Standard' }),
}

/** What a caller who may know is told of a parameter that is not there. Source: parameterstore.md 7, 13; trap 34. */
export function parameterMissing({ name }: Entry): Expected {
  if (/Tag/.test(name)) return { code: 'InvalidResourceId', status: 400, text: '' }
  if (/ResourcePolic/.test(name)) {
    return {
      code: 'ResourceNotFoundException',
      status: 400,
      text: 'The specified parameter could not be found.',
    }
  }
  return { code: 'ParameterNotFound', status: 400, text: '' }
}

/** What a batch answers of parameters that are not there, all being well. */
export function missingBatch({ action }: Entry, names: Names): unknown {
  const InvalidParameters = [parameterName(names)]
  if (action === 'ssm:GetParameters') return { Parameters: [], InvalidParameters }
  return action === 'ssm:DeleteParameters' ? { DeletedParameters: [], InvalidParameters } : undefined
}
