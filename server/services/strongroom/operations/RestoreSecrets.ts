import { required } from '#kernel/shape'
import { members } from '../../secretsmanager/port.ts'
import { Moment, Prefix, RestoreResults } from '../model/members.ts'
import { operation } from '../operation.ts'
import type { RestoreSecretsRequest, RestoreSecretsResponse } from '../wire.ts'

/** Secrets of a plan: few, since they are changed in one unit of work. */
const SecretsToRestore = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: { SecretId: members.SecretId, PlanToken: { kind: 'string', length: [1, 4096] } },
  },
  length: [1, 50],
} as const

/**
 * Brings the secrets under a prefix back to how they were at a time: value, labels, description, tags, key, policy, and whether they
 * are deleted. With DryRun it lists what that would change. Needs permission under the prefix, ListSecrets unless it names the secrets,
 * and for each secret its own and those of AWS's operations that the same would need; a secret whose change is refused is listed with why, and stops no other.
 */
export const RestoreSecrets = operation<RestoreSecretsRequest, RestoreSecretsResponse>()({
  name: 'RestoreSecrets',
  effect: 'write',
  effectOf: ({ DryRun }) => (DryRun ? 'read' : 'write'),
  input: {
    Prefix: required(Prefix),
    AsOf: required(Moment),
    DryRun: required(members.Flag),
    DeleteCreated: members.Flag,
    Secrets: SecretsToRestore,
    MaxResults: RestoreResults,
    NextToken: members.NextToken,
  },
  errors: ['InvalidParameterException', 'InvalidNextTokenException', 'InternalServiceError'],
  audit: {
    response: ({ Secrets, Unchanged, NotPermitted }) => ({
      secrets: Secrets.map(({ ARN, Status }) => ({ arn: ARN, status: Status })),
      unchanged: Unchanged,
      notPermitted: NotPermitted,
    }),
  },
  target: async ({ Prefix: prefix, Secrets }, { secrets }) => secrets.targetsUnder(prefix, Secrets !== undefined),
  run: (input, { secrets }) => secrets.restore(input),
})
