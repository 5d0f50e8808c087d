import type { CreateFunctionRequest, FunctionConfiguration } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { passRole } from '../../sts/port.ts'
import { checkEnvironment, newSettings } from '../model/configuration.ts'
import type { LambdaFunction, Version } from '../model/function.ts'
import * as m from '../model/members.ts'
import { functionArn, functionIn, LATEST } from '../model/names.ts'
import { builtInFunction, functionExists } from '../model/refusals.ts'
import { checkedTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { publish } from '../publishing.ts'
import { checkCodeTotal } from '../quota.ts'
import { checkAssumable, LAMBDA } from '../roles.ts'
import { shown } from '../shown.ts'
import { functionTarget } from '../target.ts'
import { upload, uploaded } from '../uploads.ts'

type Created = Answer<FunctionConfiguration, 'FunctionArn' | 'FunctionName'>

/**
 * Makes a function of a zip; the caller must be allowed to pass the role, and the role must let Lambda in. It is ready at once.
 * Source: API_CreateFunction; rotation.md 14.
 */
export const CreateFunction = operation<CreateFunctionRequest, Created>()({
  name: 'CreateFunction',
  effect: 'write',
  rest: { method: 'POST', path: '/2015-03-31/functions', status: 201, bodyBytes: 70_167_211 },
  input: {
    FunctionName: required(m.FunctionName),
    Role: required(m.RoleArn),
    Code: required(m.Code),
    Runtime: m.Runtime,
    Handler: m.Handler,
    Description: m.Description,
    Timeout: m.Timeout,
    MemorySize: m.MemorySize,
    Publish: m.Flag,
    PublishTo: m.PublishTo,
    VpcConfig: m.VpcConfig,
    PackageType: m.PackageType,
    DeadLetterConfig: m.DeadLetterConfig,
    Environment: m.Environment,
    KMSKeyArn: m.KMSKeyArn,
    TracingConfig: m.TracingConfig,
    Tags: m.Tags,
    Layers: m.Layers,
    FileSystemConfigs: m.FileSystemConfigs,
    CodeSigningConfigArn: m.CodeSigningConfigArn,
    ImageConfig: m.ImageConfig,
    Architectures: m.Architectures,
    EphemeralStorage: m.EphemeralStorage,
    SnapStart: m.SnapStart,
    LoggingConfig: m.LoggingConfig,
    TenancyConfig: m.TenancyConfig,
    CapacityProviderConfig: m.CapacityProviderConfig,
    DurableConfig: m.DurableConfig,
  },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'CodeStorageExceededException',
    'ServiceException',
  ],
  audit: { name: 'CreateFunction20150331', response: ({ FunctionArn }) => ({ functionArn: FunctionArn }) },
  async target(input, env, call) {
    const target = await functionTarget(env, call, input.FunctionName)
    const requestTags = new Map(Object.entries(input.Tags ?? {}))
    const tagged = requestTags.size === 0 ? {} : { requestTags }
    return [{ ...target, ...tagged }, passRole(input.Role, LAMBDA, target.resource)]
  },
  ahead: async (input, env, call) => upload(input, input.Code, functionIn(input.FunctionName, undefined, call), env),
  async run(input, env, call) {
    const { functions, codes, environments, keys, builtIn, random, identities } = env
    const { account, region, name } = functionIn(input.FunctionName, undefined, call)
    if (builtIn.has(name)) throw builtInFunction(name)
    const settings = newSettings(name, input)
    const tags = checkedTags(input.Tags ?? {})
    const variables = input.Environment?.Variables
    if (variables !== undefined) checkEnvironment(variables)
    if ((await functions.find({ account, region }, name)) !== undefined) throw functionExists(name)
    await checkAssumable(
      identities(),
      settings.role,
      { account, region },
      functionArn({ account, region }, name),
      call.now,
    )
    const code = uploaded(input)
    const made: LambdaFunction = {
      account,
      region,
      name,
      id: random.uuid(),
      createdAt: call.now,
      reserved: undefined,
      tags,
      lastVersion: 0,
    }
    await checkCodeTotal(env, made, code.ref.bytes)
    if (variables === undefined) await environments.check(made, settings.kmsKeyArn, keys)
    const environment =
      variables === undefined ? undefined : await environments.seal(made, variables, settings.kmsKeyArn, keys())
    const latest: Version = {
      version: LATEST,
      settings,
      environment,
      code: code.ref,
      revision: random.uuid(),
      modifiedAt: call.now,
    }
    await functions.insert(made)
    await codes.insert(made, code)
    await functions.insertVersion(made, latest)
    const version = input.Publish === true ? await publish(env, made, latest, undefined, call) : latest
    return {
      ...(await shown(made, version, environments, keys)),
      FunctionArn: functionArn(made, name, numberOf(version)),
      FunctionName: name,
    }
  },
})

const numberOf = ({ version }: Version) => (version === LATEST ? undefined : version)
