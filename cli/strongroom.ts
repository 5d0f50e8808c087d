import { nearest } from '@strongroom/server/config'
import { type Command, exit, Failure, type Io } from './command.ts'
import { styles } from './style.ts'

/** Every command by name, in the order of the help. Loaded when asked for: a start should not read what it does not use. */
const loaders: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  dev: async () => (await import('./dev.ts')).dev,
  ls: async () => (await import('./secrets/ls.ts')).ls,
  search: async () => (await import('./secrets/search.ts')).search,
  copy: async () => (await import('./secrets/copy.ts')).copy,
  promote: async () => (await import('./secrets/promote.ts')).promote,
  history: async () => (await import('./secrets/history.ts')).history,
  diff: async () => (await import('./secrets/diff.ts')).diff,
  rollback: async () => (await import('./secrets/rollback.ts')).rollback,
  restore: async () => (await import('./secrets/restore.ts')).restore,
  account: async () => (await import('./account.ts')).account,
  access: async () => (await import('./access.ts')).access,
  database: async () => (await import('./database.ts')).database,
  rotation: async () => (await import('./rotation.ts')).rotation,
  function: async () => (await import('./function.ts')).functionCommand,
  event: async () => (await import('./event.ts')).event,
  usage: async () => (await import('./usage.ts')).usage,
  cost: async () => (await import('./cost.ts')).cost,
  idle: async () => (await import('./idle.ts')).idle,
  hygiene: async () => (await import('./hygiene.ts')).hygiene,
  seal: async () => (await import('./seal.ts')).seal,
  unseal: async () => (await import('./unseal.ts')).unseal,
  audit: async () => (await import('./audit.ts')).audit,
  import: async () => (await import('./secrets/import.ts')).importCommand,
  export: async () => (await import('./secrets/export.ts')).exportCommand,
  version: async () => (await import('./version.ts')).version,
}

/** Every command, in the order of the help. */
export const commands = (): Promise<Command[]> => Promise.all(Object.values(loaders).map((load) => load()))

/** Runs one command line (without the program's name); answers the exit code. */
export async function strongroom(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h') return show(io, await overview(), name === undefined)
  if (name === 'help' && rest[0] === undefined) return show(io, await overview())
  const wanted = name === 'help' ? (rest[0] ?? '') : name === '--version' || name === '-v' ? 'version' : name
  const load = Object.hasOwn(loaders, wanted) ? loaders[wanted] : undefined
  if (load === undefined) return unknown(wanted, io)
  const command = await load()
  if (name === 'help' || asksForHelp(rest)) return show(io, await command.help())
  try {
    return await command.run(rest, io)
  } catch (error) {
    return told(command, error, io)
  }
}

/** `--help` before a `--`: anything after that belongs to another program. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  const own = end < 0 ? args : args.slice(0, end)
  return own.includes('--help') || own.includes('-h')
}

function show(io: Io, text: string, asError = false): number {
  if (asError) io.err(text)
  else io.out(text)
  return asError ? exit.usage : exit.ok
}

function unknown(name: string, io: Io): number {
  const meant = nearest(name, Object.keys(loaders))
  const shown = name.replace(/[^\x20-\x7e]/g, '?').slice(0, 60)
  io.err(`${styles(io).red('error')}: there is no command '${shown}'\n`)
  io.err(`hint: ${meant === undefined ? 'see strongroom --help' : `did you mean strongroom ${meant}?`}\n`)
  return exit.usage
}

/** Prints what failed: plain words for what a person can mend, the stack for what is our bug. */
function told(command: Command, error: unknown, io: Io): number {
  const { red } = styles(io)
  const hint = error instanceof Error && 'hint' in error ? error.hint : undefined
  const forPeople = error instanceof Error && 'hint' in error
  const text = !(error instanceof Error) ? String(error) : forPeople ? error.message : (error.stack ?? error.message)
  io.err(`${red('error')}: strongroom ${command.name}: ${text}\n`)
  if (typeof hint === 'string') io.err(`hint: ${hint}\n`)
  return error instanceof Failure ? error.code : exit.failed
}

async function overview(): Promise<string> {
  const all = await commands()
  const width = Math.max(...all.map((command) => command.name.length))
  const list = all.map((command) => `  ${command.name.padEnd(width)}   ${command.summary}`).join('\n')
  return `usage: strongroom <command> [flags]

Strongroom keeps secrets and speaks the wire of AWS Secrets Manager, Parameter Store, KMS, IAM and STS: the AWS CLI, SDKs and
Terraform use it unchanged, given an endpoint URL.

commands:
${list}
  help <command>, or <command> --help, tells more

first steps:
  1. strongroom dev                  runs it in memory; it prints the export AWS_... lines to paste into another shell
  2. there: aws secretsmanager create-secret --name first --secret-string '{"api_key":"super-secret"}'
            aws secretsmanager get-secret-value --secret-id first
  3. strongroom serve                the same to keep: durable, encrypted, every request verified, authorized and audited

exit codes: 0 done, 1 failed (standard error says why), 2 the command line or the environment is wrong
`
}
