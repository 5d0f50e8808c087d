import { readFileSync } from 'node:fs'
import { configure } from '@strongroom/server/config'
import { type Basis, basisOf, keysIn, validate } from '@strongroom/server/delivered'
import { exit, Failure, type Io } from '../command.ts'
import { Line, ownsValue } from '../line.ts'
import { wrongIn } from '../report/arguments.ts'
import { accepted } from '../settings.ts'
import { plain, styles } from '../style.ts'

export const validateHelp = `       strongroom audit validate DIR [--public-key FILE]... [--json] [--data DIR | --database URL] [--seal-file FILE]
`

export const validateFlags = `validate Verifies the log files and signed digests that trails have delivered into a folder: DIR is the folder of a server
         (--trail-folder) or of one bucket, or a copy of it. Without --public-key the store says which keys are ours, which digest is
         the newest (so that a cut-off end is found) and what the rule of retention took away.
         Exit code: 0 all is as it was delivered, 1 something was changed, 2 it can't be read.
  --public-key FILE      verify without a store, by this key: PEM, DER of PKCS #1, or what aws cloudtrail list-public-keys answers
`

/** `strongroom audit validate` */
export async function validateDelivered(args: readonly string[], io: Io): Promise<number> {
  const { folder, keyFiles, json, rest } = parse(args)
  const basis =
    keyFiles.length > 0 ? { keys: new Map(keyFiles.flatMap((file) => [...readKeys(file)])) } : await stored(rest, io)
  if (basis === undefined) return exit.usage
  const verdict = await validate(folder, basis).catch((cause: unknown) => {
    throw new Failure(`the folder ${folder} can not be read`, 'give the folder of delivered files', exit.usage, cause)
  })
  const { digests, logs, unnamed, gone, problems, ok } = verdict
  // An empty folder proves nothing: what was asked for is not there.
  if (ok && digests === 0 && logs === 0)
    throw new Failure(`there are no files of trails in ${folder}`, undefined, exit.usage)
  const { red, bold } = styles(io)
  if (json) io.out(`${JSON.stringify(verdict)}\n`)
  else {
    for (const { kind, file, text } of problems) io.out(`${red(kind)}: ${plain(file)}: ${text}\n`)
    const more = [
      ...(unnamed > 0 ? [`${unnamed} log files in no digest yet`] : []),
      ...(gone > 0 ? [`${gone} files taken away by retention`] : []),
    ].map((each) => `; ${each}`)
    io.out(`${ok ? bold('ok') : red('tampered')}: ${digests} digests, ${logs} log files${more.join('')}\n`)
  }
  return ok ? exit.ok : exit.failed
}

interface Parsed {
  readonly folder: string
  readonly keyFiles: readonly string[]
  readonly json: boolean
  readonly rest: readonly string[]
}

const wrong = wrongIn('audit')

function parse(args: readonly string[]): Parsed {
  const keyFiles: string[] = []
  const rest: string[] = []
  let folder: string | undefined
  let json = false
  const line = new Line(args, wrong)
  while (line.next()) {
    const { word, flag } = line
    if (word === '--json') json = true
    else if (flag === '--public-key') keyFiles.push(line.value())
    else if (word.startsWith('-')) rest.push(...line.passed(ownsValue))
    else if (folder === undefined) folder = word
    else throw wrong(`what is ${word.slice(0, 60)}?`)
  }
  if (folder === undefined) throw wrong('say which folder')
  if (keyFiles.length > 0 && rest.length > 0)
    throw new Failure('--public-key verifies without a store', `leave ${rest[0]} away, or --public-key`, exit.usage)
  return { folder, keyFiles, json, rest }
}

function readKeys(file: string): ReturnType<typeof keysIn> {
  try {
    return keysIn(readFileSync(file))
  } catch (cause) {
    const hint = 'give PEM, DER of PKCS #1, or the answer of aws cloudtrail list-public-keys'
    throw new Failure(`the key in ${file} can not be read`, hint, exit.usage, cause)
  }
}

async function stored(rest: readonly string[], io: Io): Promise<Basis | undefined> {
  const config = accepted('audit', configure('serve', rest, io.env), io)
  return config === undefined || config.mode !== 'serve' ? undefined : basisOf(config)
}
