/** Request members of STS with their constraints, named as in AWS's reference. Source: access.md 4, API_* of STS. */

const NAME = '[\\w+=,.@-]*'

/** Characters are looked at where the ARN is read. */
export const Arn = { kind: 'string', length: [20, 2048] } as const
export const RoleSessionName = { kind: 'string', length: [2, 64], pattern: NAME } as const
export const SourceIdentity = { kind: 'string', length: [2, 64], pattern: NAME } as const
/** `userNameType`: of a federated user. */
export const FederatedName = { kind: 'string', length: [2, 32], pattern: NAME } as const
export const ExternalId = { kind: 'string', length: [2, 1224], pattern: '[\\w+=,.@:\\/-]*' } as const
/** `sessionPolicyDocumentType`. */
export const Policy = {
  kind: 'string',
  length: [1, 2048],
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
} as const
export const PolicyArns = {
  kind: 'list',
  of: { kind: 'structure', members: { arn: Arn } },
  length: [0, 10],
} as const
/** `roleDurationSecondsType`. */
export const RoleDuration = { kind: 'integer', range: [900, 43200] } as const
/** `durationSecondsType`: of GetSessionToken and GetFederationToken. */
export const Duration = { kind: 'integer', range: [900, 129600] } as const
/** Characters are checked by `sessionTags`. */
const TagKey = { kind: 'string', length: [1, 128] } as const
export const Tags = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      Key: { kind: 'string', length: [1, 128], required: true },
      Value: { kind: 'string', length: [0, 256], required: true },
    },
  },
  length: [0, 50],
} as const
export const TransitiveTagKeys = { kind: 'list', of: TagKey, length: [0, 50] } as const
export const SerialNumber = { kind: 'string', length: [9, 256], pattern: '[\\w+=/:,.@-]*' } as const
export const TokenCode = { kind: 'string', length: [6, 6], pattern: '[\\d]*' } as const
export const ProvidedContexts = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: { ProviderArn: Arn, ContextAssertion: { kind: 'string', length: [4, 2048] } },
  },
  length: [0, 5],
} as const
/** Taken, and nothing done about it. Assumed: it lets programs try out longer tokens, and AWS allows none to rely on it. */
export const MinimumSessionTokenSize = { kind: 'integer', range: [0, 4096] } as const
/** `clientTokenType`. */
export const WebIdentityToken = { kind: 'string', length: [4, 20000], sensitive: true } as const
/** For OAuth 2.0 providers of old: not looked at. */
export const ProviderId = { kind: 'string', length: [4, 2048] } as const
export const EncodedMessage = { kind: 'string', length: [1, 10240] } as const
/** `accessKeyIdType`. */
export const AccessKeyId = { kind: 'string', length: [16, 128], pattern: '[\\w]*' } as const
