import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { start } from '../start.ts'
import { available, run } from './tool.ts'

/** A folder with `aws kms` and `openssl` in it, as a person at a shell has them. */
async function shell() {
  const server = await start()
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-aws-kms-'))
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const environment = {
    ...inherited,
    AWS_ENDPOINT_URL: server.url,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    NO_PROXY: '127.0.0.1',
  }
  const file = (name: string) => join(folder, name)
  const aws = (line: string) => {
    const words = line
      .split(' ')
      .map((word) => word.replace(/^(fileb?:\/\/)(.+)$/, (_, kind, name) => kind + file(name)))
    return run('aws', ['kms', ...words], environment)
  }
  return {
    file,
    aws,
    async answer(line: string): Promise<Record<string, string> & { KeyMetadata: Record<string, string> }> {
      const ended = await aws(line)
      assert.equal(ended.code, 0, `aws kms ${line}:\n${ended.stderr}`)
      return ended.stdout === '' ? {} : JSON.parse(ended.stdout)
    },
    /** Writes a member of an answer as the shell does with `--query X --output text | base64 -d`. */
    keep(name: string, base64: string | undefined) {
      writeFileSync(file(name), Buffer.from(base64 ?? '', 'base64'))
    },
    async openssl(...args: string[]) {
      const ended = await run('openssl', args, environment)
      assert.equal(ended.code, 0, ended.stderr)
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true })
      await server[Symbol.asyncDispose]()
    },
  }
}

test('aws kms signs a file, and openssl verifies it with the public key', async (t) => {
  if (!(await available(t, 'aws', ['--version'])) || !(await available(t, 'openssl', ['version']))) return
  await using sh = await shell()
  const { KeyMetadata } = await sh.answer('create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY')
  await sh.answer(`create-alias --alias-name alias/release --target-key-id ${KeyMetadata.KeyId}`)
  writeFileSync(sh.file('release.tar'), 'the bytes of a release')
  await sh.openssl('dgst', '-sha256', '-binary', '-out', sh.file('digest'), sh.file('release.tar'))
  const sign = 'sign --key-id alias/release --signing-algorithm ECDSA_SHA_256'
  sh.keep('signature', (await sh.answer(`${sign} --message-type DIGEST --message fileb://digest`)).Signature)
  sh.keep('public.der', (await sh.answer('get-public-key --key-id alias/release')).PublicKey)
  const by = ['-verify', sh.file('public.der'), '-keyform', 'DER', '-signature', sh.file('signature')]
  await sh.openssl('dgst', '-sha256', ...by, sh.file('release.tar'))
  const verify = 'verify --key-id alias/release --signing-algorithm ECDSA_SHA_256 --signature fileb://signature'
  assert.equal(String((await sh.answer(`${verify} --message fileb://release.tar`)).SignatureValid), 'true')
  writeFileSync(sh.file('release.tar'), 'other bytes')
  const refused = await sh.aws(`${verify} --message fileb://release.tar`)
  assert.notEqual(refused.code, 0)
  assert.match(refused.stderr, /\(KMSInvalidSignatureException\) when calling the Verify operation/)
})

test('aws kms makes and verifies an HMAC', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  await using sh = await shell()
  const { KeyMetadata } = await sh.answer('create-key --key-spec HMAC_256 --key-usage GENERATE_VERIFY_MAC')
  writeFileSync(sh.file('message'), 'a message')
  const asked = `--key-id ${KeyMetadata.KeyId} --mac-algorithm HMAC_SHA_256 --message fileb://message`
  sh.keep('mac', (await sh.answer(`generate-mac ${asked}`)).Mac)
  assert.equal(String((await sh.answer(`verify-mac ${asked} --mac fileb://mac`)).MacValid), 'true')
})

test('aws kms imports key material that openssl made and wrapped, encrypts with it, and deletes it', async (t) => {
  if (!(await available(t, 'aws', ['--version'])) || !(await available(t, 'openssl', ['version']))) return
  await using sh = await shell()
  const { KeyMetadata } = await sh.answer('create-key --origin EXTERNAL')
  assert.equal(KeyMetadata.KeyState, 'PendingImport')
  const key = `--key-id ${KeyMetadata.KeyId}`
  const wrapping = '--wrapping-algorithm RSAES_OAEP_SHA_256 --wrapping-key-spec RSA_2048'
  const parameters = await sh.answer(`get-parameters-for-import ${key} ${wrapping}`)
  sh.keep('token', parameters.ImportToken)
  sh.keep('wrapping.der', parameters.PublicKey)
  await sh.openssl('rand', '-out', sh.file('material'), '32')
  const oaep = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'].flatMap((o) => ['-pkeyopt', o])
  const inkey = ['-inkey', sh.file('wrapping.der'), '-keyform', 'DER', '-pubin']
  const files = ['-in', sh.file('material'), '-out', sh.file('wrapped')]
  await sh.openssl('pkeyutl', '-encrypt', ...files, ...inkey, ...oaep)
  const material = '--encrypted-key-material fileb://wrapped --import-token fileb://token'
  await sh.answer(`import-key-material ${key} ${material} --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE`)
  writeFileSync(sh.file('plain'), 'a text')
  sh.keep('sealed', (await sh.answer(`encrypt ${key} --plaintext fileb://plain`)).CiphertextBlob)
  sh.keep('opened', (await sh.answer('decrypt --ciphertext-blob fileb://sealed')).Plaintext)
  assert.equal(readFileSync(sh.file('opened'), 'utf8'), 'a text')
  await sh.answer(`delete-imported-key-material ${key}`)
  const refused = await sh.aws('decrypt --ciphertext-blob fileb://sealed')
  assert.match(refused.stderr, /\(KMSInvalidStateException\) .* is pending import\./)
})
