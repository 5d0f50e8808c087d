import { configure } from '@strongroom/server/config'
import { type Command, exit, Failure, type Io } from './command.ts'
import { accountIn, Line } from './line.ts'
import { accepted } from './settings.ts'
import { styles } from './style.ts'

/** `strongroom access` */
export const access: Command = {
  name: 'access',
  summary: 'explain why somebody may do something, or who may',
  help: () => `usage: strongroom access explain --principal ARN --action ACTION --resource ARN|NAME [--context KEY=VALUE]… [flags]
       strongroom access who-can ACTION ARN|NAME [--account DIGITS] [--context KEY=VALUE]… [flags]

Asks the policies of a server, while it runs or when it does not, as a request would: the same decision, by the same rules, with
the statements that make it. For the value of a secret or a SecureString the permission on its key is asked too. Nothing is called or changed.

explain    Whether the principal may, permission by permission, with every statement that applies, and the condition keys that
           statements ask for and the supposed request lacks.
           A principal is a user, a role (any session of it), a session or a root user by its ARN, or a service's name.
who-can    Every user, role and root user of every account who may, with the statements that let them; then those who may only
           when conditions that the request decides turn out well.
  --account DIGITS       whose resource a bare name is; default: the only account

--context KEY=VALUE      a condition key of the supposed request, such as aws:SourceIp=203.0.113.7; again for several values
--json                   one JSON object
--data DIR, --database URL, --seal-file FILE, --region REGION
                         where the server keeps its state, and its first region: as for strongroom serve

exit codes: explain ends with 0 allowed, 1 denied; 2 the question can't be asked

examples:
  strongroom access explain --principal arn:aws:iam::111122223333:user/alice --action secretsmanager:GetSecretValue \\
    --resource dev/db --context aws:SourceIp=203.0.113.7
  strongroom access who-can secretsmanager:GetSecretValue prod/db
`,
  async run(args, io) {
    const asked = parse(args)
    const config = accepted('access', configure('serve', asked.rest, io.env), io)
    if (config === undefined) return exit.usage
    if (config.mode !== 'serve')
      throw new Failure('what strongroom dev holds can only be asked by the API: iam simulate-principal-policy')
    const server = await import('@strongroom/server/access')
    const { action, resource, context } = asked
    const wanted = { action, resource, context, region: config.regions[0] as string }
    try {
      if (asked.verb === 'explain') {
        const answer = await server.explainAccess(config, asked.principal, wanted)
        if (asked.json) io.out(`${JSON.stringify(answer)}\n`)
        else print(answer, io)
        return answer.allowed ? exit.ok : exit.failed
      }
      const account = asked.account ?? (isBare(resource) ? await onlyAccount(config) : '')
      const found = await server.whoCan(config, account, wanted)
      if (asked.json) io.out(`${JSON.stringify(found)}\n`)
      else list(found, `${action} on ${resource}`, io)
      return exit.ok
    } catch (error) {
      // Denied has the exit code of failures: a question that can't be asked needs another.
      if (error instanceof Error && 'hint' in error && !(error instanceof Failure)) {
        throw new Failure(error.message, String(error.hint ?? 'see strongroom access --help'), exit.usage, error)
      }
      throw error
    }
  },
}

interface Asked {
  readonly verb: 'explain' | 'who-can'
  readonly principal: string
  readonly action: string
  readonly resource: string
  readonly account: string | undefined
  readonly context: ReadonlyMap<string, readonly string[]>
  readonly json: boolean
  readonly rest: readonly string[]
}

const OWN = ['--principal', '--action', '--resource', '--account']

/** Takes the command's own words off the line. */
function parse(args: readonly string[]): Asked {
  const [verb, ...words] = args
  if (verb !== 'explain' && verb !== 'who-can') throw wrong('say what to ask: access explain or access who-can')
  const line = new Line(words, wrong)
  const { values: given } = line
  const context = new Map<string, string[]>()
  const bare: string[] = []
  const rest: string[] = []
  let json = false
  while (line.next()) {
    const { word } = line
    if (word === '--json') json = true
    else if (line.flag === '--context') addContext(context, line.value())
    else if (OWN.includes(line.flag)) line.take()
    else if (word.startsWith('-')) rest.push(...line.passed())
    else if (verb === 'who-can' && bare.length < 2) bare.push(word)
    else rest.push(word)
  }
  const action = verb === 'explain' ? given.get('--action') : (bare[0] ?? given.get('--action'))
  const resource = verb === 'explain' ? given.get('--resource') : (bare[1] ?? given.get('--resource'))
  const principal = given.get('--principal')
  if (verb === 'explain' && principal === undefined) throw wrong('say whom: --principal ARN')
  if (action === undefined || !/^[a-z0-9-]+:[A-Za-z0-9]+$/i.test(action)) {
    throw wrong('say what: an action such as secretsmanager:GetSecretValue')
  }
  if (resource === undefined) throw wrong('say on what: an ARN, the name of a secret, or *')
  const account = accountIn(given, wrong)
  return { verb, principal: principal ?? '', action, resource, account, context, json, rest }
}

/** Whether the resource means one of some account's only. */
const isBare = (resource: string) => resource !== '*' && !resource.startsWith('arn:')

function addContext(context: Map<string, string[]>, text: string): void {
  const equals = text.indexOf('=')
  if (equals < 1) throw wrong('--context takes KEY=VALUE')
  const key = text.slice(0, equals).toLowerCase()
  const values = context.get(key) ?? []
  values.push(text.slice(equals + 1))
  context.set(key, values)
}

const wrong = (what: string) => new Failure(what, 'see strongroom access --help', exit.usage)

type Place = Parameters<typeof import('@strongroom/server/accounts').listAccounts>[0]

async function onlyAccount(place: Place): Promise<string> {
  const accounts = await (await import('@strongroom/server/accounts')).listAccounts(place)
  const [only] = accounts
  if (only === undefined || accounts.length > 1) {
    throw new Failure(
      `there are ${accounts.length} accounts: whose resource is meant?`,
      'give its ARN, or --account DIGITS (strongroom account list shows them)',
      exit.usage,
    )
  }
  return only.account
}

type Answer = Awaited<ReturnType<typeof import('@strongroom/server/access').explainAccess>>
type Verdict = Answer['permissions'][number]

function print(answer: Answer, io: Io): void {
  const { bold, red } = styles(io)
  for (const verdict of answer.permissions) {
    const { action, resource, allowed, missing } = verdict
    io.out(`${allowed ? bold('allowed') : red('denied')}: ${action} on ${resource}\n`)
    io.out(`  ${why(verdict)}\n`)
    if (verdict.absent) io.out('  there is no such secret: this is decided for one of that name\n')
    for (const reason of verdict.reasons) io.out(`  ${shown(reason)}\n`)
    if (missing.length > 0) io.out(`  not in the request, and asked for: ${missing.join(', ')}\n`)
  }
  if (answer.permissions.length > 1) {
    io.out(`${answer.allowed ? bold('allowed') : red('denied')}: ${answer.principal}\n`)
  }
}

const KINDS: Readonly<Record<string, string>> = {
  identity: 'an identity-based policy',
  resource: 'the policy of the resource',
  boundary: 'the permissions boundary',
  session: 'the session policy',
  endpoint: 'the endpoint policy',
  grant: 'a grant on the key',
}

function why({ allowed, explicit, by }: Verdict): string {
  if (by === 'root')
    return allowed ? 'the root user may, by its own right' : 'root users may not, whatever policies say'
  const kind = KINDS[by] ?? by
  if (allowed) return `${kind} allows it`
  return explicit ? `${kind} denies it` : `no statement of ${kind} allows it`
}

function shown({ effect, kind, policy, holder, statement, sid }: Verdict['reasons'][number]): string {
  const of = holder === '' ? '' : ` of ${holder}`
  return `${effect.padEnd(5)}  ${kind} policy ${policy}${of}, statement ${statement}${sid === undefined ? '' : ` (${sid})`}`
}

type Found = Awaited<ReturnType<typeof import('@strongroom/server/access').whoCan>>

function list({ allowed, conditional }: Found, what: string, io: Io): void {
  const { bold } = styles(io)
  if ([...allowed, ...conditional].some(({ permissions }) => permissions.some(({ absent }) => absent))) {
    io.out('there is no such secret: this is decided for one of that name\n')
  }
  io.out(`${bold(`${allowed.length} may`)} ${what}\n`)
  for (const one of allowed) entry(one, io)
  if (conditional.length === 0) return
  io.out(`${bold(`${conditional.length} more`)} may when conditions that the request decides turn out well\n`)
  for (const one of conditional) entry(one, io)
}

function entry({ principal, permissions }: Answer, io: Io): void {
  io.out(`  ${principal}\n`)
  for (const verdict of permissions) {
    const { action, by, reasons } = verdict
    const letting = by === 'grant' ? [] : reasons.filter(({ effect }) => effect === 'Allow')
    if (letting.length === 0)
      io.out(`    ${action}: ${by === 'root' ? 'the root user, by its own right' : (KINDS[by] ?? by)}\n`)
    for (const reason of letting) io.out(`    ${action}: ${shown(reason)}\n`)
  }
}
