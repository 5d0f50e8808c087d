import { configure } from '@strongroom/server/config'
import { type Command, exit, Failure, type Io } from './command.ts'
import { parseRotation, type RotationArguments } from './rotation/arguments.ts'
import { readersTable, story, table } from './rotation/words.ts'
import { accepted } from './settings.ts'
import { plain, styles } from './style.ts'

/** `strongroom rotation` */
export const rotation: Command = {
  name: 'rotation',
  summary: 'see where rotations stand and why one stopped; try again, cancel, hold',
  help: () => `usage: strongroom rotation list [--problems] [flags]
       strongroom rotation show|readers|retry NAME [flags]
       strongroom rotation dry-run NAME [--function ARN] [flags]
       strongroom rotation cancel NAME [--drop-pending] [flags]
       strongroom rotation hold NAME --deadline 7d | --off [flags]

Looks at the rotations of a server and changes what it does next, while it runs or when it does not. NAME is the name of a
secret or its ARN. Nothing secret is shown; what is changed leaves a record in the audit trail.

list      Every secret with a rotation: when it was rotated last, by when it will be, and what it does now:
          off, scheduled, held, running (which step), failed and tried again (when, why), overdue (since when).
  --problems       only what has failed (its last test too), is held or overdue
show      All there is to say of one: where and why it stopped, attempts, last error, when it is tried next, versions and
          their labels, function, schedule, window; and what the audit trail still knows of earlier runs.
          In it: next window, when the next one may run; window, how long that is ("-": not set, so one hour where the schedule
          counts hours, else to the end of the day); planned, when in the window it begins; expected by, until when one must have
          ended well before it counts as overdue; begins with, where the next attempt starts: all steps are done again.
readers   Which principal read which version last and when: who still uses the old one. Some seconds behind the reads.
dry-run   What a rotation would do now, without doing it: whether the function lets the service in and the schedule is valid,
          whether logins with the current and the superuser's password work, what the superuser would make or lacks.
          Connects to the database from this machine, with the server's keys; changes nothing anywhere. Exit code 1: it would fail.
  --function ARN   as if this function were configured
retry     Has a rotation that waits after a failure tried again now, all four steps with the same version.
cancel    Turns rotation off, as CancelRotateSecret does: function, schedule and labels stay, no further step begins.
  --drop-pending   takes AWSPENDING off too, so that a new rotation can begin. Only when the database does not have the
                   pending password yet, or you know which one it has
hold      Alternating users: a due rotation waits until everybody who read the old version has read the current one, so that
          nobody loses a password that he still uses. Sets the tag strongroom:hold-until-read; readers shows whom it waits for.
  --deadline 7d    rotate all the same after so many days (d) or hours (h)
                   Refused for functions of a single user: their old password ends with the rotation
  --off            no longer

--account DIGITS   whose secret NAME is; default: the only account. list: of this account only
--region REGION    of which region; default: the server's first. list: of this region only
--json             one JSON object (list: one for each secret, one per line)
--data DIR, --database URL, --seal-file FILE
                   where the server keeps its state: as for strongroom serve

exit codes: 0 done, 1 it could not be done or (dry-run) would fail, 2 the command line is wrong

examples:
  strongroom rotation list --problems
  strongroom rotation show prod/db
  strongroom rotation retry prod/db
  strongroom rotation hold prod/db --deadline 7d
`,
  async run(args, io) {
    const asked = parseRotation(args)
    const config = accepted('rotation', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve') throw new Failure('what strongroom dev holds can only be asked by the API')
    const server = await import('@strongroom/server/rotation')
    if (asked.verb === 'list') return listed(asked, config, server, io)
    const wanted = {
      secret: asked.name,
      account: asked.account ?? (await accountOf(asked.name, config)),
      region: asked.region ?? regionOf(asked.name) ?? (config.regions[0] as string),
    }
    const { bold } = styles(io)
    const say = (answer: object, text: string) => io.out(asked.json ? `${JSON.stringify(answer)}\n` : text)
    switch (asked.verb) {
      case 'show': {
        const { shown, history } = await server.showRotation(config, wanted)
        say({ ...shown, history }, story(shown, history, bold))
        return exit.ok
      }
      case 'readers': {
        const readers = await server.readersOf(config, wanted)
        say(readers, readersTable(readers, bold))
        return exit.ok
      }
      case 'dry-run': {
        const { dryRun } = await import('@strongroom/server/rotation-dry-run')
        const { found, known } = await dryRun(config, wanted, asked.functionArn)
        const ok = found.every(({ state }) => state !== 'wrong')
        const lines = found.map(({ state, what }) => `${bold(state.padEnd(8))}${plain(what)}\n`).join('')
        const ends = known ? 'a rotation would work now' : 'what a function of your own would do can not be known'
        say({ ok, known, found }, `${lines}${ok ? ends : 'a rotation would fail now'}; nothing was changed\n`)
        return ok ? exit.ok : exit.failed
      }
      case 'retry': {
        const arn = await server.retryRotation(config, wanted)
        say({ arn }, `the rotation of ${bold(wanted.secret)} is tried again at once; see strongroom rotation show\n`)
        return exit.ok
      }
      case 'cancel': {
        const { arn, dropped } = await server.cancelRotation(config, wanted, asked.dropPending)
        const pending = dropped === undefined ? '' : `; version ${dropped} is no longer AWSPENDING`
        say({ arn, dropped }, `rotation of ${bold(wanted.secret)} is off${pending}\n`)
        return exit.ok
      }
      case 'hold': {
        const arn = await server.holdRotation(config, wanted, asked.off ? undefined : asked.deadline)
        const how = asked.off ? 'wait for nobody' : `wait for readers of the old version, at most ${asked.deadline}`
        say({ arn }, `rotations of ${bold(wanted.secret)} ${how}\n`)
        return exit.ok
      }
    }
  },
}

type Place = Parameters<typeof import('@strongroom/server/rotation').listRotations>[0]

async function listed(
  { account, region, json, problems }: RotationArguments,
  place: Place,
  server: typeof import('@strongroom/server/rotation'),
  io: Io,
): Promise<number> {
  const only = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) }
  const all = await server.listRotations(place, only)
  const wrong = ['held', 'retrying', 'waiting']
  const shown = problems
    ? all.filter(
        ({ state, test }) => wrong.includes(state.name) || state.overdueSince !== undefined || test !== undefined,
      )
    : all
  if (json) for (const one of shown) io.out(`${JSON.stringify(one)}\n`)
  else if (shown.length > 0) io.out(table(shown, styles(io).bold))
  else io.out(problems ? 'all rotations are as they should be\n' : 'no secret has a rotation\n')
  return exit.ok
}

const partOf = (name: string, at: number) => (name.startsWith('arn:') ? name.split(':')[at] : undefined)
const regionOf = (name: string) => partOf(name, 3)

/** Whose secret it is: as its ARN says, else the only account's. */
async function accountOf(name: string, place: Place): Promise<string> {
  const named = partOf(name, 4)
  if (named !== undefined) return named
  const accounts = await (await import('@strongroom/server/accounts')).listAccounts(place)
  const [only] = accounts
  if (only !== undefined && accounts.length === 1) return only.account
  throw new Failure(
    `there are ${accounts.length} accounts: whose secret is meant?`,
    'give its ARN, or --account DIGITS (strongroom account list shows them)',
    exit.usage,
  )
}
