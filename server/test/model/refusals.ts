/** What Secrets Manager says when it refuses, from secretsmanager.md (section beside each). Without a text only the code is known. */
export interface Refusal {
  readonly code: string
  readonly text?: string
}

const refusal = (code: string, text?: string): Refusal => ({ code, ...(text === undefined ? {} : { text }) })

/** 2.1 */
export const secretNotFound = refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
/** 8.9 */
export const stageNotFound = (stage: string) =>
  refusal(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
  )
export const versionNotFound = (id: string) =>
  refusal('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for VersionId: ${id}`)
export const stageNotOnVersion = refusal(
  'InvalidRequestException',
  'You provided a VersionStage that is not associated to the provided VersionId.',
)
/** 6 */
export const markedForDeletion = refusal(
  'InvalidRequestException',
  "You can't perform this operation on the secret because it was marked for deletion.",
)
export const alreadyScheduled = refusal(
  'InvalidRequestException',
  "You can't perform this operation on the secret because it was already scheduled for deletion.",
)
export const nameScheduledForDeletion = refusal(
  'InvalidRequestException',
  "You can't create this secret because a secret with this name is already scheduled for deletion.",
)
export const windowOutOfRange = refusal(
  'InvalidParameterException',
  'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
)
export const windowWithForce = refusal(
  'InvalidParameterException',
  "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
)
/** 8.3 */
export const nameTaken = (name: string) =>
  refusal('ResourceExistsException', `The operation failed because the secret ${name} already exists.`)
/** 1.8 */
export const tokenInUse = (token: string, arn: string) =>
  refusal(
    'ResourceExistsException',
    arn === ''
      ? undefined
      : `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  )
/** Ours: docs/how-to/reuse-a-name.md. */
export const namesakesWait = (name: string) =>
  refusal(
    'InvalidRequestException',
    `You can't restore a secret by the name ${name} because several secrets have had it. Use the full ARN of the one you want back.`,
  )
/** Ours: docs/how-to/undo-a-change.md. That a value is not there, or not any more, has AWS's code; the words are ours. */
export const notToBeHad = refusal('ResourceNotFoundException')
export const alreadyCurrent = refusal('InvalidRequestException')
export const inFuture = refusal('InvalidParameterException')
/** Ours: an import that says the same thing twice. */
export const saidTwice = refusal('InvalidParameterException')
/** 4.4, 4.5 */
export const tooManyVersions = refusal('LimitExceededException')
export const tooManyLabels = refusal('LimitExceededException')
/** 8.19 */
export const tooManyTags = refusal('InvalidParameterException')
/** 8.22 */
export const noVersionToMove = refusal('InvalidParameterException')
export const removeFromMissing = (stage: string, holder: string) =>
  refusal(
    'InvalidParameterException',
    `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
  )
export const removeFromIsNotHolder = (stage: string) =>
  refusal(
    'InvalidParameterException',
    `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label ${stage}.`,
  )
export const currentCannotBeRemoved = refusal(
  'InvalidParameterException',
  'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
)
/** 8.17 */
export const noRotationFunction = refusal(
  'InvalidRequestException',
  'No Lambda rotation function ARN is associated with this secret.',
)
export const previousRotation = refusal(
  'InvalidRequestException',
  'A previous rotation isn’t complete. That rotation will be reattempted.',
)
export const cannotInvoke = refusal(
  'AccessDeniedException',
  'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
)
/** Assumed there: RotateSecret has no code of its own for these. */
export const rotationTokenInUse = (token: string, arn: string) => ({
  ...tokenInUse(token, arn),
  code: 'InvalidRequestException',
})
export const rotationOutOfVersions = refusal('InvalidRequestException')
export const rotationOutOfLabels = refusal('InvalidRequestException')
