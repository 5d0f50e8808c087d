import type { UnlabelParameterVersionRequest, UnlabelParameterVersionResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { labelTarget, versionToLabel } from '../labels.ts'
import { unlabelling } from '../model/labels.ts'
import * as members from '../model/members.ts'
import { nameToFind } from '../model/name.ts'
import { operation } from '../operation.ts'
import { ownResources } from '../recorded.ts'

type Unlabelled = Answer<UnlabelParameterVersionResult, 'RemovedLabels' | 'InvalidLabels'>

/**
 * Takes labels off a version. Labels that are not on it are told, whatever their form. Source: API_UnlabelParameterVersion;
 * parameterstore.md 7.9.
 */
export const UnlabelParameterVersion = operation<UnlabelParameterVersionRequest, Unlabelled>()({
  name: 'UnlabelParameterVersion',
  effect: 'write',
  input: {
    Name: required(members.PSParameterName),
    ParameterVersion: required(members.PSParameterVersion),
    Labels: required(members.ParameterLabelList),
  },
  errors: ['InternalServerError', 'ParameterNotFound', 'ParameterVersionNotFound', 'TooManyUpdates'],
  audit: {
    resources: ({ Name }, _, call) => ownResources([nameToFind(Name).key], call),
    response: ({ RemovedLabels, InvalidLabels }) => ({ removedLabels: RemovedLabels, invalidLabels: InvalidLabels }),
  },
  target: labelTarget,
  async run({ Name, ParameterVersion, Labels }, env) {
    const { parameter, version, labels } = await versionToLabel(nameToFind(Name), ParameterVersion, env)
    const { removed, invalid } = unlabelling(labels, version, Labels)
    for (const label of removed) await env.parameters.removeLabel(parameter, label)
    return { RemovedLabels: removed, InvalidLabels: invalid }
  },
})
