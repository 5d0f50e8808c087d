import { configure } from '@strongroom/server/config'
import { type Command, exit, Failure, type Io } from './command.ts'
import { accepted } from './settings.ts'
import { styles } from './style.ts'

/** `strongroom account` */
export const account: Command = {
  name: 'account',
  summary: 'make accounts, list them, give a root user another key',
  help: () => `usage: strongroom account create [--id DIGITS] [--json] [--data DIR | --database URL] [--seal-file FILE]
       strongroom account list [--json] [--data DIR | --database URL]
       strongroom account root-key ACCOUNT [--json] [--data DIR | --database URL] [--seal-file FILE]

Accounts of one deployment see nothing of each other but what their policies share. Where the server keeps its state is said
as for strongroom serve: by the same flags, variables and file. All of it works while the server runs.

create     Makes an account and the access key of its root user. The credentials are written to a file that only this user
           can read, in the form that a shell can source; they are shown nowhere and can't be read again.
  --id DIGITS    12 digits; made up when not given
list       Prints the accounts, the oldest first, with their alias and the number of active keys of their root users.
root-key   Gives the root user of an account one more access key: for the day when all others are lost. Delete the lost ones
           by iam delete-access-key then.
--json     one JSON object (create, root-key) or one for each account, one per line (list)

examples:
  strongroom account create
  strongroom account create --id 444455556666 --data /var/lib/strongroom
  strongroom account list --json | jq -r .account
`,
  async run(args, io) {
    const [verb, ...rest] = args
    if (verb !== 'create' && verb !== 'list' && verb !== 'root-key') {
      throw wrong('say what to do: account create, account list or account root-key')
    }
    const asked = parse(verb, rest)
    const config = accepted('account', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve')
      throw new Failure('strongroom dev has no accounts to make: any 12 digits are one there')
    const accounts = await import('@strongroom/server/accounts')
    if (verb === 'list') {
      print(await accounts.listAccounts(config), asked.json, io)
      return exit.ok
    }
    const made =
      verb === 'create'
        ? await accounts.createAccount(config, asked.id)
        : await accounts.addRootKey(config, asked.id as string)
    const { bold } = styles(io)
    if (asked.json) io.out(`${JSON.stringify(made)}\n`)
    else {
      const what = verb === 'create' ? 'was made' : 'has another root key'
      io.out(`account ${bold(made.account)} ${what}: ${made.accessKeyId}\n`)
      io.out(`its credentials are in ${made.credentialsFile}, readable by this user only; to use them:\n`)
      io.out(`  . ${made.credentialsFile}\n`)
    }
    return exit.ok
  },
}

interface Asked {
  readonly json: boolean
  readonly id: string | undefined
  readonly rest: readonly string[]
}

/** Takes the command's own words off the line. */
function parse(verb: 'create' | 'list' | 'root-key', words: readonly string[]): Asked {
  const rest: string[] = []
  let json = false
  let id: string | undefined
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string
    if (word === '--json') json = true
    else if (verb === 'create' && (word === '--id' || word.startsWith('--id='))) {
      id = word === '--id' ? words[++at] : word.slice('--id='.length)
      if (id === undefined || !/^[0-9]{12}$/.test(id)) throw wrong('--id takes 12 digits')
    } else if (verb === 'root-key' && id === undefined && /^[0-9]{12}$/.test(word)) id = word
    else rest.push(word)
  }
  if (verb === 'root-key' && id === undefined) throw wrong('say for which account: account root-key 123456789012')
  return { json, id, rest }
}

const wrong = (what: string) => new Failure(what, 'see strongroom account --help', exit.usage)

interface Listed {
  readonly account: string
  readonly createdAt: number
  readonly alias: string | undefined
  readonly rootKeys: number
}

function print(accounts: readonly Listed[], json: boolean, io: Io): void {
  if (json) {
    for (const { createdAt, ...one } of accounts) {
      io.out(`${JSON.stringify({ ...one, createdAt: new Date(createdAt).toISOString() })}\n`)
    }
    return
  }
  const { bold } = styles(io)
  io.out(bold(`${'ACCOUNT'.padEnd(14)}${'CREATED'.padEnd(22)}${'ROOT KEYS'.padEnd(11)}ALIAS\n`))
  for (const { account, createdAt, rootKeys, alias = '-' } of accounts) {
    const created = `${new Date(createdAt).toISOString().slice(0, 19)}Z`
    io.out(`${account.padEnd(14)}${created.padEnd(22)}${String(rootKeys).padEnd(11)}${alias}\n`)
  }
}
