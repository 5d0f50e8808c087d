/*
 * Rotates a secret that holds an API key: {"service": "...", "apiKey": "..."}.
 *
 * Secrets Manager calls the handler four times for one rotation, always with the same token: createSecret, setSecret,
 * testSecret, finishSecret. Every step may be repeated, since a rotation that fails or is interrupted begins again.
 * Zip it together with node_modules/@aws-sdk/client-secrets-manager.
 */
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'

const PREFIX = process.env.KEY_PREFIX ?? 'key_'
const LENGTH = Number(process.env.KEY_LENGTH ?? 40)
const client = new SecretsManagerClient({ endpoint: process.env.SECRETS_MANAGER_ENDPOINT })

export async function handler({ SecretId, ClientRequestToken, RotationToken, Step }) {
  const { RotationEnabled, VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }))
  if (RotationEnabled === false) throw new Error(`Secret ${SecretId} is not enabled for rotation`)
  const stages = VersionIdsToStages[ClientRequestToken]
  if (stages === undefined) {
    throw new Error(`Secret version ${ClientRequestToken} has no stage for rotation of secret ${SecretId}.`)
  }
  if (stages.includes('AWSCURRENT')) {
    console.log(`Secret version ${ClientRequestToken} already set as AWSCURRENT for secret ${SecretId}.`)
    return
  }
  if (!stages.includes('AWSPENDING')) {
    throw new Error(`Secret version ${ClientRequestToken} not set as AWSPENDING for rotation of secret ${SecretId}.`)
  }
  const step = steps[Step]
  if (step === undefined) throw new Error(`Invalid step parameter ${Step} for secret ${SecretId}`)
  await step({ SecretId, ClientRequestToken, RotationToken })
}

const steps = {
  /** Makes the new key, once: a second attempt finds the one of the first. */
  async createSecret({ SecretId, ClientRequestToken, RotationToken }) {
    const current = await read({ SecretId, VersionStage: 'AWSCURRENT' })
    try {
      await read({ SecretId, VersionId: ClientRequestToken, VersionStage: 'AWSPENDING' })
      return
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error
    }
    const random = new GetRandomPasswordCommand({ PasswordLength: LENGTH, ExcludePunctuation: true })
    const { RandomPassword } = await client.send(random)
    const SecretString = JSON.stringify({ ...current, apiKey: PREFIX + RandomPassword })
    const version = { SecretId, ClientRequestToken, RotationToken, VersionStages: ['AWSPENDING'] }
    await client.send(new PutSecretValueCommand({ ...version, SecretString }))
    console.log(`createSecret: made a pending version of ${SecretId}`)
  },

  /** Tells the service about the new key. Here nobody has to be told: call the service's API in this place. */
  async setSecret({ SecretId, ClientRequestToken }) {
    const { service } = await read({ SecretId, VersionId: ClientRequestToken, VersionStage: 'AWSPENDING' })
    console.log(`setSecret: ${service} knows the new key`)
  },

  /** Checks the new key as the service would. Call the service with it in this place. */
  async testSecret({ SecretId, ClientRequestToken }) {
    const { apiKey } = await read({ SecretId, VersionId: ClientRequestToken, VersionStage: 'AWSPENDING' })
    if (!apiKey.startsWith(PREFIX) || apiKey.length !== PREFIX.length + LENGTH) {
      throw new Error(`Unable to use the pending key of secret ${SecretId}`)
    }
  },

  /** Makes the pending version the current one. */
  async finishSecret({ SecretId, ClientRequestToken }) {
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }))
    const [current] = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes('AWSCURRENT')) ?? []
    if (current === ClientRequestToken) return
    const moved = { VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken, RemoveFromVersionId: current }
    await client.send(new UpdateSecretVersionStageCommand({ SecretId, ...moved }))
    console.log(`finishSecret: version ${ClientRequestToken} of ${SecretId} is current`)
  },
}

async function read(version) {
  const { SecretString } = await client.send(new GetSecretValueCommand(version))
  const value = JSON.parse(SecretString)
  for (const field of ['service', 'apiKey']) {
    if (!(field in value)) throw new Error(`${field} key is missing from secret JSON`)
  }
  return value
}
