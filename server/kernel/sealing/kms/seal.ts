import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, systemClock } from '#kernel/clock'
import { isLoopback } from '#kernel/outbound/addresses'
import { type Answered, call, Unacceptable, Unreachable } from '#kernel/outbound/call'
import { SealError } from '#kernel/sealing/error'
import { signed } from '#kernel/signature/sign'
import { openEach, type Seal } from '#kernel/sealing/seal'
import type { KmsSettings } from '#kernel/sealing/settings'

const KEY_SIZE = 32
const MOST_ANSWER = 64 * 1024
const TIMEOUT_MS = 10_000
const TRIES = 3
const PAUSE_MS = 300

/** What is kept beside the root key. The context binds the ciphertext to this use, and shows in the other service's trail. */
interface Parameters {
  readonly keyId: string
  readonly context: Readonly<Record<string, string>>
  readonly ciphertext: string
}

/**
 * The seal key is encrypted by a key of another service that speaks the wire of AWS KMS (AWS itself, or another Strongroom): whoever
 * may call Decrypt there opens the store, and who is forbidden to does not any more, from the next start on.
 */
export function kmsSeal(settings: KmsSettings, clock: Clock = systemClock): Seal {
  const hint = `may these credentials call kms:Encrypt and kms:Decrypt with the key ${settings.keyId} at ${settings.endpoint}?`
  return {
    kind: 'kms',
    hint,
    async make(random) {
      const bytes = random.bytes(KEY_SIZE)
      const context = { 'strongroom:use': 'seal', 'strongroom:seal': random.uuid() }
      try {
        const { CiphertextBlob, KeyId } = await ask(settings, clock, hint, 'Encrypt', {
          KeyId: settings.keyId,
          Plaintext: bytes.toString('base64'),
          EncryptionContext: context,
        })
        if (typeof CiphertextBlob !== 'string' || typeof KeyId !== 'string') throw noAnswer(settings, hint)
        const parameters: Parameters = { keyId: KeyId, context, ciphertext: CiphertextBlob }
        return { key: createSecretKey(bytes), parameters: JSON.stringify(parameters) }
      } finally {
        bytes.fill(0)
      }
    },
    open: (rows) =>
      openEach(rows, async (row) => {
        const { keyId, context, ciphertext } = readParameters(row.parameters)
        const { Plaintext } = await ask(settings, clock, hint, 'Decrypt', {
          KeyId: keyId,
          CiphertextBlob: ciphertext,
          EncryptionContext: context,
        })
        const bytes = Buffer.from(typeof Plaintext === 'string' ? Plaintext : '', 'base64')
        try {
          if (bytes.length !== KEY_SIZE) throw noAnswer(settings, hint)
          return createSecretKey(bytes)
        } finally {
          bytes.fill(0)
        }
      }),
  }
}

const noAnswer = ({ endpoint }: KmsSettings, hint: string) =>
  new SealError(`what ${endpoint} answers is not what AWS KMS would answer`, hint)

type Fields = Readonly<Record<string, unknown>>

/** Calls the other service; three times when it does not answer or is too busy. Throws a SealError. */
async function ask(
  settings: KmsSettings,
  clock: Clock,
  hint: string,
  operation: string,
  input: Fields,
): Promise<Fields> {
  const { endpoint, caPath } = settings
  const ca = caPath === undefined ? undefined : readAuthorities(caPath)
  const body = JSON.stringify(input)
  const { host } = new URL(endpoint)
  for (let tries = 1; ; tries++) {
    let answered: Answered
    try {
      answered = await call(
        {
          url: `${endpoint}/`,
          method: 'POST',
          headers: signed(settings, {
            service: 'kms',
            host,
            target: `TrentService.${operation}`,
            body,
            now: clock.now(),
          }),
          body,
          mostBytes: MOST_ANSWER,
          readsRefusals: true,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        },
        // the operator names it, so it may be anywhere; in the clear only on this machine
        { mayConnect: () => true, mayConnectPlain: (address) => isLoopback(address), ca },
      )
    } catch (cause) {
      if (cause instanceof Unreachable && tries < TRIES) {
        await delay(PAUSE_MS * tries)
        continue
      }
      if (!(cause instanceof Unreachable || cause instanceof Unacceptable)) throw cause
      throw new SealError(
        `the KMS at ${endpoint} can not be reached: ${cause.message}`,
        'look at its address and at the network',
        cause,
      )
    }
    const { status } = answered
    const said = readObject(answered.body)
    if (status === 200 && said !== undefined) return said
    const code = String(said?.__type ?? '')
      .split('#')
      .at(-1)
    if ((status >= 500 || code === 'ThrottlingException') && tries < TRIES) {
      await delay(PAUSE_MS * tries)
      continue
    }
    const what = /^\w{1,80}$/.test(code ?? '') ? code : `status ${status}`
    throw new SealError(`the KMS at ${endpoint} refuses ${operation}: ${what}`, hint)
  }
}

function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new SealError(`the certificate authorities in ${path} can't be read`, 'look at --seal-kms-ca', cause)
  }
}

function readObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

function readParameters(text: string): Parameters {
  const { keyId, context, ciphertext } = readObject(text.length > 65_536 ? '' : text) ?? {}
  const isContext =
    typeof context === 'object' &&
    context !== null &&
    Object.values(context).every((value) => typeof value === 'string')
  if (typeof keyId !== 'string' || typeof ciphertext !== 'string' || !isContext)
    throw new SealError(
      'the parameters of the kms seal in the store are not ones that this program writes',
      'restore the store from a backup',
    )
  return { keyId, context: context as Parameters['context'], ciphertext }
}
