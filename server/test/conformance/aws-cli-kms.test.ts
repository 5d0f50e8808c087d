import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { start } from '../start.ts'
import { available, run } from './tool.ts'

/** Whether all that a shell needs for the guides is there. */
async function there(t: TestContext): Promise<boolean> {
  for (const [command, flag] of [
    ['aws', '--version'],
    ['openssl', 'version'],
    ['jq', '--version'],
    ['xxd', '--version'],
  ] as const)
    if (!(await available(t, command, [flag]))) return false
  return true
}

type Answer = Readonly<Record<string, string>> & { readonly KeyMetadata: Readonly<Record<string, string>> }

/** A folder with `aws kms` and `openssl` in it, as a person at a shell has them. */
async function shell(regions = ['us-east-1']) {
  const server = await start({ regions })
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
  /** `as`: an access key and its secret, for a caller who is not root. */
  const aws = (line: string, as?: readonly string[]) => {
    const [id, secret] = as ?? []
    const who = id === undefined || secret === undefined ? {} : { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret }
    const words = line
      .split(' ')
      .map((word) => word.replace(/^(fileb?:\/\/)(.+)$/, (_, kind, name) => kind + file(name)))
    return run('aws', ['kms', ...words], { ...environment, ...who })
  }
  return {
    file,
    aws,
    async answer(line: string): Promise<Answer> {
      const ended = await aws(line)
      assert.equal(ended.code, 0, `aws kms ${line}:\n${ended.stderr}`)
      return JSON.parse(ended.stdout === '' ? '{}' : ended.stdout) as Answer
    },
    /** Writes a member of an answer as the shell does with `--query X --output text | base64 -d`. */
    keep(name: string, base64: string | undefined) {
      writeFileSync(file(name), Buffer.from(base64 ?? '', 'base64'))
    },
    /** Runs the commands of a guide, but those that leave something out; what they print. */
    async guide(name: string, change = (script: string) => script): Promise<string> {
      const text = readFileSync(join(import.meta.dirname, '../../../docs/how-to', `${name}.md`), 'utf8')
      const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
      const script = change(blocks.filter((block) => !block.includes('…')).join('\n'))
      const ended = await run('bash', ['-c', `set -e -o pipefail\ncd '${folder}'\n${script}`], environment)
      assert.equal(ended.code, 0, ended.stderr)
      return ended.stdout
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true })
      await server[Symbol.asyncDispose]()
    },
  }
}

test('the guide to signatures runs as it stands; what was signed and then changed is refused', async (t) => {
  if (!(await there(t))) return
  await using sh = await shell()
  writeFileSync(sh.file('release.tar'), 'the bytes of a release')
  assert.match(await sh.guide('sign-with-a-kms-key'), /Verified OK/)
  const verify = 'verify --key-id alias/release --signing-algorithm ECDSA_SHA_256 --signature fileb://release.sig'
  assert.equal(String((await sh.answer(`${verify} --message fileb://release.tar`)).SignatureValid), 'true')
  writeFileSync(sh.file('release.tar'), 'other bytes')
  const refused = await sh.aws(`${verify} --message fileb://release.tar`)
  assert.notEqual(refused.code, 0)
  assert.match(refused.stderr, /\(KMSInvalidSignatureException\) when calling the Verify operation/)
})

test('aws kms makes and verifies an HMAC', async (t) => {
  if (!(await there(t))) return
  await using sh = await shell()
  const { KeyMetadata } = await sh.answer('create-key --key-spec HMAC_256 --key-usage GENERATE_VERIFY_MAC')
  writeFileSync(sh.file('message'), 'a message')
  const asked = `--key-id ${KeyMetadata.KeyId} --mac-algorithm HMAC_SHA_256 --message fileb://message`
  sh.keep('mac', (await sh.answer(`generate-mac ${asked}`)).Mac)
  assert.equal(String((await sh.answer(`verify-mac ${asked} --mac fileb://mac`)).MacValid), 'true')
})

test('the guide to imports runs as it stands; the key encrypts, and deleted it does not', async (t) => {
  if (!(await there(t))) return
  await using sh = await shell()
  // Finding primes for a wrapping key of 4,096 bits is not what is tested here.
  const said = await sh.guide('import-key-material', (script) => script.replace('RSA_4096', 'RSA_2048'))
  const key = `--key-id ${(JSON.parse(said) as { KeyId: string }).KeyId}`
  writeFileSync(sh.file('plain'), 'a text')
  sh.keep('sealed', (await sh.answer(`encrypt ${key} --plaintext fileb://plain`)).CiphertextBlob)
  sh.keep('opened', (await sh.answer('decrypt --ciphertext-blob fileb://sealed')).Plaintext)
  assert.equal(readFileSync(sh.file('opened'), 'utf8'), 'a text')
  await sh.answer(`delete-imported-key-material ${key}`)
  const refused = await sh.aws('decrypt --ciphertext-blob fileb://sealed')
  assert.match(refused.stderr, /\(KMSInvalidStateException\) .* is pending import\./)
})

test('the guide to rotation runs as it stands: what was encrypted before it is read, and encrypted anew', async (t) => {
  if (!(await there(t))) return
  await using sh = await shell()
  const said = await sh.guide('rotate-a-kms-key')
  assert.match(said, /"RotationPeriodInDays": 180/)
  assert.match(said, /before\{/)
  const materials = [...said.matchAll(/"KeyMaterialState": "(\w+)"/g)].map(([, state]) => state)
  assert.deepEqual(materials, ['CURRENT', 'NON_CURRENT'])
  sh.keep('opened', (await sh.answer('decrypt --ciphertext-blob fileb://after.bin')).Plaintext)
  assert.equal(readFileSync(sh.file('opened'), 'utf8'), 'before')
})

test('the guide to grants runs as it stands: the worker reads, and not any more when the grant is revoked', async (t) => {
  if (!(await there(t))) return
  await using sh = await shell()
  // Without the end of the grant: it is tried afterwards.
  const said = await sh.guide('give-access-with-grants', (script) => script.replace(/^grant=[\s\S]*/m, ''))
  assert.match(said, /hello$/)
  const { Keys } = (await sh.answer('list-keys')) as unknown as { Keys: { KeyId: string }[] }
  const key = `--key-id ${Keys[0]?.KeyId}`
  const { Grants } = (await sh.answer(`list-grants ${key}`)) as unknown as {
    Grants: { GrantId: string; Name: string }[]
  }
  assert.equal(Grants[0]?.Name, 'worker-of-blue')
  const worker = readFileSync(sh.file('worker.txt'), 'utf8').trim().split(/\s+/)
  const read = () => sh.aws('decrypt --ciphertext-blob fileb://blue.bin --encryption-context tenant=blue', worker)
  assert.equal((await read()).code, 0)
  const red = await sh.aws('decrypt --ciphertext-blob fileb://blue.bin --encryption-context tenant=red', worker)
  assert.match(red.stderr, /\(AccessDeniedException\) when calling the Decrypt operation/)
  assert.equal((await sh.aws(`revoke-grant ${key} --grant-id ${Grants[0]?.GrantId}`)).code, 0)
  assert.match((await read()).stderr, /\(AccessDeniedException\)/)
})

test('the guide to keys in several Regions runs as it stands', async (t) => {
  if (!(await there(t))) return
  await using sh = await shell(['us-east-1', 'eu-west-1'])
  assert.match(await sh.guide('use-a-key-in-several-regions'), /hello$/)
})

test('aws kms, a key’s life: aliases, policy, tags, disabled, deletion scheduled and taken back', async (t) => {
  if (!(await there(t))) return
  await using sh = await shell()
  const { KeyMetadata } = await sh.answer('create-key --description first')
  const key = `--key-id ${KeyMetadata?.KeyId}`
  /** A command that answers nothing: not even an empty object (kms.md 17, 2). */
  const silent = async (line: string) => {
    const ended = await sh.aws(line)
    assert.deepEqual([ended.code, ended.stdout], [0, ''], `${line}: ${ended.stderr}`)
  }
  const refused = async (line: string, said: RegExp) => assert.match((await sh.aws(line)).stderr, said)
  await silent(`create-alias --alias-name alias/app --target-key-id ${KeyMetadata?.KeyId}`)
  const other = await sh.answer('create-key')
  await silent(`update-alias --alias-name alias/app --target-key-id ${other.KeyMetadata?.KeyId}`)
  await silent('delete-alias --alias-name alias/app')
  await silent(`update-key-description ${key} --description second`)
  await silent(`tag-resource ${key} --tags TagKey=team,TagValue=blue TagKey=stage,TagValue=test`)
  await silent(`untag-resource ${key} --tag-keys stage`)
  const { Tags } = (await sh.answer(`list-resource-tags ${key}`)) as unknown as { Tags: object[] }
  assert.deepEqual(Tags, [{ TagKey: 'team', TagValue: 'blue' }])
  const { Policy } = await sh.answer(`get-key-policy ${key} --policy-name default`)
  writeFileSync(sh.file('policy.json'), Policy ?? '')
  await silent(`put-key-policy ${key} --policy-name default --policy file://policy.json`)
  await silent(`disable-key ${key}`)
  writeFileSync(sh.file('plain'), 'x')
  await refused(`encrypt ${key} --plaintext fileb://plain`, /\(DisabledException\) .* is disabled\./)
  await silent(`enable-key ${key}`)
  await refused(`encrypt ${key} --plaintext fileb://plain --dry-run`, /\(DryRunOperationException\)/)
  const scheduled = await sh.answer(`schedule-key-deletion ${key} --pending-window-in-days 7`)
  assert.equal(scheduled.KeyState, 'PendingDeletion')
  await refused(`enable-key ${key}`, /\(KMSInvalidStateException\) .* is pending deletion\./)
  await sh.answer(`cancel-key-deletion ${key}`)
  const described = (await sh.answer(`describe-key ${key}`)).KeyMetadata
  assert.deepEqual([described?.KeyState, described?.Description], ['Disabled', 'second'])
  const used = (await sh.answer(`get-key-last-usage ${key}`)) as unknown as { KeyLastUsage: object }
  assert.deepEqual(used.KeyLastUsage, {})
  await refused('describe-custom-key-stores', /\(UnsupportedOperationException\)/)
})
