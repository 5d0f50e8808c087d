import { connect } from 'node:net'
import { load, type Measured } from './load.ts'
import { echo, type Served, strongroom } from './served.ts'
import { signed } from './sign.ts'

/** How fast KMS encrypts, decrypts and makes data keys, against the bare echo in the same run. */

/** One figure: an operation under so many connections. */
export interface KeysRow {
  readonly what: string
  readonly echo: Measured
  readonly kms: Measured
}

/** Requests made ahead, spread over all keys; valid for the five minutes of their signature. */
const POOL = 10_000
const KEYS = 100
const CONTEXT = { 'aws:example:tenant': 'tenant-0001', purpose: 'bench' }

/** Sends one request and answers its body. */
async function ask(server: Served, operation: string, input: object): Promise<Record<string, string>> {
  const { promise, resolve, reject } = Promise.withResolvers<Record<string, string>>()
  const socket = connect(server.port, '127.0.0.1', () =>
    socket.write(signed(server.keys, server.port, `TrentService.${operation}`, input)),
  )
  let text = ''
  socket.on('error', reject)
  socket.on('data', (data) => {
    text += data.toString('utf8')
    const head = text.indexOf('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1])
    if (head < 0 || Buffer.byteLength(text) < head + 4 + length) return
    socket.destroy()
    if (!text.startsWith('HTTP/1.1 200')) reject(new Error(`${operation}: ${text.slice(head + 4)}`))
    else resolve(JSON.parse(text.slice(head + 4)))
  })
  return promise
}

/** Makes keys and ciphertexts, and answers each operation with the inputs that it is asked for. */
export async function workloads(
  ask: (operation: string, input: object) => Promise<Record<string, string>>,
): Promise<Record<string, (at: number) => object>> {
  const ids: string[] = []
  const blobs: string[] = []
  const dataKeys: string[] = []
  const Plaintext = Buffer.alloc(64, 7).toString('base64')
  for (let i = 0; i < KEYS; i++) {
    const { KeyMetadata } = (await ask('CreateKey', {})) as unknown as { KeyMetadata: { KeyId: string } }
    const { KeyId } = KeyMetadata
    ids.push(KeyId)
    const given = { KeyId, EncryptionContext: CONTEXT }
    blobs.push((await ask('Encrypt', { ...given, Plaintext })).CiphertextBlob as string)
    const made = await ask('GenerateDataKey', { ...given, KeySpec: 'AES_256' })
    dataKeys.push(made.CiphertextBlob as string)
  }
  const of = (list: readonly string[], at: number) => list[(at * 37) % KEYS] as string
  const EncryptionContext = CONTEXT
  return {
    Encrypt: (at) => ({ KeyId: of(ids, at), Plaintext, EncryptionContext }),
    Decrypt: (at) => ({ CiphertextBlob: of(blobs, at), EncryptionContext }),
    GenerateDataKey: (at) => ({ KeyId: of(ids, at), KeySpec: 'AES_256', EncryptionContext }),
    'Decrypt (data key)': (at) => ({ CiphertextBlob: of(dataKeys, at), EncryptionContext }),
  }
}

/** Measures each operation between two runs of the echo, with as many bytes as its requests have. */
export async function measureKeys(
  plan: { readonly seconds: number; readonly connections: readonly number[]; readonly only: string | undefined },
  shown: (row: KeysRow) => void,
): Promise<KeysRow[]> {
  const { seconds, only } = plan
  const server = await strongroom()
  const bare = await echo()
  const rows: KeysRow[] = []
  try {
    for (const [what, inputOf] of Object.entries(
      await workloads((operation, input) => ask(server, operation, input)),
    )) {
      if (only !== undefined && !what.startsWith(only)) continue
      const target = `TrentService.${what.split(' ')[0]}`
      for (const connections of plan.connections) {
        const requests = Array.from({ length: POOL }, (_, at) => signed(server.keys, server.port, target, inputOf(at)))
        await load({ ...server, requests, connections, seconds: 2 })
        const before = await load({ ...bare, requests, connections, seconds })
        const kms = await load({ ...server, requests, connections, seconds })
        const after = await load({ ...bare, requests, connections, seconds })
        const row = { what, kms, echo: { ...before, perSecond: (before.perSecond + after.perSecond) / 2 } }
        rows.push(row)
        shown(row)
      }
    }
    return rows
  } finally {
    await Promise.all([server.stop(), bare.stop()])
  }
}
