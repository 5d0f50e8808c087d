/** Service-linked roles: their names, paths and trust. Source: access.md 3.3, User Guide "Service-linked roles". */

/** Characters of a role's name. */
export const MOST_NAME = 64

const SERVICE = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.amazonaws\.com$/

/** What services call themselves, where it is not their principal with a capital. As AWS's manuals write the roles. */
const SPELLED: ReadonlyMap<string, string> = new Map([
  ['apigateway', 'APIGateway'],
  ['autoscaling', 'AutoScaling'],
  ['cloudtrail', 'CloudTrail'],
  ['dynamodb.application-autoscaling', 'ApplicationAutoScaling_DynamoDBTable'],
  ['ecs', 'ECS'],
  ['ecs.application-autoscaling', 'ApplicationAutoScaling_ECSService'],
  ['eks', 'AmazonEKS'],
  ['eks-nodegroup', 'AmazonEKSNodegroup'],
  ['elasticache', 'ElastiCache'],
  ['elasticbeanstalk', 'ElasticBeanstalk'],
  ['elasticloadbalancing', 'ElasticLoadBalancing'],
  ['es', 'AmazonElasticsearchService'],
  ['kms', 'KeyManagementServiceCustomKeyStores'],
  ['mks', 'KeyManagementServiceMultiRegionKeys'],
  ['opensearchservice', 'AmazonOpenSearchService'],
  ['organizations', 'Organizations'],
  ['rds', 'RDS'],
  ['spot', 'EC2Spot'],
  ['ssm', 'AmazonSSM'],
  ['sso', 'SSO'],
])

/** `AWSServiceRoleForElastiCache`; undefined when the service is not named by its principal. */
export function linkedName(service: string, suffix: string | undefined): string | undefined {
  const principal = SERVICE.exec(service)?.[1]
  if (principal === undefined) return undefined
  const spelled =
    SPELLED.get(principal) ?? principal.replace(/(?:^|[.-]+)([a-z0-9])/g, (_, c: string) => c.toUpperCase())
  return `AWSServiceRoleFor${spelled.replace(/[.-]/g, '')}${suffix === undefined ? '' : `_${suffix}`}`
}

export function linkedPath(service: string): string {
  return `/aws-service-role/${service}/`
}

export function linkedTrust(Service: string): string {
  const Statement = [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }]
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

/** The id of the task that deletes such a role. Source: API_DeleteServiceLinkedRole. */
export function deletionTask(service: string, name: string, uuid: string): string {
  return `task${linkedPath(service)}${name}/${uuid}`
}

/** Service and role of a deletion task; undefined for what cannot be the id of one. */
export function roleOfTask(task: string): { service: string; name: string } | undefined {
  const [, service, name] =
    /^task\/aws-service-role\/([a-z0-9.-]+)\/([\w+=,.@-]{1,64})\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(
      task,
    ) ?? []
  return service === undefined || name === undefined ? undefined : { service, name }
}
