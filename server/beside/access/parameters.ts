import type { Call } from '#kernel/call'
import type { AnyOperation, Target } from '#kernel/operation'
import type { Service } from '#kernel/service'
import type { Unit } from '#kernel/storage/storage'
import { parseArn } from '#kernel/values/arn'
import type { Grants, Permission, Supposed } from './permissions.ts'

/** Parameter Store, and what it asks KMS. */
export interface Asked {
  readonly unit: Unit
  readonly parameters: Service
  /** The key that a name means, as KMS tells it. */
  readonly key: (call: Call, id: string) => Promise<Target>
  /** What grants on it allow the caller, with an encryption context. */
  readonly grantsOn: (call: Call, keyArn: string, pairs: Readonly<Record<string, string>>) => Promise<Grants>
}

/** A parameter, and who has it. */
interface Named {
  /** As a name is written: with its slash, but at the root without. */
  readonly name: string
  readonly arn: string
  readonly owner: string
}

type Input = (named: Named) => Record<string, unknown>

/** How each operation is asked about one parameter; what is not here needs no more than its ARN. */
const INPUTS: ReadonlyMap<string, Input> = new Map<string, Input>([
  ['GetParameter', ({ arn }) => ({ Name: arn })],
  ['GetParameters', ({ arn }) => ({ Names: [arn] })],
  ['GetParameterHistory', ({ arn }) => ({ Name: arn })],
  ['GetParametersByPath', ({ name }) => ({ Path: name.startsWith('/') ? name : `/${name}` })],
  ['PutParameter', ({ name }) => ({ Name: name, Value: '' })],
  ['DeleteParameter', ({ name }) => ({ Name: name })],
  ['DeleteParameters', ({ name }) => ({ Names: [name] })],
  ['LabelParameterVersion', ({ name }) => ({ Name: name, Labels: [] })],
  ['UnlabelParameterVersion', ({ name }) => ({ Name: name, ParameterVersion: 1, Labels: [] })],
  ['AddTagsToResource', ({ name }) => ({ ResourceType: 'Parameter', ResourceId: name, Tags: [] })],
  ['RemoveTagsFromResource', ({ name }) => ({ ResourceType: 'Parameter', ResourceId: name, TagKeys: [] })],
  ['ListTagsForResource', ({ name }) => ({ ResourceType: 'Parameter', ResourceId: name })],
])

/** Takes an ARN: another account may be asked about what is not its own. */
const BY_ARN = /^GetParameter(s|History)?$/

/** What is asked of the key of a SecureString. Source: parameterstore.md 5. */
function keyAction(operation: string, tier: string | undefined): string | undefined {
  if (BY_ARN.test(operation)) return 'kms:Decrypt'
  if (operation !== 'PutParameter') return undefined
  return tier === 'Advanced' ? 'kms:GenerateDataKey' : 'kms:Encrypt'
}

/** What is shown of a parameter in a listing. */
interface Listed {
  readonly Type?: string
  readonly Tier?: string
  readonly KeyId?: string
}

/**
 * The permissions that an action on a parameter needs: its own, with the tags and the resource policies that count for it, and for
 * a SecureString that on its key. Undefined: the action is about no single parameter.
 */
export async function ofParameter(asked: Asked, call: Call, supposed: Supposed): Promise<Permission[] | undefined> {
  const { unit, parameters, key } = asked
  const wanted = supposed.action.slice(supposed.action.indexOf(':') + 1).toLowerCase()
  if (wanted === 'describeparameters') {
    const target = await operationOf(parameters, 'DescribeParameters').target({}, parameters.env(unit, call), call)
    return [{ call, service: 'ssm', action: supposed.action, target: target as Target, rule: 'plain' }]
  }
  const operation = [...INPUTS.keys()].find((name) => name.toLowerCase() === wanted)
  const named = namedBy(supposed.resource, call)
  if (operation === undefined || named === undefined) return undefined
  const input = (INPUTS.get(operation) as Input)(named)
  const foreign = named.owner !== call.account
  // Whose names mean nothing here is refused by the ARN alone.
  const target: Target =
    foreign && !BY_ARN.test(operation)
      ? { resource: named.arn, owner: named.owner }
      : ((
          [await operationOf(parameters, operation).target(input, parameters.env(unit, call), call)].flat() as Target[]
        )[0] as Target)
  const listed = operation === 'GetParametersByPath' ? {} : await listedAs(asked, named, call)
  const own: Permission = { call, service: 'ssm', action: supposed.action, target, rule: 'plain' }
  const permissions: Permission[] = [listed === undefined ? { ...own, missing: true } : own]
  const action = listed?.Type === 'SecureString' ? keyAction(operation, listed.Tier) : undefined
  if (action === undefined || listed?.KeyId === undefined) return permissions
  const through = { ...call, via: 'ssm.amazonaws.com' }
  const { resource, owner, policy, tags, context } = await key(through, keyArn(listed.KeyId, named, call))
  const bound = { ...context, 'kms:EncryptionContext:PARAMETER_ARN': named.arn }
  const grant = await asked.grantsOn(through, resource, { PARAMETER_ARN: named.arn })
  const onKey: Target = { resource, ...(owner === undefined ? {} : { owner }), policy, tags, context: bound, grant }
  permissions.push({ call: through, service: 'kms', action, target: onKey, rule: 'kms' })
  return permissions
}

function namedBy(resource: string, { account, region }: Call): Named | undefined {
  const arn = parseArn(resource)
  if (arn !== undefined && (arn.service !== 'ssm' || !arn.resource.startsWith('parameter/'))) return undefined
  const key = arn === undefined ? resource.replace(/^\//, '') : arn.resource.slice('parameter/'.length)
  if (!/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/.test(key)) return undefined
  const owner = arn?.account ?? account
  return {
    name: key.includes('/') ? `/${key}` : key,
    arn: `arn:aws:ssm:${arn?.region ?? region}:${owner}:parameter/${key}`,
    owner,
  }
}

/** The parameter as its owner lists it; undefined when there is none. */
async function listedAs({ unit, parameters }: Asked, named: Named, call: Call): Promise<Listed | undefined> {
  const region = parseArn(named.arn)?.region ?? call.region
  const theirs = { ...call, account: named.owner, region, events: [] }
  const input = { ParameterFilters: [{ Key: 'Name', Values: [named.name] }] }
  const describe = operationOf(parameters, 'DescribeParameters')
  const { Parameters } = (await describe.run(input, parameters.env(unit, theirs), theirs)) as { Parameters: Listed[] }
  return Parameters[0]
}

/** A name of a key of the account that owns the parameter, as an ARN. */
function keyArn(id: string, { owner }: Named, { region }: Call): string {
  if (id.startsWith('arn:')) return id
  return `arn:aws:kms:${region}:${owner}:${id.startsWith('alias/') ? id : `key/${id}`}`
}

function operationOf(service: Service, name: string): AnyOperation {
  const operation = service.operations[name]
  if (operation === undefined) throw new Error(`${service.name} has no ${name}`)
  return operation
}
