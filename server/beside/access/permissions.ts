import type { Rule } from '#kernel/authorization/evaluate'
import type { Call, Caller } from '#kernel/call'
import type { AnyOperation, Target } from '#kernel/operation'
import type { Service } from '#kernel/service'
import { StorageError } from '#kernel/storage/error'
import type { Unit } from '#kernel/storage/storage'
import { parseArn } from '#kernel/values/arn'
import type { IdentitiesFor } from '../../services/iam/port.ts'
import { ofParameter } from './parameters.ts'

/** One permission that a request needs: what is asked of the policies. */
export interface Permission {
  readonly call: Call
  /** Prefix of the condition keys. */
  readonly service: string
  /** `kms:Decrypt` */
  readonly action: string
  readonly target: Target
  readonly rule: Rule
  /** There is no such resource: what is decided is what would be of one with that name. */
  readonly missing?: boolean
  /** Whatever policies say, this caller may not. */
  readonly never?: boolean
}

/** A request that nobody has made: what is known about it. */
export interface Supposed {
  readonly region: string
  readonly now: number
  readonly action: string
  /** ARN, `*`, or the name of a secret, key or parameter. */
  readonly resource: string
}

/** Actions on a secret that use its key, and what they need of it. Source: secretsmanager.md 5. */
const KEY_ACTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['getsecretvalue', ['kms:Decrypt']],
  ['putsecretvalue', ['kms:GenerateDataKey', 'kms:Decrypt']],
  ['updatesecret', ['kms:GenerateDataKey', 'kms:Decrypt']],
  ['rotatesecret', ['kms:GenerateDataKey', 'kms:Decrypt']],
  ['comparesecretversions', ['kms:Decrypt']],
  ['searchsecretkeys', ['kms:Decrypt']],
])

/** What our own actions on a secret need besides: AWS's actions by which the same could be had. Their keys are those of these. */
const BESIDES: ReadonlyMap<string, readonly string[]> = new Map([
  ['listsecrethistory', ['DescribeSecret', 'ListSecretVersionIds']],
  ['getsecretvaluefromhistory', ['GetSecretValue']],
  ['revealsecretdifferences', ['GetSecretValue']],
  ['rollbacksecret', ['PutSecretValue']],
])

/** What the services tell about resources, as they tell it when a request comes. */
export class Permissions {
  readonly #unit: Unit
  readonly #secrets: Service
  readonly #keys: Service
  readonly #parameters: Service
  readonly #identities: IdentitiesFor

  constructor(
    unit: Unit,
    { secrets, keys, parameters }: Readonly<Record<'secrets' | 'keys' | 'parameters', Service>>,
    identities: IdentitiesFor,
  ) {
    this.#unit = unit
    this.#secrets = secrets
    this.#keys = keys
    this.#parameters = parameters
    this.#identities = identities
  }

  /** The permissions that the action needs: its own, and for the value of a secret or a SecureString that on its key. */
  async needed(caller: Caller, supposed: Supposed): Promise<readonly Permission[]> {
    const { action, resource } = supposed
    const call = callOf(caller, supposed)
    const service = action.slice(0, action.indexOf(':')).toLowerCase()
    const arn = parseArn(resource)
    const onSecret = service === 'secretsmanager' || service === 'strongroom'
    if (onSecret && resource !== '*' && (arn?.service ?? 'secretsmanager') === 'secretsmanager') {
      return this.#ofSecret(call, service, supposed)
    }
    if (service === 'kms' && resource !== '*' && (arn?.service ?? service) === service) {
      const target = await this.#key(call, resource)
      return [{ call, service, action, target, rule: target.rule ?? 'kms' }]
    }
    if (service === 'ssm') {
      const asked = {
        unit: this.#unit,
        parameters: this.#parameters,
        key: this.#key.bind(this),
        grantsOn: this.#grantsOn.bind(this),
      }
      const needed = await ofParameter(asked, call, supposed)
      if (needed !== undefined) return needed
    }
    if (service === 'sts' && action.toLowerCase() === 'sts:assumerole' && resource !== '*') {
      return [await this.#ofRole(call, action, resource)]
    }
    if (resource !== '*' && arn === undefined) {
      throw new StorageError(`${resource} is no ARN`, { hint: 'name the resource by its ARN, or * for none' })
    }
    const owner = arn?.account
    const target = { resource, ...(owner === undefined || owner === '' ? {} : { owner }) }
    return [{ call, service, action, target, rule: 'plain' }]
  }

  /** A role is had by whom its trust policy lets; root users have none. Source: access.md 4.1. */
  async #ofRole(call: Call, action: string, resource: string): Promise<Permission> {
    const role = await this.#identities(this.#unit).role(resource)
    if (role === undefined) {
      throw new StorageError(`there is no role ${resource}`, { hint: 'name it by its ARN, with its path' })
    }
    const { arn, account, trust, tags } = role
    const target: Target = { resource: arn, owner: account, policy: trust, tags, rule: 'trust' }
    return { call, service: 'sts', action, target, rule: 'trust', never: call.caller.kind === 'root' }
  }

  async #ofSecret(call: Call, service: string, { action, resource }: Supposed): Promise<readonly Permission[]> {
    const env = this.#secrets.env(this.#unit, call)
    const input = { SecretId: resource }
    const [found] = [await operationOf(this.#secrets, 'DescribeSecret').target(input, env, call)].flat() as Target[]
    // Of another service's actions the tags of a secret are no keys of their own, and count all the same.
    const tags = service === 'strongroom' ? [...(found?.tags ?? [])] : []
    const tagged = Object.fromEntries(tags.map(([key, value]) => [`secretsmanager:ResourceTag/${key}`, value]))
    const context = { ...found?.context, ...tagged, 'secretsmanager:SecretId': found?.resource }
    const own = { ...(found as Target), context }
    const missing = !(await this.#isThere(call, own.resource))
    const asked = { call, target: own, rule: 'plain', ...(missing ? { missing } : {}) } as const
    const name = action.slice(action.indexOf(':') + 1).toLowerCase()
    const besides = service === 'strongroom' ? (BESIDES.get(name) ?? []) : []
    const permissions: Permission[] = [
      { ...asked, service, action },
      ...besides.map((one) => ({ ...asked, service: 'secretsmanager', action: `secretsmanager:${one}` })),
    ]
    const needed = [name, ...besides.map((one) => one.toLowerCase())].map((one) => KEY_ACTIONS.get(one)).find(Boolean)
    const keyId = needed === undefined ? undefined : await this.#keyOf(call, own.resource)
    if (needed === undefined || keyId === undefined) return permissions
    const through = { ...call, via: 'secretsmanager.amazonaws.com' }
    const key = await this.#key(through, keyId)
    const pairs = { ...key.context, 'kms:EncryptionContext:SecretARN': own.resource }
    const { resource: arn, owner, policy } = key
    const grant = await this.#grantsOn(through, arn, { SecretARN: own.resource })
    const target: Target = {
      resource: arn,
      ...(owner === undefined ? {} : { owner }),
      policy,
      tags: key.tags,
      context: pairs,
      grant,
    }
    for (const one of needed) permissions.push({ call: through, service: 'kms', action: one, target, rule: 'kms' })
    return permissions
  }

  async #isThere(call: Call, secretArn: string): Promise<boolean> {
    try {
      await operationOf(this.#secrets, 'DescribeSecret').run(
        { SecretId: secretArn },
        this.#secrets.env(this.#unit, call),
        call,
      )
      return true
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ResourceNotFoundException') return false
      throw error
    }
  }

  /** The key of the current version; undefined when there is no such secret. */
  async #keyOf(call: Call, secretArn: string): Promise<string | undefined> {
    const owner = parseArn(secretArn)
    const env = this.#secrets.env(this.#unit, call)
    try {
      const { Versions = [] } = (await operationOf(this.#secrets, 'ListSecretVersionIds').run(
        { SecretId: secretArn },
        env,
        call,
      )) as { Versions?: { VersionStages?: string[]; KmsKeyIds?: string[] }[] }
      const current = Versions.find(({ VersionStages }) => VersionStages?.includes('AWSCURRENT'))
      const id = current?.KmsKeyIds?.[0]
      if (id !== undefined && id !== 'DefaultEncryptionKey') return id
      return `arn:aws:kms:${owner?.region}:${owner?.account}:alias/aws/secretsmanager`
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ResourceNotFoundException') return undefined
      throw error
    }
  }

  /** What grants on a key allow the caller, with this encryption context. */
  async #grantsOn(call: Call, keyArn: string, pairs: Readonly<Record<string, string>>): Promise<Grants> {
    const env = this.#keys.env(this.#unit, call)
    const input = { KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: pairs }
    try {
      const found = [await operationOf(this.#keys, 'GenerateDataKey').target(input, env, call)].flat() as Target[]
      return (action) => found[0]?.grant?.(action)
    } catch (error) {
      // An AWS managed key that nobody has used yet has none.
      if ((error as { code?: unknown }).code === 'NotFoundException') return () => undefined
      throw error
    }
  }

  async #key(call: Call, id: string): Promise<Target> {
    const env = this.#keys.env(this.#unit, call)
    const [found] = [await operationOf(this.#keys, 'DescribeKey').target({ KeyId: id }, env, call)].flat() as Target[]
    return found as Target
  }
}

/** See `Target.grant`. */
export type Grants = NonNullable<Target['grant']>

function operationOf(service: Service, name: string): AnyOperation {
  const operation = service.operations[name]
  if (operation === undefined) throw new Error(`${service.name} has no ${name}`)
  return operation
}

function callOf(caller: Caller, { region, now }: Supposed): Call {
  return {
    requestId: '',
    caller,
    account: caller.account,
    region,
    now,
    sourceIp: '',
    userAgent: '',
    secure: true,
    events: [],
  }
}
