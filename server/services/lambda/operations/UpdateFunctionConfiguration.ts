import type { FunctionConfiguration, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda'
import type { Call } from '#kernel/call'
import { required } from '#kernel/shape'
import { passRole } from '../../sts/port.ts'
import { changedSettings, checkEnvironment } from '../model/configuration.ts'
import type { LambdaFunction, SealedEnvironment, Version } from '../model/function.ts'
import * as m from '../model/members.ts'
import { type FunctionId, functionArn, functionIn, LATEST } from '../model/names.ts'
import { builtInFunction, invalid } from '../model/refusals.ts'
import { type Env, operation } from '../operation.ts'
import { checkRevision, latestOf } from '../publishing.ts'
import { checkAssumable, LAMBDA } from '../roles.ts'
import { NO_REVISION, shown, shownBuiltIn } from '../shown.ts'
import { existing, functionTarget } from '../target.ts'

/**
 * Changes how $LATEST is run; what is not said stays, an environment is replaced as a whole. Source:
 * API_UpdateFunctionConfiguration; rotation.md 14.
 */
export const UpdateFunctionConfiguration = operation<UpdateFunctionConfigurationRequest, FunctionConfiguration>()({
  name: 'UpdateFunctionConfiguration',
  effect: 'write',
  rest: { method: 'PUT', path: '/2015-03-31/functions/{FunctionName}/configuration', status: 200 },
  input: {
    FunctionName: required(m.FunctionName),
    Role: m.RoleArn,
    Handler: m.Handler,
    Description: m.Description,
    Timeout: m.Timeout,
    MemorySize: m.MemorySize,
    VpcConfig: m.VpcConfig,
    Environment: m.Environment,
    Runtime: m.Runtime,
    DeadLetterConfig: m.DeadLetterConfig,
    KMSKeyArn: m.KMSKeyArn,
    TracingConfig: m.TracingConfig,
    RevisionId: m.AnyText,
    Layers: m.Layers,
    FileSystemConfigs: m.FileSystemConfigs,
    ImageConfig: m.ImageConfig,
    EphemeralStorage: m.EphemeralStorage,
    SnapStart: m.SnapStart,
    LoggingConfig: m.LoggingConfig,
    CapacityProviderConfig: m.CapacityProviderConfig,
    DurableConfig: m.DurableConfig,
  },
  errors: [
    'InvalidParameterValueException',
    'PreconditionFailedException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'KMSAccessDeniedException',
    'KMSDisabledException',
    'KMSInvalidStateException',
    'KMSNotFoundException',
    'ServiceException',
  ],
  audit: {
    name: 'UpdateFunctionConfiguration20150331v2',
    response: ({ FunctionArn }) => ({ functionArn: FunctionArn }),
  },
  async target(input, env, call) {
    const target = await functionTarget(env, call, input.FunctionName, undefined, false)
    return input.Role === undefined ? target : [target, passRole(input.Role, LAMBDA, target.resource)]
  },
  async run(input, env, call) {
    const { functions, environments, keys, random, identities } = env
    const asked = functionIn(input.FunctionName, undefined, call)
    if (env.builtIn.has(asked.name)) return changedBuiltIn(asked, input, env, call)
    const { found } = await existing(env, call, input.FunctionName, undefined, true)
    const before = await latestOf(env, found)
    checkRevision(input.RevisionId, before.revision)
    const settings = changedSettings(before.settings, input)
    if (input.Role !== undefined) {
      await checkAssumable(identities(), input.Role, found, functionArn(found, found.name), call.now)
    }
    if (input.Environment === undefined && before.environment === undefined && input.KMSKeyArn !== undefined)
      await environments.check(found, settings.kmsKeyArn, keys)
    const environment = await changedEnvironment(env, found, before, input.Environment, settings.kmsKeyArn)
    const latest: Version = { ...before, settings, environment, revision: random.uuid(), modifiedAt: call.now }
    await functions.saveVersion(found, latest)
    return shown(found, latest, environments, keys)
  },
})

/**
 * Of a function that is built in, which AWS does not have, an account changes the environment and nothing else: the policy of its
 * passwords.
 */
async function changedBuiltIn(
  asked: FunctionId,
  { FunctionName, Environment, RevisionId, ...others }: UpdateFunctionConfigurationRequest,
  { builtIn, builtInFunctions, random }: Env,
  { now }: Call,
): Promise<FunctionConfiguration> {
  const { name } = asked
  const known = asked.qualifier === undefined || asked.qualifier === LATEST
  if (!known || Environment === undefined || Object.values(others).some((one) => one !== undefined))
    throw builtInFunction(name)
  const before = await builtInFunctions.find(asked, name)
  checkRevision(RevisionId, before?.revision ?? NO_REVISION)
  const variables = Environment.Variables ?? {}
  checkEnvironment(variables)
  const wrong = builtIn.refusalOf === undefined ? 'is not taken' : builtIn.refusalOf(new Map(Object.entries(variables)))
  if (wrong !== undefined) throw invalid(`The environment of a built-in function: ${wrong}.`)
  const set = { variables, revision: random.uuid(), modifiedAt: now }
  await builtInFunctions.save(asked, name, set)
  return shownBuiltIn(asked, name, set)
}

/** The environment after the change: another one, or the same under another key. */
async function changedEnvironment(
  { environments, keys }: Pick<Env, 'environments' | 'keys'>,
  found: LambdaFunction,
  { environment: before }: Version,
  given: { readonly Variables?: Readonly<Record<string, string>> | undefined } | undefined,
  kmsKeyArn: string | undefined,
): Promise<SealedEnvironment | undefined> {
  if (given !== undefined) {
    const variables = given.Variables ?? {}
    checkEnvironment(variables)
    return environments.seal(found, variables, kmsKeyArn, keys())
  }
  if (before === undefined || before.kmsKeyArn === kmsKeyArn) return before
  const variables = await environments.open(found, before, keys)
  const clear = Object.fromEntries(Array.from(variables, ([name, value]) => [name, value.reveal()]))
  return environments.seal(found, clear, kmsKeyArn, keys())
}
