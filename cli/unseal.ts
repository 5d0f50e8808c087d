import { type Command, exit, Failure } from './command.ts'

/** The server is still sealed: more shares are needed. */
const SEALED = 3

/** `strongroom unseal` */
export const unseal: Command = {
  name: 'unseal',
  summary: 'give shares of the seal to a server that waits for them',
  help: () => `usage: strongroom unseal [--url URL] [--share-file FILE]... [--ca FILE] [--json]
       strongroom unseal --status [--url URL] [--ca FILE] [--json]

A server with a shamir seal (strongroom serve --seal shamir) starts sealed: it answers health as sealed, and everything else with an
error, until enough people have given their shares. Each of them runs this, from wherever the server is reached. Shares are asked
for at the terminal and not shown, or read from files; never from the command line, which every process of the machine reads.

--url URL          where the server is; default: http://127.0.0.1:4566. To another machine by https only
--share-file FILE  a file with a share, of mode 0600; - is standard input. May be given several times
--ca FILE          certificate authorities in PEM that the server may have, besides the public ones
--status           only say how far it is
--json             one JSON object: sealed, threshold, shares, given (the numbers of the shares), nonce (the attempt)

Each share is checked when it is given: one that is not of this store, that was changed, or that was given already is named and does
not count. An attempt that nobody goes on with for half an hour is over, and its shares are forgotten.

exit codes: 0 unsealed, 3 still sealed, 1 failed (a share was not taken, the server does not answer), 2 the command line is wrong

examples:
  strongroom unseal --url https://secrets.example.com:4566
  strongroom unseal --share-file /media/stick/share.txt
`,
  async run(args, io) {
    const asked = parse(args)
    const seals = await import('@strongroom/server/seals')
    const where = { url: asked.url, caPath: asked.ca }
    let progress = await seals.progressOf(where)
    const tell = () => {
      if (asked.json) io.out(`${JSON.stringify(progress)}\n`)
      else io.out(`${said(progress)}\n`)
      return progress.sealed ? SEALED : exit.ok
    }
    if (asked.status || !progress.sealed) return tell()
    const give = async (share: Parameters<typeof seals.giveShare>[1], name: string) => {
      const { progress: next, refused } = await seals.giveShare(where, share, progress.nonce)
      progress = next
      return refused === undefined ? undefined : `${name}: ${refused}`
    }
    for (const file of asked.files) {
      const refused = await give(
        seals.readShareFile(file === '-' ? '/dev/stdin' : file),
        file === '-' ? 'standard input' : file,
      )
      if (refused !== undefined) throw new Failure(refused, said(progress))
      if (!progress.sealed) return tell()
    }
    if (asked.files.length > 0) return tell()
    if (io.askSecret === undefined)
      throw new Failure('nobody sits here to be asked for a share', 'name a file with --share-file', exit.usage)
    // one person has one share; an empty line ends it for who has several
    for (let first = true; progress.sealed; first = false) {
      const text = await io.askSecret(`${said(progress)}\nshare${first ? '' : ' (empty: no more)'}: `)
      if (text === '') break
      const refused = await give(seals.secretOf(text), 'what was typed')
      if (refused !== undefined) io.err(`${refused}\n`)
    }
    return tell()
  },
}

interface Asked {
  readonly url: string
  readonly files: readonly string[]
  readonly ca: string | undefined
  readonly status: boolean
  readonly json: boolean
}

function parse(words: readonly string[]): Asked {
  const files: string[] = []
  let url = 'http://127.0.0.1:4566'
  let ca: string | undefined
  let status = false
  let json = false
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    const equals = word.indexOf('=')
    const flag = equals < 0 ? word : word.slice(0, equals)
    if (word === '--status') status = true
    else if (word === '--json') json = true
    else if (flag === '--url' || flag === '--share-file' || flag === '--ca') {
      const value = equals < 0 ? words[++at] : word.slice(equals + 1)
      if (value === undefined || value === '') throw wrong(`${flag} needs a value`)
      if (flag === '--url') url = originOf(value)
      else if (flag === '--ca') ca = value
      else files.push(value)
    } else if (/^srs1/i.test(word))
      throw wrong('a share on the command line is read by every process of the machine: use --share-file')
    else throw wrong(word.startsWith('-') ? `${flag} is not a flag` : `argument ${at + 1} is not a flag`)
  }
  return { url, files, ca, status, json }
}

const wrong = (what: string) => new Failure(what, 'see strongroom unseal --help', exit.usage)

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '')
    throw wrong('--url takes a URL like https://secrets.example.com:4566')
  return url.origin
}

function said({
  sealed,
  threshold,
  given,
}: Awaited<ReturnType<typeof import('@strongroom/server/seals').progressOf>>): string {
  if (!sealed) return 'the store is unsealed'
  if (threshold === undefined) return 'the store is being opened'
  const which = given.length === 0 ? '' : ` (${given.map((index) => `share ${index}`).join(', ')})`
  return `sealed: ${given.length} of ${threshold} shares were given${which}`
}
