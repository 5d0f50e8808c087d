import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { KMS } from '@aws-sdk/client-kms'
import { SignatureV4 } from '@smithy/signature-v4'
import { SettableClock } from '#kernel/clock'
import { systemRandom as random } from '#kernel/random'
import { addSeal } from '#kernel/sealing/change'
import { kmsSeal } from '#kernel/sealing/kms/seal'
import { signed } from '#kernel/signature/sign'
import { openRoot, openVault } from '#kernel/sealing/open'
import { migrations } from '#kernel/sealing/schema'
import { memorySeal } from '#kernel/sealing/seal'
import type { KmsSettings } from '#kernel/sealing/settings'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import { Secret } from '#kernel/values/bytes'
import { Program } from '../program.ts'
import { type Started, start } from '../start.ts'

/** A seal by another KMS over the AWS wire; the other one is a Strongroom. */

let shared: Awaited<ReturnType<typeof started>> | undefined
after(() => shared?.[Symbol.asyncDispose]())

/** The other service: one for all tests, with a key of its own for each. */
async function other() {
  shared ??= await started()
  const { server, kms } = shared
  const { KeyMetadata } = await kms.createKey({ Description: 'seals another' })
  return { server, kms, settings: { ...shared.settings, keyId: KeyMetadata?.KeyId as string } }
}

async function started(): Promise<{ server: Started; kms: KMS; settings: KmsSettings } & AsyncDisposable> {
  const server = await start()
  const { url: endpoint, credentials } = server
  const kms = new KMS({ endpoint, region: 'us-east-1', credentials })
  return {
    server,
    kms,
    settings: {
      kind: 'kms',
      endpoint,
      region: 'us-east-1',
      keyId: '',
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: new Secret(credentials.secretAccessKey),
    },
    async [Symbol.asyncDispose]() {
      kms.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function store(t: TestContext) {
  const storage = await openSqlite({ file: ':memory:', migrations, clock: new SettableClock(0) })
  t.after(() => storage.close())
  return storage
}

test('a store that is sealed by another Strongroom opens with its key, and by nothing else', async (t) => {
  const there = await other()
  const { kms, settings } = there
  const storage = await store(t)
  const vault = await openVault({ storage, seal: kmsSeal(settings), random })
  const wrapped = vault.wrap('x', Buffer.from('record'), ['id'])
  const opens = async (more: Partial<KmsSettings> = {}) =>
    (await openVault({ storage, seal: kmsSeal({ ...settings, ...more }), random }))
      .unwrap('x', wrapped, ['id'])
      .toString()
  assert.equal(await opens(), 'record')
  // the key is the one that the store names, whatever the settings say by now
  assert.equal(await opens({ keyId: 'alias/other' }), 'record')
  await kms.disableKey({ KeyId: settings.keyId })
  await assert.rejects(opens(), {
    message: `the KMS at ${settings.endpoint} refuses Decrypt: DisabledException`,
    hint: new RegExp(`^may these credentials call kms:Encrypt and kms:Decrypt with the key ${settings.keyId}`),
  })
  await kms.enableKey({ KeyId: settings.keyId })
  assert.equal(await opens(), 'record')
  await assert.rejects(
    opens({ secretAccessKey: new Secret('x'.repeat(40)) }),
    /refuses Decrypt: InvalidSignatureException$/,
  )
  await assert.rejects(opens({ accessKeyId: 'AKIA0000000000000000' }), /refuses Decrypt: UnrecognizedClientException$/)
})

test('what the other KMS is asked carries an encryption context, and leaves its records there', async (t) => {
  const there = await other()
  const storage = await store(t)
  await openVault({ storage, seal: kmsSeal(there.settings), random })
  const [row] = (await openRoot({ storage, seal: kmsSeal(there.settings), random })).stored.seals
  const { keyId, context, ciphertext } = JSON.parse(row?.parameters as string)
  assert.match(keyId, /^arn:aws:kms:us-east-1:111122223333:key\//)
  assert.equal(context['strongroom:use'], 'seal')
  const blob = Buffer.from(ciphertext, 'base64')
  await assert.rejects(there.kms.decrypt({ CiphertextBlob: blob }), { name: 'InvalidCiphertextException' })
  const { Plaintext } = await there.kms.decrypt({ CiphertextBlob: blob, EncryptionContext: context })
  assert.equal(Plaintext?.length, 32)
})

test('a second seal by KMS is added to a store, and proven by Decrypt before it counts', async (t) => {
  const there = await other()
  const storage = await store(t)
  const first = memorySeal()
  await openVault({ storage, seal: first, random })
  const opened = await openRoot({ storage, seal: first, random })
  const { id } = await addSeal({ storage, opened, random }, kmsSeal(there.settings))
  assert.match(id, /^kms-/)
  await openVault({ storage, seal: kmsSeal(there.settings), random })
  // a key that may encrypt and not decrypt is no seal
  const { settings, kms } = there
  await kms.putKeyPolicy({
    KeyId: settings.keyId,
    Policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::111122223333:root' },
          NotAction: 'kms:Decrypt',
          Resource: '*',
        },
      ],
    }),
  })
  const again = await openRoot({ storage, seal: first, random })
  await assert.rejects(
    addSeal({ storage, opened: again, random }, kmsSeal(settings)),
    /refuses Decrypt: AccessDeniedException$/,
  )
  assert.equal((await openRoot({ storage, seal: first, random })).stored.seals.length, 2)
})

test('the signature is the one that AWS’s own signer makes', async () => {
  class Sha256 {
    readonly #hash
    constructor(secret?: string | ArrayBuffer | Uint8Array) {
      this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(secret as Uint8Array))
    }
    update(piece: Uint8Array): void {
      this.#hash.update(piece)
    }
    async digest(): Promise<Uint8Array> {
      return this.#hash.digest()
    }
    reset(): void {}
  }
  for (const sessionToken of [undefined, 'a/session+token==']) {
    const now = Date.UTC(2026, 10, 22, 3, 4, 5, 678)
    const body = '{"KeyId":"alias/é"}'
    const credentials = {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    }
    const signer = new SignatureV4({
      service: 'kms',
      region: 'eu-central-1',
      sha256: Sha256 as never,
      credentials: { ...credentials, ...(sessionToken === undefined ? {} : { sessionToken }) },
      applyChecksum: false,
    })
    const theirs = (await signer.sign(
      {
        method: 'POST',
        protocol: 'https:',
        hostname: 'kms.example.com',
        path: '/',
        query: {},
        headers: {
          host: 'kms.example.com:4566',
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'TrentService.Decrypt',
        },
        body,
      } as never,
      { signingDate: new Date(now) },
    )) as unknown as { readonly headers: Readonly<Record<string, string>> }
    const ours = signed(
      {
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: new Secret(credentials.secretAccessKey),
        ...(sessionToken === undefined ? {} : { sessionToken: new Secret(sessionToken) }),
        region: 'eu-central-1',
      },
      { service: 'kms', host: 'kms.example.com:4566', target: 'TrentService.Decrypt', body, now },
    )
    assert.equal(ours.authorization, theirs.headers.authorization)
    assert.equal(ours['x-amz-date'], theirs.headers['x-amz-date'])
    assert.equal(ours['x-amz-security-token'], sessionToken)
  }
})

test('strongroom serve with a seal by another KMS, as its flags and a credentials file say', async () => {
  const there = await other()
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-kms-seal-'))
  try {
    const { settings, kms } = there
    const file = join(directory, 'credentials')
    const { accessKeyId, secretAccessKey } = settings
    writeFileSync(
      file,
      `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey.reveal()}\n`,
      { mode: 0o600 },
    )
    // the first time with workers, which get the root key from their primary
    const serve = (...more: string[]) =>
      new Program(fileURLToPath(new URL('../../../cli/main.ts', import.meta.url)), [
        ...['serve', '--listen', '127.0.0.1:0', '--data', join(directory, 'data'), ...more],
        ...[
          '--seal-kms-endpoint',
          settings.endpoint,
          '--seal-kms-key',
          settings.keyId,
          '--seal-kms-credentials-file',
          file,
        ],
      ])
    for (const more of [['--workers', '2'], []]) {
      await using running = serve(...more)
      const url = await running.says(/^strongroom: ready on (\S+)$/m)
      assert.deepEqual(await (await fetch(`${url}/_strongroom/health`)).json(), { status: 'ready' })
      running.child.kill('SIGTERM')
      assert.deepEqual(await running.exited, [0, null])
    }
    assert.equal(existsSync(join(directory, 'data', 'seal.key')), false)
    await kms.disableKey({ KeyId: settings.keyId })
    await using refused = serve()
    assert.deepEqual(await refused.exited, [1, null])
    assert.match(
      refused.errors,
      /refuses Decrypt: DisabledException\nhint: may these credentials call kms:Encrypt and kms:Decrypt/,
    )
    assert.ok(!refused.errors.includes(secretAccessKey.reveal()))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

/** A service that answers as it is told. */
async function double(t: TestContext, answers: (readonly [number, string])[]): Promise<string> {
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      const [status, body] = answers.shift() ?? [500, '']
      response.writeHead(status).end(body)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('an answer that is none, and a service that fails for a moment', async (t) => {
  const settings = {
    kind: 'kms',
    region: 'us-east-1',
    keyId: 'k',
    accessKeyId: 'AKIA',
    secretAccessKey: new Secret('s'),
  } as const
  const row = { id: 'kms', parameters: JSON.stringify({ keyId: 'k', context: {}, ciphertext: 'AAAA' }) }
  const key = Buffer.alloc(32, 5)
  const good = [200, JSON.stringify({ Plaintext: key.toString('base64') })] as const
  const asked = async (...answers: (readonly [number, string])[]) =>
    kmsSeal({ ...settings, endpoint: await double(t, answers) }).open([row])
  const [opened] = await asked([503, ''], [400, '{"__type":"ThrottlingException"}'], good)
  assert.deepEqual(opened?.key.export(), key)
  for (const body of ['{}', '{"Plaintext":"AAAA"}', '{"Plaintext":7}'])
    await assert.rejects(asked([200, body]), /is not what AWS KMS would answer$/)
  await assert.rejects(asked([200, '<html>']), /refuses Decrypt: status 200$/)
  await assert.rejects(asked([404, 'secret\u001b[2J']), /refuses Decrypt: status 404$/)
  await assert.rejects(
    asked([400, '{"__type":"com.amazonaws.kms#AccessDeniedException"}']),
    /refuses Decrypt: AccessDeniedException$/,
  )
  await assert.rejects(
    asked([200, `{"Plaintext":"${'A'.repeat(100_000)}"}`]),
    /can not be reached: its answer is too long/,
  )
  const gone = kmsSeal({ ...settings, endpoint: 'http://127.0.0.1:1' })
  await assert.rejects(gone.open([row]), /can not be reached: nobody answers at its addresses$/)
  // in the clear to this machine only
  await assert.rejects(kmsSeal({ ...settings, endpoint: 'http://192.0.2.1' }).open([row]), /can not be reached/)
  await assert.rejects(gone.open([{ ...row, parameters: '{"keyId":7}' }]), /are not ones that this program writes/)
})
