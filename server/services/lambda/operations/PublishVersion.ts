import type { FunctionConfiguration, PublishVersionRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import * as m from '../model/members.ts'
import { codeDiffers, unsupported } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { checkRevision, latestOf, publish } from '../publishing.ts'
import { shown } from '../shown.ts'
import { existing, functionTarget } from '../target.ts'

/** Keeps $LATEST as it is now under the next number. Source: API_PublishVersion; rotation.md 14. */
export const PublishVersion = operation<PublishVersionRequest, FunctionConfiguration>()({
  name: 'PublishVersion',
  effect: 'write',
  rest: { method: 'POST', path: '/2015-03-31/functions/{FunctionName}/versions', status: 201 },
  input: {
    FunctionName: required(m.FunctionName),
    CodeSha256: m.AnyText,
    Description: m.Description,
    RevisionId: m.AnyText,
    PublishTo: m.PublishTo,
  },
  errors: [
    'InvalidParameterValueException',
    'PreconditionFailedException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'PublishVersion20150331', response: ({ FunctionArn }) => ({ functionArn: FunctionArn }) },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run(input, env, call) {
    if (input.PublishTo !== undefined) throw unsupported('PublishTo')
    const { found } = await existing(env, call, input.FunctionName, undefined, true)
    const latest = await latestOf(env, found)
    checkRevision(input.RevisionId, latest.revision)
    if (input.CodeSha256 && input.CodeSha256 !== latest.code.sha256)
      throw codeDiffers(input.CodeSha256, latest.code.sha256)
    const version = await publish(env, found, latest, input.Description || undefined, call)
    return shown(found, version, env.environments, env.keys)
  },
})
