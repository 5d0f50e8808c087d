// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how AWS writes the templates
/**
 * What resources of an action look like, as a simulation of several resources names them all together. Source: access.md 3.4
 * (recorded for `s3:GetObject`); the others are assumed from the Service Authorization Reference.
 */
const TEMPLATES: Readonly<Record<string, string>> = {
  secretsmanager: 'arn:aws:secretsmanager:${Region}:${Account}:secret:${SecretId}',
  kms: 'arn:aws:kms:${Region}:${Account}:key/${KeyId}',
  ssm: 'arn:aws:ssm:${Region}:${Account}:parameter/${ParameterNameWithoutLeadingSlash}',
  lambda: 'arn:aws:lambda:${Region}:${Account}:function:${FunctionName}',
  logs: 'arn:aws:logs:${Region}:${Account}:log-group:${LogGroupName}',
  sts: 'arn:aws:iam::${Account}:role/${RoleNameWithPath}',
  s3: 'arn:aws:s3:::${BucketName}',
}

/** Of IAM's actions, by what their name ends with. */
const IAM: readonly (readonly [RegExp, string])[] = [
  [/(To|From)Group/, 'group/${GroupNameWithPath}'],
  [/User|AccessKey|LoginProfile/, 'user/${UserNameWithPath}'],
  [/Group/, 'group/${GroupNameWithPath}'],
  [/InstanceProfile/, 'instance-profile/${InstanceProfileNameWithPath}'],
  [/Role/, 'role/${RoleNameWithPath}'],
  [/Policy/, 'policy/${PolicyNameWithPath}'],
]

/** The template for `secretsmanager:GetSecretValue`; `*` where none is known. */
export function arnTemplateOf(action: string): string {
  const [service = '', name = ''] = action.split(':')
  if (service.toLowerCase() === 'iam') {
    const found = IAM.find(([kind]) => kind.test(name))
    return found === undefined ? '*' : `arn:aws:iam::\${Account}:${found[1]}`
  }
  if (/^s3:.*Object/i.test(action)) return 'arn:aws:s3:::${BucketName}/${KeyName}'
  return TEMPLATES[service.toLowerCase()] ?? '*'
}
