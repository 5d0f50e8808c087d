import { of, permitting } from './policy.ts'

/** Policies for secrets and parameters. Facts: AWS managed policy reference; documents are our own. */
export const secrets = [
  permitting(
    'SecretsManagerReadWrite',
    'SECRETSMANAGER',
    'Everything with secrets, and what setting up rotation needs.',
    [
      {
        allow: [
          'secretsmanager:*',
          ...of('cloudformation', 'CreateChangeSet', 'DescribeChangeSet', 'DescribeStackResource', 'DescribeStacks'),
          'cloudformation:ExecuteChangeSet',
          ...of('docdb-elastic', 'GetCluster', 'ListClusters'),
          ...of('ec2', 'DescribeSecurityGroups', 'DescribeSubnets', 'DescribeVpcs'),
          ...of('kms', 'DescribeKey', 'ListAliases', 'ListKeys'),
          'lambda:ListFunctions',
          ...of('rds', 'DescribeDBClusters', 'DescribeDBInstances'),
          'redshift:DescribeClusters',
          ...of('redshift-serverless', 'GetNamespace', 'ListWorkgroups'),
          'tag:GetResources',
        ],
      },
      {
        allow: of(
          'lambda',
          'AddPermission',
          'CreateFunction',
          'GetFunction',
          'InvokeFunction',
          'UpdateFunctionConfiguration',
        ),
        on: 'arn:aws:lambda:*:*:function:SecretsManager*',
      },
      {
        allow: of('serverlessrepo', 'CreateCloudFormationChangeSet', 'GetApplication'),
        on: 'arn:aws:serverlessrepo:*:*:applications/SecretsManager*',
      },
      {
        allow: 's3:GetObject',
        on: ['arn:aws:s3:::awsserverlessrepo-changesets*', 'arn:aws:s3:::secrets-manager-rotation-apps-*/*'],
      },
    ],
  ),
  permitting('AWSSecretsManagerClientReadOnlyAccess', 'SMCLIENTREADON', 'Reads secrets, under any KMS key.', [
    { allow: of('secretsmanager', 'GetSecretValue', 'DescribeSecret'), on: 'arn:aws:secretsmanager:*:*:secret:*' },
    {
      allow: 'kms:Decrypt',
      on: 'arn:aws:kms:*:*:key/*',
      when: {
        StringLike: {
          'kms:ViaService': 'secretsmanager.*.amazonaws.com',
          'kms:EncryptionContext:SecretARN': 'arn:aws:secretsmanager:*:*:secret:*',
        },
      },
    },
  ]),
  permitting(
    'AmazonSSMReadOnlyAccess',
    'SSMREADONLYACC',
    'Reads everything in Systems Manager, values of parameters too.',
    [{ allow: of('ssm', 'Describe*', 'Get*', 'List*') }],
  ),
  permitting('AmazonSSMFullAccess', 'SSMFULLACCESSX', 'Everything in Systems Manager.', [
    {
      allow: [
        ...['ssm:*', 'ec2messages:*', 'logs:*', 'cloudwatch:PutMetricData', 'ec2:DescribeInstanceStatus'],
        ...of('ds', 'CreateComputer', 'DescribeDirectories'),
        ...of('ssmmessages', 'CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'),
      ],
    },
    {
      allow: 'iam:CreateServiceLinkedRole',
      on: 'arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*',
      when: { StringLike: { 'iam:AWSServiceName': 'ssm.amazonaws.com' } },
    },
    {
      allow: of('iam', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleDeletionStatus'),
      on: 'arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*',
    },
  ]),
  permitting(
    'AmazonSSMManagedInstanceCore',
    'SSMMANAGEDINST',
    'What a machine needs that Systems Manager looks after.',
    [
      {
        allow: of(
          'ssm',
          ...['DescribeAssociation', 'DescribeDocument', 'GetDeployablePatchSnapshotForInstance', 'GetDocument'],
          ...['GetManifest', 'GetParameter', 'GetParameters', 'ListAssociations', 'ListInstanceAssociations'],
          ...['PutComplianceItems', 'PutConfigurePackageResult', 'PutInventory', 'UpdateAssociationStatus'],
          ...['UpdateInstanceAssociationStatus', 'UpdateInstanceInformation'],
        ),
      },
      {
        allow: of('ssmmessages', 'CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'),
      },
      {
        allow: of(
          'ec2messages',
          ...['AcknowledgeMessage', 'DeleteMessage', 'FailMessage', 'GetEndpoint', 'GetMessages', 'SendReply'],
        ),
      },
    ],
  ),
]
