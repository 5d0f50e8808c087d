/** Request members of the simulations, named as in AWS's reference. Source: API_SimulatePrincipalPolicy, access.md 3.4. */
import { Arn, PolicyDocument } from './members.ts'

const ResourceName = { kind: 'string', length: [1, 2048] } as const

export const SimulationPolicyList = { kind: 'list', of: PolicyDocument } as const
export const ActionNames = { kind: 'list', of: { kind: 'string', length: [3, 128] } } as const
export const ResourceArns = { kind: 'list', of: ResourceName } as const
export const ResourceOwner = ResourceName
export const CallerArn = ResourceName
export const ResourceHandlingOption = { kind: 'string', length: [1, 64] } as const
export const OrderedOrganizationPolicies = {
  kind: 'list',
  of: { kind: 'structure', members: { ServiceControlPolicyInputList: SimulationPolicyList } },
} as const

export const CONTEXT_TYPES = ['string', 'numeric', 'boolean', 'ip', 'binary', 'date'].flatMap((type) => [
  type,
  `${type}List`,
])
export const ContextEntries = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      ContextKeyName: { kind: 'string', length: [5, 256] },
      ContextKeyValues: { kind: 'list', of: { kind: 'string' } },
      ContextKeyType: { kind: 'string', oneOf: CONTEXT_TYPES },
    },
  },
} as const

/** Exactly one of its members is given; `exclusionOf` checks it. */
export const PolicyExclusionList = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: {
      PolicyType: {
        kind: 'string',
        oneOf: ['aws-managed', 'user-managed', 'inline', 'permission-boundary', 'scp', 'rcp'],
      },
      PolicyArn: Arn,
      InlinePolicyIdentifier: {
        kind: 'structure',
        members: {
          PolicyName: { kind: 'string', length: [1, 128], required: true },
          AttachmentType: { kind: 'string', oneOf: ['user', 'group', 'role'], required: true },
          AttachmentName: { kind: 'string', length: [1, 128], required: true },
        },
      },
    },
  },
} as const
