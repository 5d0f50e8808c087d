import { arn, parseArn } from '#kernel/values/arn'
import { invalid } from './refusals.ts'

/** The account in the ARN of a role that somebody wants to assume. Throws the ValidationError for what is no ARN. Source: access.md 4.1 (recorded). */
export function accountOfRole(roleArn: string): string {
  const parsed = parseArn(roleArn)
  if (parsed === undefined || parsed.partition === '' || parsed.service === '' || parsed.resource === '') {
    throw invalid(`${roleArn} is invalid`)
  }
  return parsed.account
}

/** `arn:aws:sts::A:assumed-role/ROLE/SESSION`, without the role's path. */
export function assumedRoleArn(account: string, role: string, session: string): string {
  return arn('sts', '', account, `assumed-role/${role}/${session}`)
}

/** `arn:aws:sts::A:federated-user/NAME` */
export function federatedUserArn(account: string, name: string): string {
  return arn('sts', '', account, `federated-user/${name}`)
}

const DEFAULT_ROLE_SECONDS = 3600
/** What a session that was got with a role's session may last at the most. */
const MOST_CHAINED_SECONDS = 3600

/**
 * How long a role's session lasts, in seconds. `most`: what the role allows; `chained`: it is asked for with another role's
 * session. Throws ValidationError. Source: access.md 4.1.
 */
export function roleSeconds(requested: number | undefined, most: number, chained: boolean): number {
  const seconds = requested ?? DEFAULT_ROLE_SECONDS
  if (seconds > most) {
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  }
  if (chained && seconds > MOST_CHAINED_SECONDS) {
    throw invalid('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.')
  }
  return seconds
}

const DEFAULT_USER_SECONDS = 43_200
const MOST_ROOT_SECONDS = 3600

/** The same for GetSessionToken and GetFederationToken. What the root user asks beyond an hour becomes an hour. Source: API_GetSessionToken, DurationSeconds. */
export function userSeconds(requested: number | undefined, root: boolean): number {
  const seconds = requested ?? DEFAULT_USER_SECONDS
  return root ? Math.min(seconds, MOST_ROOT_SECONDS) : seconds
}
