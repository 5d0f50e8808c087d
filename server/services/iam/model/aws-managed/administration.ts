import { of, permitting, written } from './policy.ts'

/** Policies for those who administer an account. Facts: AWS managed policy reference; documents are our own. */
export const administration = [
  written('AdministratorAccess', 'ADMINISTRATORA', 'Everything, on everything.', [
    { Effect: 'Allow', Action: '*', Resource: '*' },
  ]),
  written('PowerUserAccess', 'POWERUSERACCES', 'Everything but users, groups, roles and the organization.', [
    { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: [
        ...of('account', 'GetAccountInformation', 'GetPrimaryEmail', 'ListRegions'),
        ...of('iam', 'CreateServiceLinkedRole', 'DeleteServiceLinkedRole', 'ListRoles'),
        'organizations:DescribeOrganization',
      ],
      Resource: '*',
    },
  ]),
  permitting('IAMFullAccess', 'IAMFULLACCESSX', 'Everything in IAM.', [
    {
      allow: [
        'iam:*',
        ...of('organizations', 'DescribeAccount', 'DescribeOrganization', 'DescribeOrganizationalUnit'),
        ...of('organizations', 'DescribePolicy', 'ListChildren', 'ListParents', 'ListPolicies'),
        ...of('organizations', 'ListPoliciesForTarget', 'ListRoots', 'ListTargetsForPolicy'),
      ],
    },
  ]),
  permitting('IAMReadOnlyAccess', 'IAMREADONLYACC', 'Looks at everything in IAM and simulates policies.', [
    {
      allow: of(
        'iam',
        'GenerateCredentialReport',
        'GenerateServiceLastAccessedDetails',
        'Get*',
        'List*',
        'SimulateCustomPolicy',
        'SimulatePrincipalPolicy',
      ),
    },
  ]),
  permitting('IAMUserChangePassword', 'IAMUSERCHANGEP', 'Users change their own password.', [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the policy language
    { allow: 'iam:ChangePassword', on: 'arn:aws:iam::*:user/${aws:username}' },
    { allow: 'iam:GetAccountPasswordPolicy' },
  ]),
  permitting('AWSKeyManagementServicePowerUser', 'KMSPOWERUSERXX', 'Makes and lists KMS keys; uses none.', [
    {
      allow: [
        ...of('kms', 'CreateAlias', 'CreateKey', 'DeleteAlias', 'Describe*', 'GenerateRandom', 'Get*', 'List*'),
        ...of('kms', 'TagResource', 'UntagResource'),
        ...of('iam', 'ListGroups', 'ListRoles', 'ListUsers'),
      ],
    },
  ]),
]
