/** Request members of IAM with their constraints, named as in AWS's reference. Source: access.md 3, API_* of IAM. */

const NAME = '[\\w+=,.@-]+'

/** `userNameType`: of a user that is made or renamed. */
export const NewUserName = { kind: 'string', length: [1, 64], pattern: NAME } as const
/** `existingUserNameType`. */
export const UserName = { kind: 'string', length: [1, 128], pattern: NAME } as const
/** `groupNameType`, of new and existing groups. */
export const GroupName = { kind: 'string', length: [1, 128], pattern: NAME } as const
export const InstanceProfileName = { kind: 'string', length: [1, 128], pattern: NAME } as const
/** `roleNameType`. */
export const RoleName = { kind: 'string', length: [1, 64], pattern: NAME } as const
/** The principal of a service: `elasticache.amazonaws.com`. */
export const AWSServiceName = { kind: 'string', length: [1, 128], pattern: NAME } as const
export const CustomSuffix = { kind: 'string', length: [1, 64], pattern: NAME } as const
export const DeletionTaskId = { kind: 'string', length: [1, 1000] } as const
export const PolicyName = { kind: 'string', length: [1, 128], pattern: NAME } as const
/** Characters are checked by `pathOf`, with IAM's own text. */
export const Path = { kind: 'string', length: [1, 512] } as const
export const PathPrefix = { kind: 'string', length: [1, 512], pattern: '\\u002F[\\u0021-\\u007F]*' } as const
export const PolicyDocument = {
  kind: 'string',
  length: [1, 131072],
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
} as const
export const PolicyDescription = { kind: 'string', length: [0, 1000] } as const
export const Arn = { kind: 'string', length: [20, 2048] } as const
export const VersionId = { kind: 'string', pattern: 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?' } as const
export const AccessKeyId = { kind: 'string', length: [16, 128], pattern: '[\\w]+' } as const
export const Status = { kind: 'string', oneOf: ['Active', 'Inactive'] } as const
export const Marker = { kind: 'string', length: [1, 320], pattern: '[\\u0020-\\u00FF]+' } as const
export const MaxItems = { kind: 'integer', range: [1, 1000] } as const
export const PolicyScope = { kind: 'string', oneOf: ['All', 'AWS', 'Local'] } as const
export const PolicyUsageFilter = { kind: 'string', oneOf: ['PermissionsPolicy', 'PermissionsBoundary'] } as const
export const OnlyAttached = { kind: 'boolean' } as const
export const SetAsDefault = { kind: 'boolean' } as const
export const EntityFilter = {
  kind: 'string',
  oneOf: ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'],
} as const

/** Characters are checked by `tagsOf`. */
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

/** Characters are checked by `remainingTags`. */
export const TagKeys = { kind: 'list', of: { kind: 'string', length: [1, 128] }, length: [0, 50] } as const

export const RoleDescription = {
  kind: 'string',
  length: [0, 1000],
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*',
} as const
/** Seconds. */
export const MaxSessionDuration = { kind: 'integer', range: [3600, 43200] } as const

export const Password = {
  kind: 'string',
  length: [1, 128],
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
  sensitive: true,
} as const
export const Flag = { kind: 'boolean' } as const
export const MinimumPasswordLength = { kind: 'integer', range: [6, 128] } as const
/** Days. */
export const MaxPasswordAge = { kind: 'integer', range: [1, 1095] } as const
export const PasswordReusePrevention = { kind: 'integer', range: [1, 24] } as const

/** Of service-specific credentials. */
export const ServiceName = { kind: 'string' } as const
export const AllUsers = { kind: 'boolean' } as const
export const AssignmentStatus = { kind: 'string', oneOf: ['Assigned', 'Unassigned', 'Any'] } as const

/** Its form is checked by `providerUrl`. */
export const ProviderUrl = { kind: 'string', length: [1, 255] } as const
export const ClientID = { kind: 'string', length: [1, 255] } as const
/** How many is checked by `clientIds`, with IAM's own text. */
export const ClientIDList = { kind: 'list', of: ClientID } as const
/** How many, and which characters, is checked by `thumbprintsOf`. */
export const ThumbprintList = { kind: 'list', of: { kind: 'string', length: [40, 40] } } as const

export const AccountAlias = {
  kind: 'string',
  length: [3, 63],
  pattern: '[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]',
} as const
export const EntityTypes = {
  kind: 'list',
  of: { kind: 'string', oneOf: ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] },
} as const
