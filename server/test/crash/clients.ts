import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { credentials, type Running } from './server.ts'

/** The clients that the load is made by. They don't try again: what came of a call must be known. */
export interface Clients {
  readonly secrets: SecretsManager
  readonly ssm: SSM
  destroy(): void
}

export function clientsOf({ url }: Running): Clients {
  const config = { endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 }
  const [secrets, ssm] = [new SecretsManager(config), new SSM(config)]
  return {
    secrets,
    ssm,
    destroy() {
      secrets.destroy()
      ssm.destroy()
    },
  }
}
