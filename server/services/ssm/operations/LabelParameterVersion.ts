import type { LabelParameterVersionRequest, LabelParameterVersionResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { changed } from '../model/change.ts'
import { labelling } from '../model/labels.ts'
import * as members from '../model/members.ts'
import { nameToFind } from '../model/name.ts'
import { operation } from '../operation.ts'
import { ownResources } from '../recorded.ts'
import { labelTarget, versionToLabel } from '../labels.ts'

type Labelled = Answer<LabelParameterVersionResult, 'InvalidLabels' | 'ParameterVersion'>

/**
 * Puts labels on a version, the newest unless another is named; a label that is on another version moves. Labels that are none are
 * told, and the others put. Source: API_LabelParameterVersion; parameterstore.md 4.3, 7.8.
 */
export const LabelParameterVersion = operation<LabelParameterVersionRequest, Labelled>()({
  name: 'LabelParameterVersion',
  effect: 'write',
  input: {
    Name: required(members.PSParameterName),
    ParameterVersion: members.PSParameterVersion,
    Labels: required(members.ParameterLabelList),
  },
  errors: [
    'InternalServerError',
    'ParameterNotFound',
    'ParameterVersionLabelLimitExceeded',
    'ParameterVersionNotFound',
    'TooManyUpdates',
  ],
  audit: {
    resources: ({ Name }, _, call) => ownResources([nameToFind(Name).key], call),
    response: ({ InvalidLabels, ParameterVersion }) => ({
      invalidLabels: InvalidLabels,
      parameterVersion: ParameterVersion,
    }),
  },
  target: labelTarget,
  async run({ Name, ParameterVersion, Labels }, env) {
    const { parameter, newest, version, labels } = await versionToLabel(nameToFind(Name), ParameterVersion, env)
    const { moves, invalid } = labelling(labels, version, Labels)
    for (const { label, from } of moves) {
      await env.parameters.putLabel(parameter, label, version)
      await env.events(
        changed('LabelParameterVersion', parameter, newest, { label, fromVersion: from, toVersion: version }),
      )
    }
    return { InvalidLabels: invalid, ParameterVersion: version }
  },
})
