import { ApiError } from '#kernel/error'
import type { StoredTier } from './parameter.ts'

/** What Parameter Store says when it refuses, each text once. Source: parameterstore.md, section beside each. */

const invalid = (text: string) => new ApiError('ValidationException', text)

/** Recorded: AWS's trail does not say that these calls failed. Source: surroundings.md 1.3. */
export const UNRECORDED = { unrecorded: true } as const

/** 2.1 F1: recorded. */
export const badName = () =>
  invalid(
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
  )
/** 2.1 F2: recorded. */
export const notFullyQualified = () => invalid('Parameter name must be a fully qualified name.')
/** 2.1 F3: recorded. */
export const trailingSlash = () => invalid('Parameter name must not end with slash.')
/** 2.1 F4: recorded. */
export const reservedPrefix = () =>
  invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).')
/** 2.1 F5: recorded. `key`: the name without its leading slash. */
export const reservedName = (key: string) =>
  new ApiError('AccessDeniedException', `No access to reserved parameter name: ${key}.`)
/** 2.1 F6: recorded; the backslashes are in the text. */
export const badPath = () =>
  invalid(
    'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
  )
/** 2.1 F7: recorded. */
export const badSelector = () =>
  new ApiError(
    'ValidationException',
    'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>',
    400,
    undefined,
    UNRECORDED,
  )
/** 2.1: the code is documented. Assumed: the text. */
export const tooDeep = () =>
  new ApiError('HierarchyLevelLimitExceededException', 'A hierarchy can have a maximum of 15 levels.')
/** 2.1: the code is reported. Assumed: the text. */
export const arnTooLong = () =>
  new ApiError('AccessDeniedException', 'The ARN of the parameter must not be longer than 1011 characters.')

/** 1.1: recorded; there is no text at all. */
export const parameterNotFound = () => new ApiError('ParameterNotFound')
/** 2.4: recorded. */
export const versionNotFound = (number: number | string, name: string) =>
  new ApiError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${number} of ${name}. Verify the version and try again.`,
    400,
    undefined,
    UNRECORDED,
  )
/** 2.4: recorded. */
export const labelNotFound = (label: string, name: string) =>
  new ApiError(
    'ParameterVersionNotFound',
    `Systems Manager could not find a version of ${name} that has the specified label, ${label}. Verify the parameter label and try again.`,
  )

/** 4.1: recorded. */
export const alreadyExists = () =>
  new ApiError(
    'ParameterAlreadyExists',
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  )
/** 4.1: recorded. */
export const tagsAndOverwrite = () =>
  invalid(
    "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
  )
/** 3.1: reported. */
export const typeMissing = () => invalid('A parameter type is required when you create a parameter.')
/** 3.1: recorded; it repeats the value, so that the trail keeps another text. */
export const nestedParameter = (value: string) => {
  const text = (shown: string) =>
    `Parameter value: '${shown}' failed to satisfy constraint: Parameter value can't nest another parameter. Do not use "{{}}" in the value.`
  return new ApiError('ValidationException', text(value), 400, undefined, {
    recorded: text('HIDDEN_DUE_TO_SECURITY_REASONS'),
  })
}

/** 3.2: recorded. */
export const unknownDataType = (dataType: string) =>
  invalid(`The following data type is not supported: ${dataType}. (Data type names are all lowercase.)`)
/** 3.2: reported. */
export const imageOfType = (type: string) =>
  invalid(`The aws:ec2:image data type is not supported for the following input type: ${type}`)
/** 3.2: recorded. */
export const integrationPrefix = () =>
  invalid(
    'Parameters with data type: aws:ssm:integration must start with prefix: /d9d01087-4a3f-49e0-b0b4-d568d7826553/ssm/integrations',
  )

/** 3.3: recorded. */
export const badPattern = () =>
  new ApiError('InvalidAllowedPatternException', 'The syntax of the allowedPattern parameter is invalid.')
/** 3.3: recorded; the value is not in it. */
export const patternMismatch = (pattern: string) =>
  new ApiError(
    'ParameterPatternMismatchException',
    `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
  )

const GUIDE = 'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'

/** 3.4: recorded. */
export const noDowngrade = () =>
  invalid(
    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters.",
  )
/** 3.4: recorded for Standard; for Advanced the start is reported. */
export const valueTooLong = (tier: StoredTier) =>
  invalid(
    tier === 'Standard'
      ? `Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see ${GUIDE}`
      : 'Advanced-tier parameters support a maximum parameter value of 8192 characters.',
  )
/** 3.4: recorded. */
export const policiesNeedAdvanced = () =>
  invalid(
    `You can't assign parameter policies to a standard-parameter tier. You must upgrade the parameter to use the advanced-parameter tier. For more information, see ${GUIDE}`,
  )
/** 3.4: recorded for Standard. Assumed: the text for Advanced. */
export const tooManyParameters = (tier: StoredTier, most: number) =>
  new ApiError(
    'ParameterLimitExceeded',
    tier === 'Standard'
      ? `You have reached the maximum number of standard parameters for this AWS account and Region (${most}). To add more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply).`
      : `You have reached the maximum number of advanced parameters for this AWS account and Region (${most}). To add more parameters, delete existing parameters.`,
  )
/** 4.2: documented. */
export const oldestIsLabelled = (name: string, number: number) =>
  new ApiError(
    'ParameterMaxVersionLimitExceeded',
    `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${number}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
  )
/** 7.1: the code is AWS's. Assumed: the text. */
export const tooManyUpdates = () =>
  new ApiError('TooManyUpdates', 'There are concurrent updates for a resource that supports one update at a time.')

/** 1.3: AWS's code for failures of its own. */
export const serverFault = () => new ApiError('InternalServerError', 'An error occurred on the server side.', 500)
