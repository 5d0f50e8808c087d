import { ApiError } from '#kernel/error'

/** What Lambda refuses, in its words. Source: rotation.md 14.1 unless said otherwise. */

export const invalid = (text: string) => new ApiError('InvalidParameterValueException', text, 400)
export const notFound = (text: string) => new ApiError('ResourceNotFoundException', text, 404)
export const conflict = (text: string) => new ApiError('ResourceConflictException', text, 409)

export const functionNotFound = (arn: string) => notFound(`Function not found: ${arn}`)
export const aliasNotFound = (arn: string) => notFound(`Cannot find alias arn: ${arn}`)
export const unreachable = (region: string, here: string) =>
  notFound(`Functions from '${region}' are not reachable in this region ('${here}')`)
export const qualifiersDiffer = () =>
  invalid('The derived qualifier from the function name does not match the specified qualifier.')

export const functionExists = (name: string) => conflict(`Function already exist: ${name}`)
export const aliasExists = (arn: string) => conflict(`Alias already exists: ${arn}`)
/** Assumed: AWS has no functions of its own in an account. */
export const builtInFunction = (name: string) =>
  conflict(
    `${name} is a function that is built in: Secrets Manager invokes it, and nobody creates, changes or deletes it.`,
  )

export const notUnzipped = () =>
  invalid('Could not unzip uploaded file. Please check your file, then try to upload again.')
export const unzippedTooLarge = () => invalid('Unzipped size must be smaller than 262144000 bytes')
export const zipTooLarge = () =>
  new ApiError('RequestEntityTooLargeException', 'Zipped size must be smaller than 52428800 bytes', 413)
/** Assumed: the text. */
export const noCode = () => invalid('Please provide a source for function code.')
/** Assumed: what AWS offers and this server does not is refused, not ignored. */
export const unsupported = (what: string) => invalid(`${what} is not supported by this server.`)

export const roleNotAssumable = () => invalid('The role defined for the function cannot be assumed by Lambda.')
export const handlerMissing = () =>
  invalid('Runtime and Handler are mandatory parameters for functions created with deployment packages.')
export const unknownRuntime = (runtime: string, known: readonly string[]) =>
  invalid(
    `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${known.join(', ')}] or be a valid ARN`,
  )
/** The measured text holds values, so it is not repeated as AWS does. */
export const environmentTooLarge = () =>
  invalid(
    'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.',
  )
export const reservedVariables = (names: readonly string[]) =>
  invalid(
    `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${names.join(', ')}`,
  )
/** Assumed: the text; no process can be given such a value. */
export const impossibleVariable = () => invalid('The values of environment variables must not contain NUL characters.')

export const latestNotDeletable = () => invalid('$LATEST version cannot be deleted without deleting the function.')
export const versionInUse = (arns: readonly string[]) =>
  conflict(
    `Version is currently referenced by alias ${arns.join(', ')}. Please delete the alias or update it before deleting the version.`,
  )
export const aliasNotDeletable = () => invalid('Deletion of aliases is not currently supported.')

export const revisionDiffers = (api: 'GetFunction/GetAlias' | 'GetPolicy') =>
  new ApiError(
    'PreconditionFailedException',
    `The Revision Id provided does not match the latest Revision Id. Call the ${api} API to retrieve the latest Revision Id`,
    412,
  )
/** Assumed: the text, from reports of clients. */
export const codeDiffers = (given: string, is: string) =>
  invalid(
    `CodeSHA256 (${given}) is different from current CodeSHA256 in $LATEST (${is}). Please try again with the CodeSHA256 in $LATEST.`,
  )

export const noPolicy = () => notFound('No policy is associated with the given resource.')
export const noSuchPolicy = () => notFound('The resource you requested does not exist.')
export const noStatement = (id: string) => notFound(`Statement ${id} is not found in resource policy.`)
export const statementExists = (id: string) =>
  conflict(
    `The statement id (${id}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
  )
export const latestHasNoPolicy = () => invalid('We currently do not support adding policies for $LATEST.')
export const invalidPrincipal = () =>
  invalid('The provided principal was invalid. Please check the principal and try again.')
/** Assumed: the text, from reports of clients. */
export const policyTooLarge = (size: number, most: number) =>
  new ApiError(
    'PolicyLengthExceededException',
    `The final policy size (${size}) is bigger than the limit (${most}).`,
    400,
  )

/** Assumed: the texts about aliases, from reports of clients. */
export const routesLatest = () =>
  invalid('Routing to $LATEST is not supported: an alias with a RoutingConfig needs published versions.')
export const tooManyRoutes = () => invalid('Number of items in AdditionalVersionWeights cannot be greater than 1.')
export const routesItself = () =>
  invalid('Invalid function version in AdditionalVersionWeights: it is the version of the alias.')

/** Source: PutFunctionConcurrency as clients report it. */
export const tooMuchReserved = (least: number) =>
  invalid(
    `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${least}].`,
  )
export const tooManyTags = () => invalid('The number of tags exceeds the limit of 50.')
export const reservedTagKey = () => invalid('Tag keys must not start with aws:.')
export const invalidMarker = () => invalid('Invalid marker.')

export type Throttled =
  | 'ReservedFunctionConcurrentInvocationLimitExceeded'
  | 'ConcurrentInvocationLimitExceeded'
  | 'CallerRateLimitExceeded'

/** Too many at once; the caller may try again. */
export const throttled = (Reason: Throttled) =>
  new ApiError('TooManyRequestsException', 'Rate Exceeded.', 429, undefined, {
    members: { Reason },
    headers: ['Retry-After', '1'],
  })

export const payloadNotJson = () =>
  new ApiError('InvalidRequestContentException', 'Could not parse request body into json: it is not valid JSON', 400)
export const payloadTooLarge = (size: number, type: string, most: number) =>
  new ApiError(
    'RequestTooLargeException',
    `${size} byte payload is too large for the ${type} invocation type (limit ${most} bytes)`,
    413,
  )
/** Assumed: the text. */
export const clientContextInvalid = () =>
  new ApiError('InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.', 400)
/** Nothing on this machine runs it. Assumed: the text. */
export const runtimeMissing = (text: string) => new ApiError('InvalidRuntimeException', text, 502)
export const roleUnusable = () =>
  new ApiError('AccessDeniedException', 'The role defined for the function cannot be assumed by Lambda.', 403)
