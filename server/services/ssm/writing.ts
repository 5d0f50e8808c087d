import type { Call } from '#kernel/call'
import { text } from '#kernel/random'
import { changed } from './model/change.ts'
import { expiryOf } from './model/expiry.ts'
import { type Named, parameterArn } from './model/name.ts'
import type { Found, Parameter, ParameterType, StoredTier, Version } from './model/parameter.ts'
import { checkPattern } from './model/pattern.ts'
import { parsePolicies } from './model/policies.ts'
import { alreadyExists, oldestIsLabelled, tagsAndOverwrite, tooManyParameters, typeMissing } from './model/refusals.ts'
import { checkedTags, type Tag, withTags } from './model/tags.ts'
import { type AskedTier, checkDataType, checkNested, dataTypeOf, isImage, tierOf } from './model/value.ts'
import type { Env } from './operation.ts'

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
  const { parameters, random } = env
  const { Overwrite = false, Value } = asked
  if (Overwrite && asked.Tags !== undefined && asked.Tags.length > 0) throw tagsAndOverwrite()
  const tags = withTags(NO_TAGS, checkedTags(asked.Tags))
  checkDataType(asked.DataType || 'text', asked.Type, named.key)
  checkNested(Value)
  const found = await parameters.find(named.key)
  if (found !== undefined && !Overwrite) throw alreadyExists()
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
  if (dataType === 'aws:ec2:image' && !isImage(Value)) {
    // Source: parameterstore.md 3.2: the call goes well, and what is no image never becomes visible.
    const exception = 'Unable to Describe Resource'
    await env.events(changed(found === undefined ? 'Create' : 'Update', parameter, version, { exception }))
    return { number, tier }
  }
  if (found !== undefined) await makeRoom(found.parameter, env)
  const sealed = { ...version, content: await env.cipher.seal(parameter, number, version, Value) }
  if (found === undefined) {
    await expireFirst(named.key, env, call)
    await parameters.insert(parameter, sealed)
  } else await parameters.addVersion(parameter, sealed)
  await env.later.policies(parameter, version, found?.version.policies)
  await env.events(changed(found === undefined ? 'Create' : 'Update', parameter, version))
  if (found?.parameter.tier !== tier) env.quota.made(call, tier)
  return { number, tier }
}

function created({ key, name }: Named, tags: Parameter['tags'], { random }: Env, call: Call) {
  const { account, region } = call
  const arn = parameterArn(region, account, key)
  return { account, region, id: text(random, 16), key, name, arn, tags, createdAt: call.now }
}

/** A parameter of this name that has expired, and that no job has deleted yet, is deleted now, with all that is told of it. */
async function expireFirst(key: string, { parameters, later }: Env, call: Call): Promise<void> {
  const parameter = parameters.expired(key)
  if (parameter === undefined) return
  const version = await parameters.version(parameter, parameter.latest)
  if (version !== undefined) await later.enforce({ parameter, version }, parameters, call.now)
}

/** Tier and policies. That policies are not for its tier comes before what is wrong in them. Source: parameterstore.md 7.1, steps 8 and 9. */
async function weigh({ Value, Tier, Policies }: Asked, found: Found | undefined, env: Env) {
  const { parameters, quota } = env
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
    async () => !(await quota.fits(parameters.cell, 'Standard', (most) => parameters.count('Standard', most))),
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
async function checkQuota(tier: StoredTier, found: Found | undefined, { parameters, quota }: Env): Promise<void> {
  if (found?.parameter.tier === tier) return
  const fits = await quota.fits(parameters.cell, tier, (most) => parameters.count(tier, most))
  if (!fits) throw tooManyParameters(tier, quota.most[tier])
}

/** Takes the oldest version away when there are as many as are kept, unless a label holds it. Source: parameterstore.md 4.2, trap 33. */
async function makeRoom(parameter: Parameter, { parameters, limits }: Env): Promise<void> {
  if (parameter.latest < limits.versions) return
  const { count, oldest } = await parameters.history(parameter)
  if (count < limits.versions) return
  const labels = await parameters.labels(parameter)
  for (const version of labels.values()) if (version === oldest) throw oldestIsLabelled(parameter.name, oldest)
  await parameters.removeVersion(parameter, oldest)
}
