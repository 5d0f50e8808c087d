import type { StoredRecord } from '#kernel/audit/reader'

export const ACCOUNT = '111122223333'
export const USER = `arn:aws:iam::${ACCOUNT}:user/Alice`
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/Rotator`
export const SECRET = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:app/db-a1B2c3`

/** A record, with all that a test does not say. */
export function recordOf(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', arn: USER, accountId: ACCOUNT },
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    eventType: 'AwsApiCall',
    recipientAccountId: ACCOUNT,
    additionalEventData: { SecretId: SECRET },
    ...more,
  }
}

/** As it stands in the journal. */
export function stored(
  record: Readonly<Record<string, unknown>>,
  { writer = 'w', sequence = 1, time = 60_000, account = ACCOUNT } = {},
): StoredRecord {
  const text = JSON.stringify(record)
  const rest = { hash: '', mac: null, region: 'us-east-1', eventId: `${writer}-${sequence}` }
  return { ...rest, writer, sequence, account, eventTime: time, record: text }
}
