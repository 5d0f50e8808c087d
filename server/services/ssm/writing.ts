import type { Call } from '#kernel/call'
import { text } from '#kernel/random'
import type { Tag } from '#kernel/values/tags'
import { expiryOf } from './model/expiry.ts'
import { type Named, parameterArn } from './model/name.ts'
import type { Found, Parameter, ParameterType, StoredTier, Version } from './model/parameter.ts'
import { checkPattern } from './model/pattern.ts'
import { parsePolicies } from './model/policies.ts'
import { alreadyExists, tagsAndOverwrite, tooManyParameters, tooManyUpdates, typeMissing } from './model/refusals.ts'
import { checkedTags, withTags } from './model/tags.ts'
import { type AskedTier, checkDataType, checkNested, dataTypeOf, tierOf } from './model/value.ts'
import type { Env } from './operation.ts'
import { expireFirst, place, surplusOf } from './placing.ts'

/** What PutParameter is asked for, without the name. */
export interface Asked {
  readonly Value: string
  readonly Type?: ParameterType | undefined
  readonly Description?: string | undefined
  readonly KeyId?: string | undefined
  readonly Overwrite?: boolean | undefined
  readonly AllowedPattern?: string | undefined
  readonly Tags?: readonly Tag[] | undefined
  readonly Tier?: AskedTier | undefined
  readonly Policies?: string | undefined
  readonly DataType?: string | undefined
}

/** Source: parameterstore.md 5. */
const DEFAULT_KEY = 'alias/aws/ssm'
const NO_TAGS: ReadonlyMap<string, string> = new Map()

/** What became of it. */
export interface Written {
  readonly number: number
  readonly tier: StoredTier
}

/**
 * Makes a parameter or its next version, from step 4 of parameterstore.md 7.1 on: tags with overwrite, data type, nested value,
 * existence, tier, policies, pattern, quota, history, KMS. What a request leaves out an overwrite keeps; labels it never carries on.
 */
export async function write(asked: Asked, named: Named, env: Env, call: Call): Promise<Written> {
  const { parameters } = env
  const { Overwrite = false, Value } = asked
  if (Overwrite && asked.Tags !== undefined && asked.Tags.length > 0) throw tagsAndOverwrite()
  const tags = withTags(NO_TAGS, checkedTags(asked.Tags))
  checkDataType(asked.DataType || 'text', asked.Type, named.key)
  checkNested(Value)
  const found = await parameters.find(named.key)
  if (found !== undefined && !Overwrite) throw alreadyExists()
  if (await env.images.isHeld(call, named.key)) throw tooManyUpdates()
  const type = asked.Type ?? found?.version.type
  if (type === undefined) throw typeMissing()
  const dataType = dataTypeOf(asked.DataType, found?.version.dataType)
  checkDataType(dataType, type, named.key)

  const { tier, policies } = await weigh(asked, found, env)
  const allowedPattern = (asked.AllowedPattern ?? found?.version.allowedPattern) || undefined
  if (allowedPattern !== undefined) checkPattern(allowedPattern, Value, type)
  await checkQuota(tier, found, env)

  const number = (found?.parameter.latest ?? 0) + 1
  const parameter: Parameter = {
    ...(found?.parameter ?? created(named, tags, env, call)),
    latest: number,
    tier,
    expiresAt: expiryOf(policies),
  }
  const version: Version = {
    number,
    type,
    tier,
    dataType,
    keyId: type === 'SecureString' ? (asked.KeyId ?? found?.version.keyId ?? DEFAULT_KEY) : undefined,
    description: (asked.Description ?? found?.version.description) || undefined,
    allowedPattern,
    policies,
    modifiedAt: call.now,
    modifiedBy: call.caller.arn,
  }
  // What is too much is refused before KMS is asked.
  if (found !== undefined) await surplusOf(found.parameter, env)
  const sealed = { ...version, content: await env.cipher.seal(parameter, number, version, Value) }
  if (dataType === 'aws:ec2:image') {
    // Its job would take along what waits under its name.
    await expireFirst(named.key, env, call.now)
    await env.images.hold(parameter, sealed, found === undefined, call.now)
  } else await place(parameter, sealed, found, env, call.now)
  if (found?.parameter.tier !== tier) parameters.unit.afterCommit(() => env.quota.made(call, tier))
  return { number, tier }
}

function created({ key, name }: Named, tags: Parameter['tags'], { random }: Env, call: Call) {
  const { account, region } = call
  const arn = parameterArn(region, account, key)
  return { account, region, id: text(random, 16), key, name, arn, tags, createdAt: call.now }
}

/** Tier and policies. That policies are not for its tier comes before what is wrong in them. Source: parameterstore.md 7.1, steps 8 and 9. */
async function weigh({ Value, Tier, Policies }: Asked, found: Found | undefined, env: Env) {
  const before = found?.parameter.tier
  const parsed = attempt(() => parsePolicies(Policies))
  const kept = found?.version.policies ?? []
  const policies = parsed.fault === undefined ? (parsed.value?.texts ?? kept) : undefined
  const tier = await tierOf(
    {
      asked: Tier ?? (before === 'Advanced' ? before : await env.settings.defaultTier()),
      before,
      said: Tier !== undefined,
      bytes: Buffer.byteLength(Value, 'utf8'),
      policies: policies === undefined || policies.length > 0,
    },
    async () => !(await hasRoom('Standard', env)),
  )
  if (policies === undefined) throw parsed.fault
  return { tier, policies }
}

function attempt<T>(work: () => T): { value: T; fault?: undefined } | { value?: undefined; fault: unknown } {
  try {
    return { value: work() }
  } catch (fault) {
    return { fault }
  }
}

/** One more of its tier, unless it is of that tier already. */
async function checkQuota(tier: StoredTier, found: Found | undefined, env: Env): Promise<void> {
  if (found?.parameter.tier === tier) return
  if (!(await hasRoom(tier, env))) throw tooManyParameters(tier, env.quota.most[tier])
}

function hasRoom(tier: StoredTier, { parameters, quota }: Env): Promise<boolean> {
  return quota.fits(
    parameters.cell,
    tier,
    (most) => parameters.count(tier, most),
    () => parameters.alone(tier),
  )
}
