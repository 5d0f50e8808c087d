import type { FunctionConfiguration, UpdateFunctionCodeRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import { changedSettings } from '../model/configuration.ts'
import type { Version } from '../model/function.ts'
import * as m from '../model/members.ts'
import { functionIn } from '../model/names.ts'
import { unsupported } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { checkRevision, latestOf, publish } from '../publishing.ts'
import { checkCodeTotal } from '../quota.ts'
import { shown } from '../shown.ts'
import { existing, functionTarget } from '../target.ts'
import { upload, uploaded } from '../uploads.ts'

/** Gives $LATEST other code. Versions that were published keep theirs. Source: API_UpdateFunctionCode; rotation.md 14. */
export const UpdateFunctionCode = operation<UpdateFunctionCodeRequest, FunctionConfiguration>()({
  name: 'UpdateFunctionCode',
  effect: 'write',
  rest: { method: 'PUT', path: '/2015-03-31/functions/{FunctionName}/code', status: 200, bodyBytes: 70_167_211 },
  input: {
    FunctionName: required(m.FunctionName),
    ZipFile: m.ZipFile,
    S3Bucket: m.S3Bucket,
    S3Key: m.S3Key,
    S3ObjectVersion: m.S3Key,
    S3ObjectStorageMode: m.AnyText,
    ImageUri: m.AnyText,
    Architectures: m.Architectures,
    Publish: m.Flag,
    PublishTo: m.PublishTo,
    DryRun: m.Flag,
    RevisionId: m.AnyText,
    SourceKMSKeyArn: m.KMSKeyArn,
  },
  errors: [
    'InvalidParameterValueException',
    'PreconditionFailedException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'CodeStorageExceededException',
    'ServiceException',
  ],
  audit: { name: 'UpdateFunctionCode20150331v2', response: ({ FunctionArn }) => ({ functionArn: FunctionArn }) },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  ahead: async (input, env, call) => upload(input, input, functionIn(input.FunctionName, undefined, call), env),
  async run(input, env, call) {
    const { functions, codes, environments, keys, random } = env
    if (input.PublishTo !== undefined) throw unsupported('PublishTo')
    const { found } = await existing(env, call, input.FunctionName, undefined, true)
    const before = await latestOf(env, found)
    checkRevision(input.RevisionId, before.revision)
    const code = uploaded(input)
    const latest: Version = {
      ...before,
      settings: changedSettings(before.settings, { Architectures: input.Architectures }),
      code: code.ref,
      revision: random.uuid(),
      modifiedAt: call.now,
    }
    if (input.DryRun === true) return shown(found, latest, environments, keys)
    await checkCodeTotal(env, found, code.ref.bytes)
    await codes.insert(found, code)
    await functions.saveVersion(found, latest)
    await codes.removeUnused(found, before.code.id)
    const version = input.Publish === true ? await publish(env, found, latest, undefined, call) : latest
    return shown(found, version, environments, keys)
  },
})
