import assert from 'node:assert/strict'
import { after } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { STS } from '@aws-sdk/client-sts'
import { start } from '../start.ts'

/** What the SDK clients need to know of a server. */
export interface Endpoint {
  readonly url: string
  readonly credentials: Credentials
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The region of every test server. */
export const region = 'us-east-1'

/** One client for each service, in the SDK's default settings but for endpoint and credentials. */
export function clientsOf(endpoint: Endpoint, credentials = endpoint.credentials) {
  const config = { endpoint: endpoint.url, region, credentials }
  const clients = {
    secrets: new SecretsManager(config),
    kms: new KMS(config),
    iam: new IAM(config),
    sts: new STS(config),
    ssm: new SSM(config),
  }
  return {
    ...clients,
    destroy(): void {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}

/** A server of this test file's own with its root's clients; both end with the file. */
export async function session() {
  const server = await start()
  const clients = clientsOf(server)
  after(async () => {
    clients.destroy()
    await server[Symbol.asyncDispose]()
  })
  return { server, ...clients }
}

/** Asserts that AWS's answer is this refusal: its code, then its text when that is known. */
export async function refused(
  answer: Promise<unknown>,
  name: string,
  message?: string | RegExp,
  status = 400,
): Promise<void> {
  await assert.rejects(answer, (error) => {
    assert.ok(error instanceof Error)
    assert.equal(error.name, name, error.message)
    if (message instanceof RegExp) assert.match(error.message, message)
    else if (message !== undefined) assert.equal(error.message, message)
    const { $metadata } = error as { $metadata?: { httpStatusCode?: number; requestId?: string } }
    assert.equal($metadata?.httpStatusCode, status)
    assert.ok($metadata?.requestId)
    return true
  })
}

/** Labels of a secret by version, sorted: `{ v1: ['AWSCURRENT'] }`. */
export async function labelsOf(secrets: SecretsManager, SecretId: string): Promise<Record<string, string[]>> {
  const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId })
  return Object.fromEntries(Object.entries(VersionIdsToStages).map(([id, stages]) => [id, stages.toSorted()]))
}

/** A version id that a reader can recognise: `version(3)` ends in 3. */
export function version(n: number): string {
  return `version-0000-0000-0000-${String(n).padStart(12, '0')}`
}

export const texts = {
  noSecret: "Secrets Manager can't find the specified secret.",
  noStage: (stage: string) => `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
  noVersion: (id: string) => `Secrets Manager can't find the specified secret value for VersionId: ${id}`,
  marked: "You can't perform this operation on the secret because it was marked for deletion.",
  invalidName:
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  noToken: 'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
  tokenInUse: (token: string, arn: string) =>
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
}
