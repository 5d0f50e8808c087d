import { arn, parseArn } from '#kernel/values/arn'
import { ApiError } from '#kernel/error'
import type { Selection } from './selectors.ts'

/** Where a trail was made. */
export interface Cell {
  readonly account: string
  readonly region: string
}

/** A trail of an account: which records go where. `region`: its home. Times in milliseconds. */
export interface Trail extends Cell {
  readonly name: string
  readonly arn: string
  readonly bucket: string
  readonly prefix: string | undefined
  /** Records of services without Regions too. */
  readonly globalEvents: boolean
  /** The records of every Region. */
  readonly multiRegion: boolean
  /** Digest files are written. */
  readonly validation: boolean
  /** `arn:aws:logs:…:log-group:<name>:*` */
  readonly logGroup: string | undefined
  readonly logRole: string | undefined
  /** ARN of the key that log files are encrypted with. */
  readonly kmsKey: string | undefined
  /** CloudTrail's own calls for its deliveries too. */
  readonly recursive: boolean
  readonly selection: Selection
  readonly tags: ReadonlyMap<string, string>
  readonly logging: boolean
  readonly createdAt: number
  readonly startedAt: number | undefined
  readonly stoppedAt: number | undefined
}

/** How deliveries of a trail went. Times in milliseconds; an error is undefined when the last delivery went well. */
export interface Status {
  readonly deliveryAt: number | undefined
  readonly deliveryAttemptAt: number | undefined
  readonly deliveryError: string | undefined
  readonly digestAt: number | undefined
  readonly digestError: string | undefined
  readonly logsAt: number | undefined
  readonly logsError: string | undefined
}

/** The ARN of a trail by its home and name. */
export const trailArn = ({ account, region }: Cell, name: string): string =>
  arn('cloudtrail', region, account, `trail/${name}`)

const invalidName = (text: string) => new ApiError('InvalidTrailNameException', text)

/**
 * Refuses names that no trail can have. Source: API_CreateTrail (the rules); texts as clients report them.
 */
export function checkName(name: string): void {
  if (name.length < 3)
    throw invalidName(
      `Trail name too short. Minimum allowed length: 3 characters. Specified name length: ${name.length} characters.`,
    )
  if (name.length > 128)
    throw invalidName(
      `Trail name too long. Maximum allowed length: 128 characters. Specified name length: ${name.length} characters.`,
    )
  if (!/^[A-Za-z0-9._-]*$/.test(name))
    throw invalidName(
      'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).',
    )
  if (!/^[A-Za-z0-9]/.test(name)) throw invalidName('Trail name must starts with a letter or number.')
  if (!/[A-Za-z0-9]$/.test(name)) throw invalidName('Trail name must ends with a letter or number.')
  // Assumed: how AWS words the last two is not reported.
  if (/[._-]{2}/.test(name))
    throw invalidName('Trail name cannot have adjacent periods (.), hyphens (-), or underscores (_).')
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) throw invalidName('Trail name cannot be in IP address format.')
}

/** A trail as a request names it. */
export interface Named extends Cell {
  readonly name: string
  /** By ARN, which names trails of other Regions too. */
  readonly byArn: boolean
}

const badArn = (text: string) => new ApiError('CloudTrailARNInvalidException', text)

/**
 * The trail that a name or an ARN means. Throws CloudTrailARNInvalidException for an ARN that is none of a trail of this
 * account, InvalidTrailNameException for a name that no trail can have.
 */
export function namedBy(text: string, { account, region }: Cell): Named {
  if (!text.startsWith('arn:')) {
    checkName(text)
    return { account, region, name: text, byArn: false }
  }
  const parts = parseArn(text)
  const name = parts?.resource.startsWith('trail/') ? parts.resource.slice('trail/'.length) : undefined
  if (parts === undefined || name === undefined || parts.service !== 'cloudtrail' || parts.partition !== 'aws')
    throw badArn(`${text} is not a valid CloudTrail ARN.`)
  checkName(name)
  // Organizations are not there, so nobody's trail is another account's.
  if (parts.account !== account)
    throw badArn(`Account in ARN is wrong, you can only access resources in account ${account}.`)
  return { account, region: parts.region, name, byArn: true }
}

/** Source: reported with aws-cli and SDKs. */
export const unknownTrail = ({ account, region, name }: Named): ApiError =>
  new ApiError(
    'TrailNotFoundException',
    `Unknown trail: ${trailArn({ account, region }, name)} for the user: ${account}`,
  )

/** Refuses bucket names that S3 does not have. Source: API_CreateTrail, S3 User Guide "Bucket naming rules". */
export function checkBucket(bucket: string): void {
  const good =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) &&
    !/\.\.|\.-|-\./.test(bucket) &&
    !/^\d{1,3}(\.\d{1,3}){3}$/.test(bucket)
  if (!good) throw new ApiError('InvalidS3BucketNameException', `S3 bucket name ${bucket} is not valid.`)
}

/**
 * Refuses prefixes that no key begins with: too long, or that a folder could not be named by. Source: API_CreateTrail (200
 * characters); Assumed: that names of folders are told apart from paths out of them, which S3 does not know.
 */
export function checkPrefix(prefix: string): void {
  const segments = prefix.split('/')
  const good =
    prefix.length <= 200 &&
    /^[A-Za-z0-9!_.*'()/ =@:,$&;+-]*$/.test(prefix) &&
    !prefix.startsWith('/') &&
    !prefix.endsWith('/') &&
    !segments.some((segment) => segment === '' || segment === '.' || segment === '..') &&
    !prefix.startsWith('.')
  if (!good) throw new ApiError('InvalidS3PrefixException', 'S3 prefix is not valid.')
}

/** The settings that must fit together. Source: API_CreateTrail, API_UpdateTrail; the texts that are not reported are Assumed. */
export function checkTogether(trail: Pick<Trail, 'multiRegion' | 'globalEvents' | 'logGroup' | 'logRole'>): void {
  if (trail.multiRegion && !trail.globalEvents)
    throw new ApiError('InvalidParameterCombinationException', 'Multi-Region trail must include global service events.')
  if ((trail.logGroup === undefined) !== (trail.logRole === undefined))
    throw trail.logGroup === undefined
      ? new ApiError('InvalidCloudWatchLogsLogGroupArnException', 'You must specify a log group ARN.')
      : new ApiError('InvalidCloudWatchLogsRoleArnException', 'You must specify a role ARN as well as a log group.')
}

/** The ARN of a log group of this account and Region; `:*` at its end may be left out. Source: API_CreateTrail; text as reported. */
export function logGroupOf(text: string, { account, region }: Cell): string {
  const parts = parseArn(text)
  const name = /^log-group:([A-Za-z0-9._/#-]{1,512})(:\*)?$/.exec(parts?.resource ?? '')?.[1]
  if (parts?.service !== 'logs' || parts.region !== region || parts.account !== account || name === undefined)
    throw new ApiError(
      'InvalidCloudWatchLogsLogGroupArnException',
      'CloudTrail cannot validate the specified log group ARN.',
    )
  return arn('logs', region, account, `log-group:${name}:*`)
}

/** What the answers say of a trail. */
export function shownTrail(trail: Trail) {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    S3KeyPrefix: trail.prefix,
    IncludeGlobalServiceEvents: trail.globalEvents,
    IsMultiRegionTrail: trail.multiRegion,
    TrailARN: trail.arn,
    LogFileValidationEnabled: trail.validation,
    CloudWatchLogsLogGroupArn: trail.logGroup,
    CloudWatchLogsRoleArn: trail.logRole,
    KmsKeyId: trail.kmsKey,
    IsOrganizationTrail: false,
    RecursiveLogging: trail.recursive,
  }
}

/** The same in lists, which say more. */
export function listedTrail(trail: Trail) {
  return {
    ...shownTrail(trail),
    HomeRegion: trail.region,
    HasCustomEventSelectors: trail.selection.custom,
    HasInsightSelectors: false,
  }
}
