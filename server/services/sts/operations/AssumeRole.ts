import type { AssumeRoleRequest, AssumeRoleResponse } from '@aws-sdk/client-sts'
import type { Caller } from '#kernel/call'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { refuseSecondFactor } from '../mfa.ts'
import * as m from '../model/members.ts'
import { denied, invalid, rootMayNot } from '../model/refusals.ts'
import { accountOfRole, assumedRoleArn, roleSeconds } from '../model/role.ts'
import { inheritedTags, sessionTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { credentialsShown, requestShown } from '../recorded.ts'
import { sessionPolicies } from '../session-policies.ts'
import { type Asked, assumeTargets } from '../target.ts'

type Assumed = Answer<AssumeRoleResponse, 'Credentials' | 'AssumedRoleUser'>

const input = {
  RoleArn: required(m.Arn),
  RoleSessionName: required(m.RoleSessionName),
  PolicyArns: m.PolicyArns,
  Policy: m.Policy,
  DurationSeconds: m.RoleDuration,
  Tags: m.Tags,
  TransitiveTagKeys: m.TransitiveTagKeys,
  ExternalId: m.ExternalId,
  SerialNumber: m.SerialNumber,
  TokenCode: m.TokenCode,
  SourceIdentity: m.SourceIdentity,
  ProvidedContexts: m.ProvidedContexts,
  MinimumSessionTokenSize: m.MinimumSessionTokenSize,
} as const

/**
 * Temporary credentials of a role for whom its trust policy lets. A role that is not there and one that does not trust the
 * caller are refused alike. Source: API_AssumeRole, access.md 4.1.
 */
export const AssumeRole = operation<AssumeRoleRequest, Assumed>()({
  name: 'AssumeRole',
  effect: 'read',
  input,
  errors: ['MalformedPolicyDocumentException', 'PackedPolicyTooLargeException'],
  audit: {
    request: requestShown(input, ['TokenCode']),
    response: (out) => ({
      credentials: credentialsShown(out),
      assumedRoleUser: { assumedRoleId: out.AssumedRoleUser.AssumedRoleId, arn: out.AssumedRoleUser.Arn },
      ...(out.PackedPolicySize !== undefined && { packedPolicySize: out.PackedPolicySize }),
      ...(out.SourceIdentity !== undefined && { sourceIdentity: out.SourceIdentity }),
    }),
    resources: ({ RoleArn }) => [{ accountId: RoleArn.split(':')[4] ?? '', type: 'AWS::IAM::Role', ARN: RoleArn }],
  },
  async target(input, { identities }, { caller }) {
    if (caller.kind === 'root') throw rootMayNot()
    const asked = askedOf(input, caller)
    return assumeTargets(asked, await identities.role(input.RoleArn))
  },
  async run(input, { identities, issue }, { caller, now }) {
    refuseSecondFactor(input)
    // Assumed: contexts come from an identity centre, which is not here.
    if ((input.ProvidedContexts ?? []).length > 0) throw invalid('ProvidedContexts are not supported.')
    const role = await identities.role(input.RoleArn)
    if (role === undefined) throw new Error(`${input.RoleArn} was allowed and is not there`)
    const { tags, transitive, sourceIdentity, sessionName: name } = askedOf(input, caller)
    const seconds = roleSeconds(input.DurationSeconds, role.maxSession, caller.kind === 'role')
    const policies = await sessionPolicies(input, role.account, identities)
    const { account, id } = role
    const issued = issue(
      { kind: 'role', account, principal: id, name, seconds, tags, transitive, sourceIdentity, ...policies },
      now,
    )
    return {
      ...issued,
      AssumedRoleUser: { AssumedRoleId: `${id}:${name}`, Arn: assumedRoleArn(account, role.name, name) },
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    }
  },
})

type Input = Pick<
  AssumeRoleRequest,
  'RoleArn' | 'RoleSessionName' | 'Tags' | 'TransitiveTagKeys' | 'ExternalId' | 'SourceIdentity'
>

/** What is asked for, with what the caller's own session passes on. Throws what is wrong with the request alone. */
function askedOf(input: { readonly [K in keyof Input]: Input[K] }, { tags, session }: Caller): Asked {
  const { RoleArn = '', RoleSessionName = '' } = input
  const inherited = inheritedTags(tags, session?.transitive)
  const kept = session?.sourceIdentity
  // Assumed: code and text; AWS says that it cannot be changed.
  if (kept !== undefined && input.SourceIdentity !== undefined && input.SourceIdentity !== kept) {
    throw denied('The source identity of the calling session cannot be changed.')
  }
  return {
    roleArn: RoleArn,
    account: accountOfRole(RoleArn),
    sessionName: RoleSessionName,
    externalId: input.ExternalId,
    sourceIdentity: input.SourceIdentity ?? kept,
    ...sessionTags(input.Tags, input.TransitiveTagKeys, inherited),
  }
}
