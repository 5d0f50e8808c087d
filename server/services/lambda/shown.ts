import type { EnvironmentResponse, FunctionConfiguration } from '@aws-sdk/client-lambda'
import { ApiError } from '#kernel/error'
import type { Keys } from '../kms/port.ts'
import type { BuiltInSettings } from './built-in.ts'
import type { Environments } from './environments.ts'
import { shownSettings, shownTime } from './model/configuration.ts'
import type { LambdaFunction, Version } from './model/function.ts'
import { type Cell, functionArn, LATEST } from './model/names.ts'

/** A version as answers show it. `qualifier`: how it was asked for. */
export async function shown(
  of: LambdaFunction,
  version: Version,
  environments: Environments,
  keys: (() => Keys) | undefined,
  qualifier: string | undefined = version.version === LATEST ? undefined : version.version,
): Promise<FunctionConfiguration> {
  const environment = await shownEnvironment(of, version, environments, keys)
  return {
    FunctionName: of.name,
    FunctionArn: functionArn(of, of.name, qualifier),
    ...shownSettings(version.settings, of.region),
    CodeSize: version.code.bytes,
    CodeSha256: version.code.sha256,
    LastModified: shownTime(version.modifiedAt),
    Version: version.version,
    ...(environment === undefined ? {} : { Environment: environment }),
    RevisionId: version.revision,
    // Nothing has to be made ready first: AWS allows to say so at once.
    State: 'Active',
    LastUpdateStatus: 'Successful',
  }
}

/** The variables in clear, for whoever may decrypt them; in lists nobody is asked for keys of KMS. */
async function shownEnvironment(
  of: LambdaFunction,
  { environment }: Version,
  environments: Environments,
  keys: (() => Keys) | undefined,
): Promise<EnvironmentResponse | undefined> {
  if (environment === undefined) return undefined
  if (environment.kmsKeyArn !== undefined && keys === undefined) {
    return {
      Error: {
        ErrorCode: 'AccessDeniedException',
        Message: 'Lambda was unable to decrypt your environment variables.',
      },
    }
  }
  try {
    const variables = await environments.open(of, environment, keys ?? noKeys)
    return { Variables: Object.fromEntries(Array.from(variables, ([name, value]) => [name, value.reveal()])) }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return { Error: { ErrorCode: error.code, Message: error.message } }
  }
}

const noKeys = (): Keys => {
  throw new Error('an environment without a key of KMS asked for one')
}

/** The revision of a built-in function for which nothing was set. */
export const NO_REVISION = '00000000-0000-4000-8000-000000000000'

/** A function that is built in, as people and tools find it. AWS has none. */
export function shownBuiltIn(cell: Cell, name: string, set?: BuiltInSettings): FunctionConfiguration {
  const settings = {
    runtime: 'provided.al2023',
    role: `arn:aws:iam::${cell.account}:role/aws-service-role/rotation.secretsmanager.amazonaws.com/AWSServiceRoleForSecretsManagerRotation`,
    handler: name,
    description: 'Rotation function that is built into Strongroom',
    timeout: 120,
    memorySize: 128,
    ephemeralMb: 512,
    architecture: 'x86_64',
    kmsKeyArn: undefined,
    tracing: 'PassThrough',
    logGroup: `/aws/lambda/${name}`,
    vpc: undefined,
  }
  return {
    FunctionName: name,
    FunctionArn: functionArn(cell, name),
    ...shownSettings(settings, cell.region),
    CodeSize: 0,
    CodeSha256: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    LastModified: shownTime(set?.modifiedAt ?? 0),
    Version: LATEST,
    ...(set === undefined ? {} : { Environment: { Variables: { ...set.variables } } }),
    RevisionId: set?.revision ?? NO_REVISION,
    State: 'Active',
    LastUpdateStatus: 'Successful',
  }
}
