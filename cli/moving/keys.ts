import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { exit, Failure, type Io } from '../command.ts'
import type { Lock, Unlock } from './age.ts'

const MOST_BYTES = 65_536

/** A file that only its owner may read. Throws Failure; its content is never in it. */
export function readPrivate(path: string, what: string): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new Failure(`${what} ${path} can not be read (${code})`, undefined, exit.usage, cause)
  }
  try {
    const { mode, size } = fstatSync(file)
    if ((mode & 0o077) !== 0)
      throw new Failure(`${what} ${path} can be read by others than its owner`, `chmod 600 ${path}`, exit.usage)
    if (size > MOST_BYTES) throw new Failure(`${what} ${path} is too long`, undefined, exit.usage)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0] ?? ''

/** With what an export is encrypted: recipients, a passphrase of a file, or one that is asked for twice. */
export async function lockFor(
  recipients: readonly string[],
  passphraseFile: string | undefined,
  io: Io,
): Promise<Lock> {
  if (recipients.length > 0) return { recipients }
  if (passphraseFile !== undefined) return { passphrase: firstLine(readPrivate(passphraseFile, 'the passphrase file')) }
  if (io.askSecret === undefined)
    throw new Failure(
      'with what shall it be encrypted?',
      'say --recipient age1…, or --passphrase-file FILE; --plain leaves it open to whoever gets the file',
      exit.usage,
    )
  const passphrase = await io.askSecret('passphrase of the export: ')
  if ((await io.askSecret('the same again: ')) !== passphrase)
    throw new Failure('these were not the same', undefined, exit.usage)
  return { passphrase }
}

/** What opens an encrypted export. */
export async function unlockFor(
  identityFile: string | undefined,
  passphraseFile: string | undefined,
  io: Io,
): Promise<Unlock> {
  if (identityFile !== undefined) {
    const lines = readPrivate(identityFile, 'the identity file').split(/\r?\n/)
    return { identities: lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.trim()) }
  }
  if (passphraseFile !== undefined) return { passphrase: firstLine(readPrivate(passphraseFile, 'the passphrase file')) }
  if (io.askSecret === undefined)
    throw new Failure('the export is encrypted', 'say --identity FILE or --passphrase-file FILE', exit.usage)
  return { passphrase: await io.askSecret('passphrase of the export: ') }
}
