import type { SummaryKeyType } from '@aws-sdk/client-iam'
import { MOST_INLINE, MOST_MANAGED } from '../model/document.ts'
import { operation } from '../operation.ts'
import { accountTarget } from '../target.ts'

/** Quotas that are AWS's and no settings here. Source: API_GetAccountSummary, access.md 3.2. */
const FIXED = {
  AssumeRolePolicySizeQuota: 2048,
  GroupPolicySizeQuota: MOST_INLINE.group,
  PolicySizeQuota: MOST_MANAGED,
  PolicyVersionsInUseQuota: 10_000,
  RolePolicySizeQuota: MOST_INLINE.role,
  ServerCertificatesQuota: 20,
  SigningCertificatesPerUserQuota: 2,
  UserPolicySizeQuota: MOST_INLINE.user,
  VersionsPerPolicyQuota: 5,
}

/** What cannot be here: MFA devices, certificates, and a password of the root user. */
const ABSENT = {
  AccountMFAEnabled: 0,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
  MFADevices: 0,
  MFADevicesInUse: 0,
  ServerCertificates: 0,
}

type Summary = Readonly<Record<SummaryKeyType, number>>

/** How much of everything the account has, and may have. Source: API_GetAccountSummary. */
export const GetAccountSummary = operation<object, { SummaryMap: ReadonlyMap<string, number> }>()({
  name: 'GetAccountSummary',
  effect: 'read',
  input: {},
  errors: [],
  target: async () => accountTarget(),
  async run(_input, { users, groups, roles, profiles, policies, providers, keys, limits }, { account }) {
    const summary: Summary = {
      ...FIXED,
      ...ABSENT,
      AccessKeysPerUserQuota: limits.accessKeys,
      AccountAccessKeysPresent: (await keys.count(account)) > 0 ? 1 : 0,
      AttachedPoliciesPerGroupQuota: limits.attachments,
      AttachedPoliciesPerRoleQuota: limits.attachments,
      AttachedPoliciesPerUserQuota: limits.attachments,
      // Session tokens are good in all regions.
      GlobalEndpointTokenVersion: 2,
      Groups: await groups.count(),
      GroupsPerUserQuota: limits.groupsPerUser,
      GroupsQuota: limits.groups,
      InstanceProfiles: await profiles.count(),
      InstanceProfilesQuota: limits.instanceProfiles,
      Policies: await policies.count(),
      PoliciesQuota: limits.policies,
      PolicyVersionsInUse: await policies.countAllVersions(),
      Providers: await providers.count(),
      Roles: await roles.count(),
      RolesQuota: limits.roles,
      Users: await users.count(),
      UsersQuota: limits.users,
    }
    return { SummaryMap: new Map(Object.entries(summary).sort(([a], [b]) => (a < b ? -1 : 1))) }
  },
})
