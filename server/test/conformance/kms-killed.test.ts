import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { Program } from './program.ts'

// `kill -9` while keys rotate and encrypt: whatever was answered before is there afterwards. Source: kms.md 18, 13.

function clientsOf({ environment: env }: Program) {
  const config = {
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: env.AWS_DEFAULT_REGION ?? env.AWS_REGION ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    maxAttempts: 1,
  }
  return { kms: new KMS(config), secrets: new SecretsManager(config) }
}

test('killed in the middle of rotations, a store opens, and every ciphertext that was answered does', async () => {
  await using program = await Program.start()
  const first = clientsOf(program)
  const { KeyMetadata } = await first.kms.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ''
  await first.secrets.createSecret({ Name: 'app', SecretString: 'the value', KmsKeyId: KeyId })
  const made: { blob: Uint8Array; text: string }[] = []
  let rotations = 0
  for (const rounds of [3, 5, 7]) {
    const { kms, secrets } = clientsOf(program)
    let killed = false
    const until = made.length + rounds * 4
    /** Goes on until the server is gone; what it did not answer does not count. */
    const untilKilled = async (work: () => Promise<void>) => {
      while (!killed) {
        try {
          await work()
        } catch (error) {
          if (!killed) throw error
        }
      }
    }
    const encrypting = (number: number) => async () => {
      const text = `${rounds}-${number}-${made.length}`
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from(text) })
      if (CiphertextBlob !== undefined) made.push({ blob: CiphertextBlob, text })
    }
    const rotating = async () => {
      await kms.rotateKeyOnDemand({ KeyId })
      rotations += 1
    }
    const load = Promise.all([
      untilKilled(encrypting(1)),
      untilKilled(encrypting(2)),
      untilKilled(async () => (rotations < 24 ? rotating() : encrypting(3)())),
      untilKilled(async () => void (await secrets.getSecretValue({ SecretId: 'app' }))),
    ])
    while (made.length < until) await new Promise(setImmediate)
    killed = true
    await program.killAndRestart()
    await load
    const after = clientsOf(program)
    for (const { blob, text } of made) {
      const { Plaintext } = await after.kms.decrypt({ CiphertextBlob: blob })
      assert.equal(Buffer.from(Plaintext ?? []).toString(), text)
    }
    const { Rotations = [] } = await after.kms.listKeyRotations({ KeyId })
    assert.ok(Rotations.length >= rotations, `${Rotations.length} of ${rotations} rotations`)
    rotations = Rotations.length
    assert.equal((await after.secrets.getSecretValue({ SecretId: 'app' })).SecretString, 'the value')
    const { CurrentKeyMaterialId } = (await after.kms.describeKey({ KeyId })).KeyMetadata ?? {}
    assert.equal(Rotations[0]?.KeyMaterialId, CurrentKeyMaterialId)
    for (const client of [kms, secrets, after.kms, after.secrets]) client.destroy()
  }
  assert.ok(rotations > 0)
  first.kms.destroy()
  first.secrets.destroy()
})
