import { now } from '@strongroom/server/wire'
import { type Command, exit, type Io } from '../command.ts'
import { agreed } from '../confirm.ts'
import { plain, styles } from '../style.ts'
import { type Client, connect, wireHelp, wireSettings } from '../wire/client.ts'
import { parseSecrets } from './arguments.ts'
import { exactTime, isoTime, type RestoredSecret, type RestorePage, shownChange, shownTime, timeOf } from './past.ts'

/** Secrets of one call: few, since they are changed in one unit of work. */
const AT_ONCE = 20

/** What is asked of every call. */
interface Aim {
  readonly Prefix: string
  readonly AsOf: number
  readonly DeleteCreated?: true
}

/** All pages of a plan, or of what became of it. */
interface Sum {
  readonly secrets: RestoredSecret[]
  unchanged: number
  notPermitted: number
}

/** `strongroom restore` */
export const restore: Command = {
  name: 'restore',
  summary: 'bring secrets back to how they were at a time, with a plan first',
  help: () => `usage: strongroom restore --path PREFIX | --all --as-of TIME [--dry-run | --yes] [--delete-created] [--json] [flags]

Brings the secrets whose names begin with PREFIX back to how they were at a time: value, labels, description, tags, key, policy, and
whether they are deleted. First lists what would change, secret by secret, and asks. A secret that somebody changes between the list and
the answer is left alone and said. Each secret is brought back whole or not at all.

What was made since stays, unless --delete-created is said: then it is deleted as DeleteSecret does it, and can be restored for 30 days. What
is gone for good stays gone, and so does the value of a version that the server's --history does not keep any more. Rotation, its rules
and AWSPENDING stay as they are.

--path PREFIX            the beginning of names: prod/ or prod/db
--all                    all secrets of the account, in this region
--as-of TIME             2026-11-01T10:30 (UTC), 2026-11-01T10:30:00.123Z, or so long ago: 90m, 24h, 7d
--dry-run                only the list
--yes                    does not ask; needed where nobody sits at a terminal
--delete-created         also deletes secrets that were made since
--json                   one JSON object; with --dry-run or --yes
${wireHelp}
exit codes: 0 all is as it was (or --dry-run); 1 something could not be brought back, or nobody agreed; 2 the command line is wrong

examples:
  strongroom restore --path prod/ --as-of 2026-11-01T10:30 --dry-run
  strongroom restore --path prod/ --as-of 2h --yes
`,
  async run(args, io) {
    const { values, flags, wrong } = parseSecrets(args, {
      name: 'restore',
      words: [],
      valued: ['--path', '--as-of'],
      plain: ['--all', '--dry-run', '--yes', '--delete-created', '--json'],
    })
    const [path, asOf] = [values.get('--path'), values.get('--as-of')]
    if ((path === undefined) !== flags.has('--all')) throw wrong('say which secrets: --path PREFIX, or --all')
    if (asOf === undefined) throw wrong('say how they were when: --as-of TIME')
    const [dry, yes, json] = [flags.has('--dry-run'), flags.has('--yes'), flags.has('--json')]
    if (dry && yes) throw wrong('say --dry-run or --yes, not both')
    if (json && !dry && !yes) throw wrong('with --json say --dry-run or --yes: nothing is asked then')
    const aim: Aim = {
      Prefix: path ?? '',
      AsOf: timeOf(asOf, '--as-of', now(), wrong) / 1000,
      ...(flags.has('--delete-created') && { DeleteCreated: true as const }),
    }
    using client = await connect(wireSettings(values), io)
    const plan = await planned(client, aim, io)
    const changing = plan.secrets.filter(changes)
    if (json && dry) io.out(`${JSON.stringify(jsonOf(aim, plan))}\n`)
    if (!json) printPlan(aim, plan, changing, io)
    if (dry) return exit.ok
    if (changing.length > 0) {
      const question = `restore ${changing.length === 1 ? 'this secret' : `these ${changing.length} secrets`}?`
      if (!(await agreed(question, yes, io))) {
        io.err('nothing was changed\n')
        return exit.failed
      }
    }
    const done = await carriedOut(client, aim, changing, io)
    const rest = plan.secrets.filter((secret) => !changes(secret))
    const left = [...rest, ...done].filter(isLeft)
    if (json) io.out(`${JSON.stringify(jsonOf(aim, { ...plan, secrets: [...done, ...rest] }))}\n`)
    else printDone(done, io)
    return left.length > 0 || plan.notPermitted > 0 ? exit.failed : exit.ok
  },
}

/** Something is to be done, and nothing refuses it as far as that is known. */
const changes = ({ Status, Changes, ErrorCode }: RestoredSecret) =>
  Changes.length > 0 && ErrorCode === undefined && (Status === 'Differs' || Status === 'CreatedSince')

/** It is not as it was. */
const isLeft = ({ Status }: RestoredSecret) => !['Restored', 'Deleted', 'CreatedSince', 'Unchanged'].includes(Status)

async function planned(client: Client, aim: Aim, io: Io): Promise<Sum> {
  const sum: Sum = { secrets: [], unchanged: 0, notPermitted: 0 }
  const input = { ...aim, DryRun: true, MaxResults: AT_ONCE }
  const progress = progressOf(io)
  for await (const page of client.pages<typeof input, RestorePage>('strongroom', 'RestoreSecrets', input)) {
    add(sum, page)
    progress(`looked at ${sum.secrets.length + sum.unchanged + sum.notPermitted} secrets`)
  }
  return sum
}

/** Has the plan carried out, a few secrets at a time; each is done, or left alone and why is said. */
async function carriedOut(
  client: Client,
  aim: Aim,
  plan: readonly RestoredSecret[],
  io: Io,
): Promise<RestoredSecret[]> {
  const done: RestoredSecret[] = []
  const progress = progressOf(io)
  for (let at = 0; at < plan.length; at += AT_ONCE) {
    const some = plan.slice(at, at + AT_ONCE)
    const Secrets = some.map(({ ARN, PlanToken }) => ({ SecretId: ARN, PlanToken }))
    const input = { ...aim, DryRun: false, Secrets }
    const page = await client.call<typeof input, RestorePage>('strongroom', 'RestoreSecrets', input)
    const byArn = new Map(page.Secrets.map((secret) => [secret.ARN, secret]))
    // what is not answered is as it was: an answer that got lost was tried again
    for (const secret of some) done.push(byArn.get(secret.ARN) ?? { ...secret, Status: 'Unchanged' })
    progress(`${Math.min(at + AT_ONCE, plan.length)} of ${plan.length} secrets`)
  }
  return done
}

function add(sum: Sum, page: RestorePage): void {
  sum.secrets.push(...page.Secrets)
  sum.unchanged += page.Unchanged
  sum.notPermitted += page.NotPermitted
}

/** Says on standard error how far it is, where a person may wait for more than one page. */
function progressOf(io: Io): (text: string) => void {
  let pages = 0
  return (text) => {
    if (++pages > 1) io.err(`${text}\n`)
  }
}

function printPlan(
  { Prefix, AsOf }: Aim,
  { secrets, unchanged, notPermitted }: Sum,
  changing: readonly RestoredSecret[],
  io: Io,
): void {
  const where = Prefix === '' ? 'of this account' : `under ${plain(Prefix)}`
  if (secrets.length === 0 && unchanged === 0 && notPermitted === 0) {
    io.out(`as of ${exactTime(AsOf)}: no secret ${where}, now or then\n`)
    return
  }
  const total = secrets.filter(({ Status }) => Status !== 'Gone').length + unchanged
  io.out(`as of ${exactTime(AsOf)}: ${changing.length} of ${total} secrets ${where} would change\n`)
  for (const secret of secrets) io.out(shown(secret, io))
  if (notPermitted > 0) io.out(`\n${notPermitted} more are not yours to see and to restore\n`)
}

/** A secret of the plan in lines: its name, what it is, and what would change. */
function shown(secret: RestoredSecret, io: Io): string {
  const { bold, yellow } = styles(io)
  const { Name, Changes, NotKept = [], FromHistory = [], ErrorCode, ErrorMessage = '' } = secret
  const lines = [
    ...Changes.map((change) => shownChange(change)),
    ...FromHistory.map((version) => `version ${plain(version)} comes back from the history`),
    ...NotKept.map(({ VersionStage, VersionId }) =>
      yellow(`${plain(VersionStage)} can't go back: the value of version ${plain(VersionId)} is not kept any more`),
    ),
    ...(ErrorCode === undefined ? [] : [yellow(`refused: ${plain(ErrorCode)}: ${plain(ErrorMessage)}`)]),
  ]
  const said = sayingOf(secret)
  return `\n${bold(plain(Name))}${said === '' ? '' : `  ${said}`}\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function sayingOf({ Status, Changes, GoneDate, KnownSince }: RestoredSecret): string {
  switch (Status) {
    case 'CreatedSince':
      return Changes.length > 0
        ? 'was made since: it is deleted'
        : 'was made since: it stays (--delete-created deletes it)'
    case 'Gone':
      return `is gone for good${GoneDate === undefined ? '' : ` since ${shownTime(GoneDate)}`}, and its values with it`
    case 'NotKnown':
      return `stays: its history ${KnownSince === undefined ? 'does not reach back so far' : `begins at ${shownTime(KnownSince)}`}`
    default:
      return ''
  }
}

function printDone(done: readonly RestoredSecret[], io: Io): void {
  const { red } = styles(io)
  for (const { Name, Status, ErrorCode, ErrorMessage = '' } of done) {
    if (Status === 'Refused')
      io.err(`${red('refused')}: ${plain(Name)}: ${plain(ErrorCode ?? '')}: ${plain(ErrorMessage)}\n`)
    if (Status === 'ChangedMeanwhile')
      io.err(`${red('left alone')}: ${plain(Name)} was changed since the list was made: run it again to see how\n`)
    if (Status === 'RestoredInPart') io.err(`in part: ${plain(Name)}: not every label could go back\n`)
  }
  const count = (...statuses: string[]) => done.filter(({ Status }) => statuses.includes(Status)).length
  const restored = count('Restored', 'RestoredInPart', 'Unchanged')
  if (restored > 0) io.out(`restored ${restored} ${restored === 1 ? 'secret' : 'secrets'}\n`)
  const deleted = count('Deleted')
  if (deleted > 0) io.out(`deleted ${deleted}: each can be restored for 30 days\n`)
}

function jsonOf({ Prefix, AsOf }: Aim, { secrets, unchanged, notPermitted }: Sum): object {
  return {
    prefix: Prefix,
    asOf: isoTime(AsOf),
    unchanged,
    notPermitted,
    secrets: secrets.map((secret) => ({
      name: secret.Name,
      arn: secret.ARN,
      status: secret.Status,
      changes: secret.Changes.map(({ Member, From, To }) => ({ member: Member, from: From, to: To })),
      notKept: secret.NotKept?.map(({ VersionStage, VersionId }) => ({ label: VersionStage, versionId: VersionId })),
      fromHistory: secret.FromHistory,
      knownSince: isoTime(secret.KnownSince),
      gone: isoTime(secret.GoneDate),
      error: secret.ErrorCode && { code: secret.ErrorCode, text: secret.ErrorMessage },
    })),
  }
}
