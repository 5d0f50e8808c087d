import { ApiError } from '#kernel/error'
import type { Call } from '#kernel/call'
import { callOfService, roleForService } from '../sts/port.ts'
import { checkBucket, checkPrefix, checkTogether, logGroupOf, type Trail } from './model/trail.ts'
import type { Env } from './operation.ts'

/** As whom log files are written. */
export const CLOUDTRAIL = 'cloudtrail.amazonaws.com'

/** Where a trail is to deliver, as a request says it. The empty text takes away what was there. */
export interface Asked {
  readonly S3BucketName?: string | undefined
  readonly S3KeyPrefix?: string | undefined
  readonly SnsTopicName?: string | undefined
  readonly IncludeGlobalServiceEvents?: boolean | undefined
  readonly IsMultiRegionTrail?: boolean | undefined
  readonly EnableLogFileValidation?: boolean | undefined
  readonly CloudWatchLogsLogGroupArn?: string | undefined
  readonly CloudWatchLogsRoleArn?: string | undefined
  readonly KmsKeyId?: string | undefined
  readonly IsOrganizationTrail?: boolean | undefined
  readonly RecursiveLogging?: boolean | undefined
}

const orNone = (asked: string | undefined, before: string | undefined) =>
  asked === undefined ? before : asked === '' ? undefined : asked

/** What `withSettings` and the rules of trails refuse. */
export const SETTINGS_REFUSALS = [
  'InsufficientEncryptionPolicyException',
  'InsufficientS3BucketPolicyException',
  'InsufficientSnsTopicPolicyException',
  'InvalidCloudWatchLogsLogGroupArnException',
  'InvalidCloudWatchLogsRoleArnException',
  'InvalidKmsKeyIdException',
  'InvalidParameterCombinationException',
  'InvalidS3BucketNameException',
  'InvalidS3PrefixException',
  'InvalidTrailNameException',
  'KmsKeyDisabledException',
  'KmsKeyNotFoundException',
  'OrganizationsNotInUseException',
  'S3BucketDoesNotExistException',
] as const

/** A trail with what is asked, checked. Source: API_CreateTrail, API_UpdateTrail. */
export async function withSettings(before: Trail, asked: Asked, env: Env, call: Call): Promise<Trail> {
  const bucket = asked.S3BucketName ?? before.bucket
  const prefix = orNone(asked.S3KeyPrefix, before.prefix)
  checkBucket(bucket)
  if (prefix !== undefined) checkPrefix(prefix)
  // There are no topics here. Text as AWS says it of one that is not there.
  if (asked.SnsTopicName !== undefined && asked.SnsTopicName !== '')
    throw new ApiError(
      'InsufficientSnsTopicPolicyException',
      'SNS Topic does not exist or the topic policy is incorrect!',
    )
  if (asked.IsOrganizationTrail === true)
    throw new ApiError('OrganizationsNotInUseException', 'Your account is not a member of an organization.')
  const logGroup = orNone(asked.CloudWatchLogsLogGroupArn, before.logGroup)
  const changed = {
    ...before,
    bucket,
    prefix,
    globalEvents: asked.IncludeGlobalServiceEvents ?? before.globalEvents,
    multiRegion: asked.IsMultiRegionTrail ?? before.multiRegion,
    validation: asked.EnableLogFileValidation ?? before.validation,
    recursive: asked.RecursiveLogging ?? before.recursive,
    logGroup: logGroup && logGroupOf(logGroup, call),
    logRole: orNone(asked.CloudWatchLogsRoleArn, before.logRole),
  }
  checkTogether(changed)
  if (bucket !== before.bucket || prefix !== before.prefix) await checkPlace(changed, env, call)
  if (changed.logRole !== undefined && changed.logRole !== before.logRole)
    await checkRole(changed, changed.logRole, env, call)
  const key = orNone(asked.KmsKeyId, before.kmsKey)
  const kmsKey = key === undefined || key === before.kmsKey ? key : await usableKey(key, changed, env, call)
  return { ...changed, kmsKey }
}

/** Refuses more trails than a Region can have; one of all Regions is in each. Source: CloudTrail quotas; text as reported. */
export async function checkRoom(trail: Trail, env: Env): Promise<void> {
  const others = (await env.trails.of(trail.account)).filter(({ arn }) => arn !== trail.arn)
  const here = trail.multiRegion ? env.regions : [trail.region]
  for (const region of here) {
    const there = others.filter((each) => each.multiRegion || each.region === region)
    if (there.length >= env.limits.trails)
      throw new ApiError(
        'MaximumNumberOfTrailsExceededException',
        `User: ${trail.account} already has ${env.limits.trails} trails in ${region}.`,
      )
  }
}

/** Another trail of this name where this one is, or will be, seen. */
export async function namesake(trail: Trail, env: Env): Promise<Trail | undefined> {
  const others = (await env.trails.of(trail.account)).filter(
    ({ name, region }) => name === trail.name && region !== trail.region,
  )
  return others.find((each) => each.multiRegion || trail.multiRegion)
}

/** Texts as clients report them. */
async function checkPlace({ bucket, prefix }: Trail, { unit, delivery }: Env, call: Call): Promise<void> {
  switch (await delivery.bucket(unit, call, bucket, prefix)) {
    case 'there':
      return
    case 'missing':
      throw new ApiError('S3BucketDoesNotExistException', `S3 bucket ${bucket} does not exist!`)
    case 'refused':
      throw new ApiError(
        'InsufficientS3BucketPolicyException',
        `Incorrect S3 bucket policy is detected for bucket: ${bucket}`,
      )
  }
}

/** The role must be one of the account that CloudTrail may take. Source: API_CreateTrail; text as reported. */
async function checkRole(trail: Trail, roleArn: string, { identities }: Env, call: Call): Promise<void> {
  const { account, region, arn } = trail
  const asked = { service: CLOUDTRAIL, source: { arn, account }, region, now: call.now }
  if ((await roleForService(identities, roleArn, asked)) === undefined)
    throw new ApiError(
      'InvalidCloudWatchLogsRoleArnException',
      'Access denied. Verify in IAM that the role has adequate permissions.',
    )
}

/** What of the trail a key's policy may ask about. Source: CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail". */
export const encryptionContextOf = ({ arn }: Pick<Trail, 'arn'>) => ({ 'aws:cloudtrail:arn': arn })

/** The ARN of a key that CloudTrail can encrypt with: it is tried. Source: API_CreateTrail. */
async function usableKey(keyId: string, trail: Trail, env: Env, call: Call): Promise<string> {
  if (!/^[A-Za-z0-9:/_-]{1,2048}$/.test(keyId))
    throw new ApiError('InvalidKmsKeyIdException', 'KmsKeyId is not a valid key id, alias or ARN.')
  const found = await env.keysFor(env.unit, call, 'cloudtrail').resolve(keyId)
  if (found === undefined) throw new ApiError('KmsKeyNotFoundException', `KMS key ${keyId} does not exist.`)
  const { caller } = callOfService(CLOUDTRAIL, trail, '', call.now)
  const asService: Call = { ...call, caller }
  try {
    const keys = env.keysFor(env.unit, asService, 'cloudtrail')
    const { plaintext, keyArn } = await keys.generateDataKey(found, encryptionContextOf(trail))
    plaintext.fill(0)
    return keyArn
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw keyRefusal(error, keyId, trail)
  }
}

function keyRefusal({ code }: ApiError, keyId: string, { bucket }: Trail): ApiError {
  switch (code) {
    case 'NotFoundException':
      return new ApiError('KmsKeyNotFoundException', `KMS key ${keyId} does not exist.`)
    case 'DisabledException':
    case 'KMSInvalidStateException':
      return new ApiError('KmsKeyDisabledException', `KMS key ${keyId} is disabled.`)
    default:
      // Text as clients report it.
      return new ApiError(
        'InsufficientEncryptionPolicyException',
        `Insufficient permissions to access S3 bucket ${bucket} or KMS key ${keyId}.`,
      )
  }
}
