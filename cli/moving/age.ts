import { ReadableStream } from 'node:stream/web'
import { Decrypter, Encrypter } from 'age-encryption'
import { exit, Failure } from '../command.ts'

/** Who can open an export: whoever has the passphrase, or one of the identities. */
export type Lock = { readonly passphrase: string } | { readonly recipients: readonly string[] }

/** What opens one. */
export type Unlock = { readonly passphrase: string } | { readonly identities: readonly string[] }

/** Characters of a passphrase: files are guessed at without anybody counting the guesses. */
const LEAST_PASSPHRASE = 12

/** Encrypts as it goes, in the format of age. Throws Failure for a recipient that is none, and for a short passphrase. */
export async function encrypted(plain: AsyncIterable<Uint8Array>, lock: Lock): Promise<AsyncIterable<Uint8Array>> {
  const encrypter = new Encrypter()
  if ('passphrase' in lock) {
    if ([...lock.passphrase].length < LEAST_PASSPHRASE)
      throw new Failure(
        `the passphrase is short: ${LEAST_PASSPHRASE} characters at least`,
        'five words that nobody would guess will do',
        exit.usage,
      )
    encrypter.setPassphrase(lock.passphrase)
  } else for (const recipient of lock.recipients) addRecipient(encrypter, recipient)
  return encrypter.encrypt(streamOf(plain)) as Promise<AsyncIterable<Uint8Array>>
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(recipient)
  } catch (cause) {
    throw new Failure('a recipient is none of age', 'it begins with age1; age-keygen makes one', exit.usage, cause)
  }
}

/** Decrypts as it goes; what is yielded was not altered. Throws Failure. */
export async function* decrypted(sealed: AsyncIterable<Uint8Array>, unlock: Unlock): AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter()
  if ('passphrase' in unlock) decrypter.addPassphrase(unlock.passphrase)
  else for (const identity of unlock.identities) addIdentity(decrypter, identity)
  let plain: AsyncIterable<Uint8Array>
  try {
    plain = (await decrypter.decrypt(streamOf(sealed))) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw new Failure(
      'passphrase' in unlock ? 'the passphrase does not open this file' : 'no identity opens this file',
      'or it is no file of age, or its head was altered',
      exit.failed,
      cause,
    )
  }
  try {
    yield* plain
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('the file was altered or cut off', 'fetch another copy of it', exit.failed, cause)
  }
}

function addIdentity(decrypter: Decrypter, identity: string): void {
  try {
    decrypter.addIdentity(identity)
  } catch {
    // the library's own words may quote it
    throw new Failure('an identity is none of age', 'a line that begins with AGE-SECRET-KEY-', exit.usage)
  }
}

/** Asks for more only when more was taken. */
function streamOf(bytes: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
