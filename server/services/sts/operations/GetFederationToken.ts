import type { GetFederationTokenRequest, GetFederationTokenResponse } from '@aws-sdk/client-sts'
import type { Target } from '#kernel/operation'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as m from '../model/members.ts'
import { federatedUserArn, userSeconds } from '../model/role.ts'
import { sessionTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { credentialsShown } from '../recorded.ts'
import { sessionPolicies } from '../session-policies.ts'

type Federated = Answer<GetFederationTokenResponse, 'Credentials' | 'FederatedUser'>

/**
 * Temporary credentials for somebody the caller vouches for: what both the caller and the session policies allow, so without
 * session policies nothing but what a resource's policy gives by name. Sessions may not call it (`excluded`).
 * Source: API_GetFederationToken, access.md 4.
 */
export const GetFederationToken = operation<GetFederationTokenRequest, Federated>()({
  name: 'GetFederationToken',
  effect: 'read',
  input: {
    Name: required(m.FederatedName),
    Policy: m.Policy,
    PolicyArns: m.PolicyArns,
    DurationSeconds: m.Duration,
    Tags: m.Tags,
    MinimumSessionTokenSize: m.MinimumSessionTokenSize,
  },
  errors: ['MalformedPolicyDocumentException', 'PackedPolicyTooLargeException'],
  audit: {
    response: (out) => ({
      credentials: credentialsShown(out),
      federatedUser: { federatedUserId: out.FederatedUser.FederatedUserId, arn: out.FederatedUser.Arn },
      ...(out.PackedPolicySize !== undefined && { packedPolicySize: out.PackedPolicySize }),
    }),
  },
  async target({ Name, Tags }, _env, { account }) {
    const { tags } = sessionTags(Tags)
    const resource = federatedUserArn(account, Name)
    const target: Target = { resource, shown: resource, ...(tags.size > 0 && { requestTags: tags }) }
    return tags.size === 0 ? target : [target, { ...target, action: 'sts:TagSession' }]
  },
  async run(input, { identities, issue }, { caller, now }) {
    const { account, userId: principal } = caller
    const { Name: name } = input
    const { tags } = sessionTags(input.Tags)
    const seconds = userSeconds(input.DurationSeconds, caller.kind === 'root')
    const policies = await sessionPolicies(input, account, identities)
    const issued = issue({ kind: 'federated', account, principal, name, seconds, tags, ...policies }, now)
    return {
      ...issued,
      FederatedUser: { FederatedUserId: `${account}:${name}`, Arn: federatedUserArn(account, name) },
    }
  },
})
