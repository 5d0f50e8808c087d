import { createSecretKey } from 'node:crypto'
import { SealError } from '#kernel/sealing/error'
import { CKA, CKK_AES, CKO_SECRET_KEY, Cryptoki, type Session, TokenRefused } from '#kernel/sealing/pkcs11/cryptoki'
import type { OpenedSeal, Seal, StoredSeal } from '#kernel/sealing/seal'
import type { Pkcs11Settings } from '#kernel/sealing/settings'

const KEY_SIZE = 32
const ID_SIZE = 16
const IV_SIZE = 12
const AAD = Buffer.from('strongroom/seal/pkcs11/v1')

/** What is kept beside the root key: where its key is, and the seal key under that. */
interface Parameters {
  readonly token: string
  readonly key: string
  readonly iv: string
  readonly ciphertext: string
}

/** Libraries stay loaded: each is initialized once in a process. */
const libraries = new Map<string, Cryptoki>()

/**
 * The seal key is encrypted by an AES key in a token (an HSM, a smart card) that never leaves it: whoever has the token and its
 * PIN opens the store. The token's key is made with the first seal; it can neither be read nor be taken out.
 */
export function pkcs11Seal(settings: Pkcs11Settings): Seal {
  const { token, key } = settings
  const hint = `is it the right token, with the label ${token}, and does it still have its key ${key}?`
  return {
    kind: 'pkcs11',
    hint,
    async make(random) {
      const id = random.bytes(ID_SIZE)
      const iv = random.bytes(IV_SIZE)
      const bytes = random.bytes(KEY_SIZE)
      try {
        return inToken(settings, hint, (session) => {
          const handle = keyIn(session, key) ?? generate(session, key, id)
          const parameters: Parameters = {
            token,
            key,
            iv: iv.toString('base64'),
            ciphertext: session.encrypt(handle, iv, AAD, bytes).toString('base64'),
          }
          return { key: createSecretKey(bytes), parameters: JSON.stringify(parameters) }
        })
      } finally {
        bytes.fill(0)
      }
    },
    // one login for all rows: a token counts each wrong PIN
    open: async (rows) => inToken(settings, hint, (session) => opened(session, rows, settings)),
  }
}

function opened(
  session: Session,
  rows: readonly StoredSeal[],
  { token, key }: Pick<Pkcs11Settings, 'token' | 'key'>,
): readonly OpenedSeal[] {
  const keys: OpenedSeal[] = []
  let refused: unknown
  for (const { id, parameters } of rows) {
    const known = readParameters(parameters)
    if (known === undefined) {
      refused ??= new SealError(
        'the parameters of the pkcs11 seal in the store are not ones that this program writes',
        'restore the store from a backup',
      )
      continue
    }
    const { key: label, iv, ciphertext } = known
    const handle = keyIn(session, label)
    if (handle === undefined) {
      refused ??= new SealError(
        `the token ${token} has no key ${label}`,
        `was it ${key} that sealed the store? strongroom seal list`,
      )
      continue
    }
    try {
      const bytes = session.decrypt(handle, Buffer.from(iv, 'base64'), AAD, Buffer.from(ciphertext, 'base64'))
      if (bytes.length === KEY_SIZE) keys.push({ id, key: createSecretKey(bytes) })
      bytes.fill(0)
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      refused ??= error
    }
  }
  if (keys.length === 0 && refused !== undefined) throw refused
  return keys
}

/** The token's key of this label; undefined when there is none. */
function keyIn(session: Session, label: string): number | undefined {
  const found = session.find([
    [CKA.CLASS, CKO_SECRET_KEY],
    [CKA.KEY_TYPE, CKK_AES],
    [CKA.LABEL, Buffer.from(label)],
  ])
  if (found.length > 1)
    throw new SealError(`the token has several keys ${label}`, 'name one that is alone with --seal-pkcs11-key')
  return found[0]
}

function generate(session: Session, label: string, id: Uint8Array): number {
  return session.generate([
    [CKA.CLASS, CKO_SECRET_KEY],
    [CKA.KEY_TYPE, CKK_AES],
    [CKA.VALUE_LEN, KEY_SIZE],
    [CKA.LABEL, Buffer.from(label)],
    [CKA.ID, id],
    [CKA.TOKEN, true],
    [CKA.PRIVATE, true],
    [CKA.SENSITIVE, true],
    [CKA.EXTRACTABLE, false],
    [CKA.ENCRYPT, true],
    [CKA.DECRYPT, true],
  ])
}

/** Works in the token. What it refuses is told to a person. */
function inToken<T>({ module, token, pin }: Pkcs11Settings, hint: string, work: (session: Session) => T): T {
  try {
    const library = libraries.get(module) ?? new Cryptoki(module)
    libraries.set(module, library)
    const [slot, ...others] = library.slots(token)
    if (slot === undefined)
      throw new SealError(`there is no token with the label ${token}`, 'is it plugged in? --seal-pkcs11-token names it')
    if (others.length > 0)
      throw new SealError(`there are several tokens with the label ${token}`, 'give the right one a label of its own')
    const bytes = Buffer.from(pin.reveal())
    try {
      return library.within(slot, bytes, work)
    } finally {
      bytes.fill(0)
    }
  } catch (cause) {
    if (!(cause instanceof TokenRefused)) throw cause
    const wrongPin = cause.message.includes('CKR_PIN_')
    throw new SealError(
      `the token ${token} refuses: ${cause.message}`,
      wrongPin ? 'look at the PIN before you try again: a token that has seen too many wrong ones locks itself' : hint,
      cause,
    )
  }
}

/** Undefined when they are not ones that this program writes. */
function readParameters(text: string): Parameters | undefined {
  let read: unknown
  try {
    read = text.length > 4096 ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
  const { token, key, iv, ciphertext } = (read ?? {}) as Record<string, unknown>
  const fits = (value: unknown, size: number): value is string =>
    typeof value === 'string' && Buffer.from(value, 'base64').length === size
  if (typeof token !== 'string' || typeof key !== 'string' || !fits(iv, IV_SIZE) || !fits(ciphertext, KEY_SIZE + 16))
    return undefined
  return { token, key, iv, ciphertext }
}
