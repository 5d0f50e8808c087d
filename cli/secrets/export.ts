import { once } from 'node:events'
import { createWriteStream, openSync, statSync, fsyncSync, closeSync, renameSync, rmSync } from 'node:fs'
import { now, token } from '@strongroom/server/wire'
import { type Command, exit, Failure, type Io } from '../command.ts'
import { encrypted } from '../moving/age.ts'
import { endLine, headLine, linesOf } from '../moving/export-lines.ts'
import { lockFor } from '../moving/keys.ts'
import { secretsAt, type Versions } from '../moving/remote.ts'
import { plain, styles } from '../style.ts'
import { type Client, connect, wireHelp, wireSettings } from '../wire/client.ts'
import { parseSecrets } from './arguments.ts'
import { counted } from './promotion/told.ts'

/** `strongroom export` */
export const exportCommand: Command = {
  name: 'export',
  summary: 'write secrets to an encrypted file, with all that belongs to them',
  help: () => `usage: strongroom export [PREFIX] -o FILE [--recipient age1…] [--passphrase-file FILE] [flags]

Writes the secrets whose names begin with PREFIX (all, without one) to FILE: each version with its id, date and labels, description,
tags, key as supplied, resource policy and rotation. strongroom import brings them back as they were. It works with AWS itself too.

The file is encrypted, in the format of age: the age command opens it as well, on any machine.

-o FILE                  where to; only its owner can read it. - is standard output
--recipient age1…        who can open it, as age-keygen prints it; may be given again
--passphrase-file FILE   the passphrase, in a file that only its owner can read. Without either it is asked for at the terminal
--plain                  not encrypted: whoever gets the file has the secrets
--versions WHICH         all (default), labelled or current
--force                  writes over FILE
${wireHelp}
It needs secretsmanager:ListSecrets, and of each secret DescribeSecret, ListSecretVersionIds, GetSecretValue and GetResourcePolicy; secrets
that may not be read are told and not in the file, and so are those that wait for their deletion. Exit codes: 0 all are in it, 1 some are not or nothing was written, 2 wrong command line.

examples:
  strongroom export -o backup.age --recipient age1…
  strongroom export prod/ -o prod.age --passphrase-file passphrase
  strongroom import prod.age --identity key.txt --dry-run
`,
  async run(args, io) {
    const { words, values, lists, flags, wrong } = parseSecrets(args, {
      name: 'export',
      words: ['[PREFIX]'],
      valued: ['-o', '--passphrase-file', '--versions'],
      repeated: ['--recipient'],
      plain: ['--plain', '--force'],
    })
    const file = values.get('-o')
    const recipients = lists.get('--recipient') ?? []
    const passphraseFile = values.get('--passphrase-file')
    const versions = values.get('--versions') ?? 'all'
    if (file === undefined) throw wrong('say -o FILE')
    if (!['all', 'labelled', 'current'].includes(versions)) throw wrong('--versions takes all, labelled, current')
    if (flags.has('--plain') && (recipients.length > 0 || passphraseFile !== undefined))
      throw wrong('--plain and something to encrypt with exclude each other')
    if (recipients.length > 0 && passphraseFile !== undefined)
      throw wrong('--recipient and --passphrase-file exclude each other')
    if (file === '-' && io.terminal === true) throw wrong('standard output is a terminal: say -o FILE')
    if (file !== '-') checkPlace(file, flags.has('--force'))
    using client = await connect(wireSettings(values), io)
    const told: Told = { secrets: 0, left: 0 }
    const lines = linesAt(client, words[0] ?? '', versions as Versions, told, io)
    const bytes = flags.has('--plain') ? lines : await encrypted(lines, await lockFor(recipients, passphraseFile, io))
    if (file === '-') await writeOut(bytes, io)
    else await writeFile(file, bytes)
    const are = `${counted(told.secrets, 'secret')} of ${client.where} ${told.secrets === 1 ? 'is' : 'are'}`
    io.err(`${are} in ${file === '-' ? 'the export' : file}\n`)
    if (told.left > 0) io.err(`${told.left} ${told.left === 1 ? 'is' : 'are'} not\n`)
    return told.left > 0 ? exit.failed : exit.ok
  },
}

/** A file is put in the place of another one; a device, a pipe or a folder is no place for that. */
function checkPlace(file: string, force: boolean): void {
  const there = statSync(file, { throwIfNoEntry: false })
  if (there === undefined) return
  if (!there.isFile()) throw new Failure(`${file} is no file`, '-o - writes to standard output', exit.usage)
  if (!force) throw new Failure(`${file} is there already`, '--force writes over it', exit.usage)
}

interface Told {
  secrets: number
  left: number
}

/** Bytes that are handed on at once: as much as age encrypts in one piece. */
const PIECE = 64 * 1024

async function* linesAt(
  client: Client,
  prefix: string,
  versions: Versions,
  told: Told,
  io: Io,
): AsyncGenerator<Uint8Array> {
  let text = `${headLine({ exported: new Date(now()).toISOString(), region: client.region, prefix })}\n`
  for await (const incoming of secretsAt(client, prefix, versions)) {
    if ('left' in incoming) {
      if (!incoming.left.deleted) told.left++
      io.err(`${styles(io).yellow('left out')}: ${plain(incoming.left.name)}: ${plain(incoming.left.why)}\n`)
      continue
    }
    const { secret } = incoming
    told.secrets++
    for (const note of secret.notes) io.err(`${plain(secret.name)}: ${plain(note)}\n`)
    for (const line of linesOf(secret)) {
      text += `${line}\n`
      if (text.length < PIECE) continue
      yield Buffer.from(text)
      text = ''
    }
  }
  yield Buffer.from(`${text}${endLine(told.secrets)}\n`)
}

/** Under its name stands a whole file or none; only its owner can read it, from the first byte on. */
async function writeFile(file: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const part = `${file}.${token()}.part`
  using _ = onSignal(() => rmSync(part, { force: true }))
  try {
    const out = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true })
    await once(out, 'open')
    for await (const piece of bytes) if (!out.write(piece)) await once(out, 'drain')
    out.end()
    await once(out, 'close')
    renameSync(part, file)
    syncFolder(file)
  } catch (error) {
    rmSync(part, { force: true })
    const { code } = error as NodeJS.ErrnoException
    if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code) || error instanceof Failure) throw error
    throw new Failure(`${file} can not be written (${code})`, undefined, exit.failed, error)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Does `work` before a signal ends the program, until it is disposed of: half a file may hold values in clear. */
function onSignal(work: () => void): Disposable {
  const ended = (signal: NodeJS.Signals) => {
    work()
    stop()
    process.kill(process.pid, signal)
  }
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, ended)
  }
  for (const signal of SIGNALS) process.on(signal, ended)
  return { [Symbol.dispose]: stop }
}

/** The new name survives a power cut too. */
function syncFolder(file: string): void {
  const folder = openSync(file.replace(/[^/]*$/, '') || '.', 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Bytes as they are; where the command has only text to write (tests), one character for each byte. */
async function writeOut(bytes: AsyncIterable<Uint8Array>, io: Io): Promise<void> {
  for await (const piece of bytes) {
    if (io.outBytes === undefined) io.out(Buffer.from(piece).toString('latin1'))
    else io.outBytes(piece)
    if ((await io.drained?.()) === false) throw new Failure('nobody reads the export any more')
  }
}
