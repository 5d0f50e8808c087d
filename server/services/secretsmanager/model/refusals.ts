import { ApiError, type Denial } from '#kernel/error'

/** What Secrets Manager says when it refuses, each text once. Source: secretsmanager.md, section beside each. */

/** 2.1: recorded. */
export const secretNotFound = () =>
  new ApiError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")

/** 8.9: recorded. A label that nobody carries, or that stands on a version without a value. */
export const stageNotFound = (stage: string) =>
  new ApiError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
  )

/** 8.9: recorded. */
export const versionNotFound = (id: string) =>
  new ApiError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for VersionId: ${id}`,
  )

/** 8.9: recorded. */
export const stageNotOnVersion = () =>
  new ApiError(
    'InvalidRequestException',
    'You provided a VersionStage that is not associated to the provided VersionId.',
  )

/** 6: recorded. The documentation has another sentence; this one is on the wire. */
export const markedForDeletion = () =>
  new ApiError(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  )

/** 6: text assumed. */
export const alreadyScheduled = () =>
  new ApiError(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was already scheduled for deletion.",
  )

/** 6: recorded. */
export const nameScheduledForDeletion = () =>
  new ApiError(
    'InvalidRequestException',
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  )

/** Beyond AWS, where a name has one secret. */
export const namesakesWait = (name: string) =>
  new ApiError(
    'InvalidRequestException',
    `You can't restore a secret by the name ${name} because several secrets have had it. Use the full ARN of the one you want back.`,
  )

/** 8.3: recorded. */
export const nameTaken = (name: string) =>
  new ApiError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`)

/** 1.8: recorded. */
export const tokenInUse = (token: string, arn: string) =>
  new ApiError(
    'ResourceExistsException',
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  )

/** 1.8: recorded. RotateSecret says it with InvalidParameterException. */
export const tokenMissing = () =>
  new ApiError(
    'InvalidRequestException',
    'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
  )

/** 8.3: recorded, with another apostrophe then. */
export const bothValues = () =>
  new ApiError(
    'InvalidParameterException',
    "You can't specify both a binary secret value and a string secret value in the same secret.",
  )

/** 8.13. */
export const noValue = () =>
  new ApiError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.')

/** 1.6: recorded; the one ValidationException that is not in the model. */
export const invalidName = () =>
  new ApiError(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  )

/** 13: form assumed. */
export const managedByService = (service: string) =>
  new ApiError(
    'InvalidRequestException',
    `This secret is managed by ${service}, and you must use that service to update it.`,
  )

/** 6. */
export const windowOutOfRange = () =>
  new ApiError('InvalidParameterException', 'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).')

/** 6. */
export const windowWithForce = () =>
  new ApiError(
    'InvalidParameterException',
    "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
  )

/** 8.22: recorded for AWSCURRENT. */
export const removeFromMissing = (stage: string, holder: string) =>
  new ApiError(
    'InvalidParameterException',
    `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
  )

/** 8.22. */
export const removeFromIsNotHolder = (stage: string) =>
  new ApiError(
    'InvalidParameterException',
    `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label ${stage}.`,
  )

/** 8.22: recorded, with the curly apostrophe. */
export const currentCannotBeRemoved = () =>
  new ApiError(
    'InvalidParameterException',
    'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
  )

/** 8.22: text assumed. */
export const noVersionToMove = () =>
  new ApiError('InvalidParameterException', 'You must provide MoveToVersionId, RemoveFromVersionId, or both.')

/** 8.3: recorded. */
export const invalidReplicaRegion = () => new ApiError('InvalidParameterException', 'Invalid replica region.')

/** Ours: replication comes later; nothing is stored. */
export const replicationNotYet = () =>
  new ApiError('InvalidRequestException', 'Replication is not supported by this version of Strongroom.')

/** 13: `Type` is reserved for known partners; text assumed. */
export const unknownType = () => new ApiError('InvalidParameterException', 'The Type parameter is not a known type.')

/** 8.3, 8.19: texts assumed. */
export const reservedTagKey = () =>
  new ApiError('InvalidParameterException', 'Tag keys that start with aws: are reserved for use by AWS services.')
export const tagWithoutKey = () => new ApiError('InvalidParameterException', 'Every tag must have a key.')
export const duplicateTagKeys = () =>
  new ApiError('InvalidParameterException', 'The same tag key was given more than once.')
export const tooManyTags = (code: 'LimitExceededException' | 'InvalidParameterException') =>
  new ApiError(code, 'A secret can have at most 50 tags.')

/** 14: texts assumed. */
export const tooManyLabels = () =>
  new ApiError('LimitExceededException', 'A secret can have at most 20 staging labels attached to its versions.')
export const tooManyVersions = () =>
  new ApiError('LimitExceededException', 'The secret has too many versions that are less than 24 hours old.')
export const tooManySecrets = () =>
  new ApiError('LimitExceededException', 'The account has reached the limit of secrets in this Region.')

/** Ours: a search without words, or with too many. */
export const invalidQuery = (most: number) =>
  new ApiError('InvalidParameterException', `Query must have from 1 to ${most} words.`)

/** 8.10: text assumed. */
export const invalidNextToken = () => new ApiError('InvalidNextTokenException', 'Invalid NextToken.')

/** 5, all recorded; the second one without a full stop. */
export const foreignDefaultKey = () =>
  new ApiError(
    'InvalidRequestException',
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
  )

export const noAccessToKms = (denial: Denial | undefined) =>
  new ApiError('AccessDeniedException', 'Access to KMS is not allowed', 400, denial)

/** 7.2: recorded. A change of tags that would take the caller's own access away; 12: a policy that would (code assumed). */
export const LOCK_OUT = 'This resource policy will not allow you to manage this secret in the future.'
export const lockOut = (denial: Denial) => new ApiError('AccessDeniedException', LOCK_OUT, 400, denial)

/** 12: recorded. Text that is no JSON. */
export const policySyntax = () =>
  new ApiError('MalformedPolicyDocumentException', 'This resource policy contains a syntax error.')

/** 12: recorded. JSON that is no policy. */
export const policyInvalid = () => new ApiError('MalformedPolicyDocumentException', 'This policy has invalid syntax.')

/** 12: recorded. A principal that does not exist, or of a kind that is not supported. */
export const unsupportedPrincipal = () =>
  new ApiError('MalformedPolicyDocumentException', 'This resource policy contains an unsupported principal.')

/** 12: recorded. */
export const PUBLIC = 'You can not attach a resource policy that grants Public access to your secret.'
export const publicPolicy = () => new ApiError('PublicPolicyException', PUBLIC)

/** 8.1. */
export const eitherIdsOrFilters = () =>
  new ApiError('InvalidParameterException', "Either 'SecretIdList' or 'Filters' must be provided, but not both.")
export const pageSizeWithoutFilters = () =>
  new ApiError(
    'InvalidParameterException',
    "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
  )

/** 8.17: recorded. */
export const daysAndExpression = () =>
  new ApiError(
    'InvalidParameterException',
    'You cannot specify both rotation frequency and schedule expression together.',
  )

/** 10.1, 10.3; rotation.md 7: the code is AWS's, the texts are assumed and say which rule failed. */
export const noFrequency = () =>
  new ApiError('InvalidParameterException', 'RotationRules must have AutomaticallyAfterDays or ScheduleExpression.')
export const badSchedule = (problem: string) =>
  new ApiError('InvalidParameterException', `The ScheduleExpression is not valid: ${problem}.`)
export const badDuration = (problem: string) =>
  new ApiError('InvalidParameterException', `The Duration is not valid: ${problem}.`)

/** 1.8: recorded; the others say it with InvalidRequestException. */
export const rotationTokenMissing = () => new ApiError('InvalidParameterException', tokenMissing().message)

/** 8.17: recorded. */
export const noRotationFunction = () =>
  new ApiError('InvalidRequestException', 'No Lambda rotation function ARN is associated with this secret.')

/** 8.17: recorded. Not modelled, and not 404 for a function that is missing. */
export const cannotInvoke = () =>
  new ApiError(
    'AccessDeniedException',
    'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
  )

/** 8.17: recorded; AWS prints U+2019. */
export const previousRotation = () =>
  new ApiError('InvalidRequestException', 'A previous rotation isn’t complete. That rotation will be reattempted.')

/** 8.17: recorded. */
export const lambdaForManaged = () =>
  new ApiError('InvalidRequestException', 'Rotation Lambda ARN is not supported for a service-managed secret.')

/** Ours: partners' secrets are not rotated yet; nothing is stored. */
export const externalRotationNotYet = () =>
  new ApiError(
    'InvalidRequestException',
    'Rotation of managed external secrets is not supported by this version of Strongroom.',
  )

/** rotation.md 6: code and text assumed. */
export const rotationTokenWrong = () =>
  new ApiError(
    'AccessDeniedException',
    'The RotationToken does not belong to a rotation of this secret that is running.',
  )
