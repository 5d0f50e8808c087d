import type { AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse } from '@aws-sdk/client-sts'
import type { Call, Caller } from '#kernel/call'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import type { AssumableRole, Identities, OidcProvider } from '../../iam/port.ts'
import * as m from '../model/members.ts'
import { noProvider } from '../model/refusals.ts'
import { accountOfRole, assumedRoleArn, roleSeconds } from '../model/role.ts'
import { readClaims, type WebIdentity } from '../oidc/claims.ts'
import { type Env, operation } from '../operation.ts'
import { credentialsShown } from '../recorded.ts'
import { sessionPolicies } from '../session-policies.ts'
import { assumeTargets } from '../target.ts'

type Assumed = Answer<
  AssumeRoleWithWebIdentityResponse,
  'Credentials' | 'AssumedRoleUser' | 'SubjectFromWebIdentityToken' | 'Provider' | 'Audience'
>

/**
 * Temporary credentials of a role for the holder of a token, by which an identity provider that the role's account has registered
 * says who that is. The request has no signature; the token proves it. Source: API_AssumeRoleWithWebIdentity, access.md 4.2.
 */
export const AssumeRoleWithWebIdentity = operation<AssumeRoleWithWebIdentityRequest, Assumed>()({
  name: 'AssumeRoleWithWebIdentity',
  effect: 'read',
  unsigned: true,
  input: {
    RoleArn: required(m.Arn),
    RoleSessionName: required(m.RoleSessionName),
    WebIdentityToken: required(m.WebIdentityToken),
    ProviderId: m.ProviderId,
    PolicyArns: m.PolicyArns,
    Policy: m.Policy,
    DurationSeconds: m.RoleDuration,
    MinimumSessionTokenSize: m.MinimumSessionTokenSize,
  },
  errors: [
    'ExpiredTokenException',
    'IDPCommunicationErrorException',
    'InvalidIdentityTokenException',
    'MalformedPolicyDocumentException',
    'PackedPolicyTooLargeException',
  ],
  audit: {
    response: (out) => ({
      credentials: credentialsShown(out),
      subjectFromWebIdentityToken: out.SubjectFromWebIdentityToken,
      assumedRoleUser: { assumedRoleId: out.AssumedRoleUser.AssumedRoleId, arn: out.AssumedRoleUser.Arn },
      provider: out.Provider,
      audience: out.Audience,
      ...(out.PackedPolicySize !== undefined && { packedPolicySize: out.PackedPolicySize }),
      ...(out.SourceIdentity !== undefined && { sourceIdentity: out.SourceIdentity }),
    }),
    resources: ({ RoleArn }) => [{ accountId: RoleArn.split(':')[4] ?? '', type: 'AWS::IAM::Role', ARN: RoleArn }],
  },
  async target(input, env, call) {
    const { RoleArn: roleArn, RoleSessionName: sessionName } = input
    const account = accountOfRole(roleArn)
    const { identity, provider } = await identified(input, account, env)
    const role = await env.identities.role(roleArn)
    const { session, sourceIdentity } = identity
    const caller = callerOf(identity, provider, account, call)
    const asked = { roleArn, account, sessionName, sourceIdentity, ...session }
    return assumeTargets(asked, role).map((target) => ({ ...target, caller }))
  },
  async run(input, env, { now }) {
    const { identities, issue } = env
    const role = await roleOf(input.RoleArn, identities)
    const { identity, provider, issuer } = await identified(input, role.account, env)
    const { sourceIdentity, session } = identity
    const { account, id } = role
    const seconds = roleSeconds(input.DurationSeconds, role.maxSession, false)
    const policies = await sessionPolicies(input, account, identities)
    const name = input.RoleSessionName
    const issued = issue(
      {
        ...{ kind: 'role', account, principal: id, name, seconds, sourceIdentity, provider: provider.arn },
        ...session,
        ...policies,
      },
      now,
    )
    return {
      ...issued,
      SubjectFromWebIdentityToken: identity.subject,
      AssumedRoleUser: { AssumedRoleId: `${id}:${name}`, Arn: assumedRoleArn(account, role.name, name) },
      Provider: issuer,
      Audience: identity.audience,
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    }
  },
})

interface Identified {
  readonly identity: WebIdentity
  readonly provider: OidcProvider
  readonly issuer: string
}

/** Who the token says that somebody is, by the provider as it is registered now. */
async function identified(input: object, account: string, { identities, web }: Env): Promise<Identified> {
  const { token, url } = web.of(input)
  const provider = await identities.provider(account, url)
  if (provider === undefined) throw noProvider(token.issuer)
  return { identity: readClaims(token, url, provider.clientIds), provider, issuer: token.issuer }
}

async function roleOf(arn: string, identities: Pick<Identities, 'role'>): Promise<AssumableRole> {
  const role = await identities.role(arn)
  if (role === undefined) throw new Error(`${arn} was allowed and is not there`)
  return role
}

/** The holder of the token, who is nobody in IAM. */
function callerOf(identity: WebIdentity, provider: OidcProvider, account: string, { now }: Call): Caller {
  const { subject, audience, keys } = identity
  const userId = `${provider.arn}:${audience}:${subject}`
  return {
    kind: 'web',
    account,
    arn: '',
    principalArn: '',
    userId,
    userName: subject,
    accessKeyId: '',
    tags: new Map(),
    session: {
      issuedAt: now,
      expiresAt: now,
      issuer: { type: 'Role', principalId: userId, arn: provider.arn, accountId: account },
      provider: provider.arn,
    },
    claims: keys,
    policies: [],
  }
}
