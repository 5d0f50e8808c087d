import type { ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingPolicy } from '../existing-policy.ts'
import { Arn, EntityFilter, Marker, MaxItems, PathPrefix, PolicyUsageFilter } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { ENTITY_KINDS, entityKey, type PolicyEntity } from '../policy-use.ts'
import { policyTarget } from '../target.ts'

/**
 * The users, groups and roles that a managed policy is attached to or bounds; one marker pages through all three lists.
 * `PathPrefix` is of the entities. Source: API_ListEntitiesForPolicy, access.md 3.4.
 */
export const ListEntitiesForPolicy = operation<ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse>()({
  name: 'ListEntitiesForPolicy',
  effect: 'read',
  input: { PolicyArn: required(Arn), EntityFilter, PathPrefix, PolicyUsageFilter, Marker, MaxItems },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ PolicyArn }, { policies }) => policyTarget(PolicyArn, await policies.find(PolicyArn)),
  async run(input, { policies }) {
    const policy = await existingPolicy(policies, input.PolicyArn)
    const page = pageOf(input)
    const found = await policies.entities(policy, {
      ...page,
      // The two kinds of policies are allowed as filters, and no entity is one (recorded).
      kinds: ENTITY_KINDS.filter((kind) => (input.EntityFilter?.toLowerCase() ?? kind) === kind),
      attached: input.PolicyUsageFilter !== 'PermissionsBoundary',
      bounded: input.PolicyUsageFilter !== 'PermissionsPolicy',
      prefix: input.PathPrefix ?? '/',
    })
    const { entries, tail } = paged(found, page, entityKey)
    const of = (wanted: PolicyEntity['kind']) => entries.filter(({ kind }) => kind === wanted)
    return {
      PolicyGroups: of('group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of('user').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of('role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...tail,
    }
  },
})
