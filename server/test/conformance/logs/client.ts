import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type { Started } from '../../start.ts'

/** The official client against a server of a test's own, by the server's clock. */
export function logsOf({ url, credentials, clock }: Started): CloudWatchLogsClient {
  const client = new CloudWatchLogsClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 })
  client.config.systemClockOffset = clock.now() - Date.now()
  return client
}
