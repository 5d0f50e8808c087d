import { of, permitting } from './policy.ts'

const LOGGING = of('logs', 'CreateLogGroup', 'CreateLogStream', 'PutLogEvents')
const NETWORK = of('ec2', 'DescribeSecurityGroups', 'DescribeSubnets', 'DescribeVpcs')
const STACKS = of('cloudformation', 'DescribeStacks', 'ListStackResources')
const TRACES = of('xray', 'BatchGetTraces', 'GetTraceSummaries')
const LAMBDA_LOGS = 'arn:aws:logs:*:*:log-group:/aws/lambda/*'
const READ_LOGS = of(
  'logs',
  ...['Describe*', 'FilterLogEvents', 'Get*', 'List*', 'StartLiveTail', 'StartQuery', 'StopLiveTail', 'StopQuery'],
  'TestMetricFilter',
)
const ASK_LOGS = of('cloudwatch', 'GenerateQuery', 'GenerateQueryResultsSummary')

/** Policies for functions, containers, databases, stacks and logs. Facts: AWS managed policy reference; documents are our own. */
export const operations = [
  permitting(
    'AWSLambdaBasicExecutionRole',
    'LAMBDABASICEXE',
    'A function writes its log.',
    [{ allow: LOGGING }],
    '/service-role/',
  ),
  permitting(
    'AWSLambdaVPCAccessExecutionRole',
    'LAMBDAVPCACCES',
    'A function writes its log and stands in a private network.',
    [
      {
        allow: [
          ...LOGGING,
          ...of('ec2', 'AssignPrivateIpAddresses', 'CreateNetworkInterface', 'DeleteNetworkInterface'),
          ...of('ec2', 'DescribeNetworkInterfaces', 'DescribeSubnets', 'UnassignPrivateIpAddresses'),
        ],
      },
    ],
    '/service-role/',
  ),
  permitting(
    'AmazonECSTaskExecutionRolePolicy',
    'ECSTASKEXECUTI',
    'A container is fetched and writes its log.',
    [
      {
        allow: [
          ...of('ecr', 'BatchCheckLayerAvailability', 'BatchGetImage', 'GetAuthorizationToken'),
          'ecr:GetDownloadUrlForLayer',
          ...of('logs', 'CreateLogStream', 'PutLogEvents'),
        ],
      },
    ],
    '/service-role/',
  ),
  permitting(
    'AWSLambda_FullAccess',
    'LAMBDAFULLACCE',
    'Everything with functions, and looks at what belongs to them.',
    [
      {
        allow: [
          'lambda:*',
          ...STACKS,
          ...of('cloudwatch', 'GetMetricData', 'ListMetrics'),
          ...NETWORK,
          'kms:ListAliases',
          ...of('iam', 'GetPolicy', 'GetPolicyVersion', 'GetRole', 'GetRolePolicy', 'ListAttachedRolePolicies'),
          ...of('iam', 'ListRolePolicies', 'ListRoles'),
          'logs:DescribeLogGroups',
          ...of('states', 'DescribeStateMachine', 'ListStateMachines'),
          'tag:GetResources',
          ...TRACES,
        ],
      },
      { allow: 'iam:PassRole', when: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } } },
      { allow: of('logs', 'DescribeLogStreams', 'FilterLogEvents', 'GetLogEvents', 'StartLiveTail'), on: LAMBDA_LOGS },
      { allow: 'logs:StopLiveTail' },
    ],
  ),
  permitting('AWSLambda_ReadOnlyAccess', 'LAMBDAREADONLY', 'Looks at functions and what belongs to them.', [
    {
      allow: [
        ...of('lambda', 'Get*', 'List*'),
        ...STACKS,
        ...of('cloudwatch', 'GetMetricData', 'ListMetrics'),
        ...NETWORK,
        'kms:ListAliases',
        ...of('iam', 'GetPolicy', 'GetPolicyVersion', 'GetRole', 'GetRolePolicy', 'ListAttachedRolePolicies'),
        ...of('iam', 'ListRolePolicies', 'ListRoles'),
        'logs:DescribeLogGroups',
        ...of('states', 'DescribeStateMachine', 'ListStateMachines'),
        'tag:GetResources',
        ...TRACES,
      ],
    },
    { allow: of('logs', 'DescribeLogStreams', 'FilterLogEvents', 'GetLogEvents', 'StartLiveTail'), on: LAMBDA_LOGS },
    { allow: 'logs:StopLiveTail' },
  ]),
  permitting('AmazonRDSFullAccess', 'RDSFULLACCESSX', 'Everything with databases.', [
    {
      allow: [
        'rds:*',
        ...of('application-autoscaling', 'DeleteScalingPolicy', 'DeregisterScalableTarget', 'DescribeScalableTargets'),
        ...of('application-autoscaling', 'DescribeScalingActivities', 'DescribeScalingPolicies', 'PutScalingPolicy'),
        'application-autoscaling:RegisterScalableTarget',
        ...of('cloudwatch', 'DeleteAlarms', 'DescribeAlarms', 'GetMetricData', 'GetMetricStatistics', 'ListMetrics'),
        'cloudwatch:PutMetricAlarm',
        ...of('ec2', 'DescribeAccountAttributes', 'DescribeAvailabilityZones', 'DescribeCoipPools'),
        ...of('ec2', 'DescribeInternetGateways', 'DescribeLocalGatewayRouteTablePermissions', 'DescribeVpcAttribute'),
        ...NETWORK,
        ...of('logs', 'DescribeLogStreams', 'GetLogEvents'),
        'outposts:GetOutpostInstanceTypes',
        ...of('sns', 'ListSubscriptions', 'ListTopics', 'Publish'),
        'devops-guru:GetResourceCollection',
      ],
    },
    { allow: 'pi:*', on: ['arn:aws:pi:*:*:metrics/rds/*', 'arn:aws:pi:*:*:perf-reports/rds/*'] },
    {
      allow: 'iam:CreateServiceLinkedRole',
      when: {
        StringLike: { 'iam:AWSServiceName': ['rds.amazonaws.com', 'rds.application-autoscaling.amazonaws.com'] },
      },
    },
  ]),
  permitting('AWSCloudFormationFullAccess', 'CLOUDFORMATFUL', 'Everything with stacks.', [
    { allow: 'cloudformation:*' },
  ]),
  permitting('AWSCloudFormationReadOnlyAccess', 'CLOUDFORMATREA', 'Looks at stacks.', [
    {
      allow: of('cloudformation', 'Describe*', 'Detect*', 'EstimateTemplateCost', 'Get*', 'List*', 'ValidateTemplate'),
    },
  ]),
  permitting('AWSCloudTrail_ReadOnlyAccess', 'CLOUDTRAILREAD', 'Looks at the trail and its events.', [
    { allow: of('cloudtrail', 'Describe*', 'Get*', 'List*', 'LookupEvents') },
  ]),
  permitting('CloudWatchFullAccess', 'CLOUDWATCHFULL', 'Everything with metrics, alarms and logs.', [
    {
      allow: [
        ...['cloudwatch:*', 'logs:*', 'sns:*', 'autoscaling:Describe*', 'oam:ListSinks'],
        ...of('iam', 'GetPolicy', 'GetPolicyVersion', 'GetRole'),
      ],
    },
    {
      allow: 'iam:CreateServiceLinkedRole',
      on: 'arn:aws:iam::*:role/aws-service-role/events.amazonaws.com/AWSServiceRoleForCloudWatchEvents*',
      when: { StringLike: { 'iam:AWSServiceName': 'events.amazonaws.com' } },
    },
    { allow: 'oam:ListAttachedLinks', on: 'arn:aws:oam:*:*:sink/*' },
  ]),
  permitting('CloudWatchReadOnlyAccess', 'CLOUDWATCHREAD', 'Looks at metrics, alarms and logs.', [
    {
      allow: [
        ...of('cloudwatch', 'BatchGet*', 'Describe*', 'Get*', 'List*'),
        ...ASK_LOGS,
        ...READ_LOGS,
        ...['application-autoscaling:DescribeScalingPolicies', 'autoscaling:Describe*', 'oam:ListSinks'],
        ...of('sns', 'Get*', 'List*'),
        ...of('xray', 'BatchGet*', 'Get*', 'List*'),
      ],
    },
    { allow: 'oam:ListAttachedLinks', on: 'arn:aws:oam:*:*:sink/*' },
  ]),
  permitting('CloudWatchLogsFullAccess', 'CLOUDWLOGSFULL', 'Everything with logs.', [
    { allow: ['logs:*', ...ASK_LOGS] },
  ]),
  permitting('CloudWatchLogsReadOnlyAccess', 'CLOUDWLOGSREAD', 'Reads logs.', [{ allow: [...READ_LOGS, ...ASK_LOGS] }]),
]
