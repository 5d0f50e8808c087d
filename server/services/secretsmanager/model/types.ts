import { unknownType } from './refusals.ts'

/**
 * Partners whose secrets AWS rotates itself: the names that `Type` may have. Source: secretsmanager.md 13, recorded; User Guide, Managed
 * external secrets Partners.
 */
const PARTNERS: ReadonlySet<string> = new Set([
  'BigIDClientSecret',
  'CiscoSecurityPlatformApiKey',
  'ConfluentCloudApiKey',
  'DatabricksPAT',
  'DatabricksSPSecret',
  'DatadogAdminKey',
  'DatadogApiKey',
  'DatadogApplicationKey',
  'GitLabAccessToken',
  'JenkinsApiToken',
  'MongoDBAtlasDatabaseUser',
  'MongoDBAtlasServiceAccount',
  'NetskopeApiToken',
  'PaddleApiKey',
  'SalesforceClientSecret',
  'SnowflakeKeyPairAuthentication',
  'SnowflakePat',
])

/** Refuses a `Type` that is no known partner's; the empty one is none at all. */
export function checkType(type: string | undefined): void {
  if (type && !PARTNERS.has(type)) throw unknownType()
}
