import { type Command, exit, type Io } from '../command.ts'
import { plain, styles } from '../style.ts'
import { connect, wireHelp, wireSettings } from '../wire/client.ts'
import { type Asked, parseSecrets, wholeOf } from './arguments.ts'
import { type Listed, listed, tagOf } from './listing.ts'
import { Tree } from './tree.ts'

/** `strongroom ls` */
export const ls: Command = {
  name: 'ls',
  summary: 'list secrets by their names, as lines or as a tree',
  help: () => `usage: strongroom ls [PREFIX] [--tree [--depth N]] [--long] [flags]

Lists the secrets whose names begin with PREFIX, in the order of their names, one on a line. No value is looked at. Names come page
by page and are printed as they come: a list of a million secrets takes no more memory than one of ten.

--tree                   names as folders: what stands before a slash
--depth N                of a tree, so many levels; what lies deeper is counted
--long                   when it was changed, when its value was last read (a day, UTC), whether it rotates, its name, tags, description
--tag KEY[=VALUE]        only those that have this tag; again for several
--deleted                also those that wait for their deletion; secrets that share a name show their ARN
--limit N                only the first N
--json                   one JSON object for each secret, one per line
${wireHelp}
examples:
  strongroom ls prod/
  strongroom ls --tree --depth 2
  strongroom ls --tag team=payments --json | jq -r .arn
`,
  async run(args, io) {
    const asked = parseSecrets(args, {
      name: 'ls',
      words: ['[PREFIX]'],
      valued: ['--depth', '--limit'],
      repeated: ['--tag'],
      plain: ['--tree', '--long', '--deleted', '--json'],
    })
    const prefix = asked.words[0] ?? ''
    const limit = wholeOf(asked, '--limit', [1, 1_000_000_000 - 1]) ?? Number.POSITIVE_INFINITY
    const printer = printerOf(asked, io)
    using client = await connect(wireSettings(asked.values), io)
    const deleted = asked.flags.has('--deleted')
    const tags = (asked.lists.get('--tag') ?? []).map(tagOf)
    let count = 0
    for await (const page of marked(listed(client, { prefix, deleted, tags }))) {
      for (const secret of page) {
        if (count++ < limit) printer.add(secret)
      }
      if (count >= limit || (await io.drained?.()) === false) break
    }
    printer.end()
    if (count === 0 && !asked.flags.has('--json'))
      io.err(prefix === '' ? 'there are no secrets\n' : `no secret's name begins with ${plain(prefix)}\n`)
    return exit.ok
  },
}

/** An entry, and whether another one has its name. */
type Marked = Listed & { readonly namesake: boolean }

/** Marks those that share a name; they follow one another. The last of a page waits for the next page. */
async function* marked(pages: AsyncIterable<readonly Listed[]>): AsyncGenerator<readonly Marked[]> {
  let before: string | undefined
  let held: Listed | undefined
  const shown = (secret: Listed, next: Listed | undefined): Marked => {
    const namesake = secret.Name === before || secret.Name === next?.Name
    before = secret.Name
    return { ...secret, namesake }
  }
  for await (const page of pages) {
    const known: readonly Listed[] = held === undefined ? page : [held, ...page]
    held = known.at(-1)
    yield known.slice(0, -1).map((secret, at) => shown(secret, known[at + 1]))
  }
  if (held !== undefined) yield [shown(held, undefined)]
}

interface Printer {
  add(secret: Marked): void
  end(): void
}

function printerOf(asked: Asked, io: Io): Printer {
  const { flags, wrong } = asked
  const forms = ['--tree', '--long', '--json'].filter((flag) => flags.has(flag))
  if (forms.length > 1) throw wrong(`say ${forms.join(' or ')}, not both`)
  const depth = wholeOf(asked, '--depth', [1, 1000])
  if (depth !== undefined && !flags.has('--tree')) throw wrong('--depth is for --tree')
  const { yellow } = styles(io)
  const besides = ({ namesake, ARN, DeletedDate }: Marked) =>
    `${namesake ? `  ${plain(ARN ?? '')}` : ''}${DeletedDate === undefined ? '' : `  ${yellow(`(deleted ${dayOf(DeletedDate)})`)}`}`
  const end = () => undefined
  if (flags.has('--json')) return { add: (secret) => io.out(`${JSON.stringify(jsonOf(secret))}\n`), end }
  if (flags.has('--long')) return { add: (secret) => io.out(`${longOf(secret)}${besides(secret)}\n`), end }
  if (!flags.has('--tree')) return { add: (secret) => io.out(`${plain(secret.Name ?? '')}${besides(secret)}\n`), end }
  const tree = new Tree(io.out, depth)
  return { add: (secret) => tree.add(plain(secret.Name ?? ''), besides(secret)), end: () => tree.end() }
}

/** `changed     read        rotates  name  tags  description`; the first three are of one width. */
function longOf({
  Name = '',
  LastChangedDate,
  CreatedDate,
  LastAccessedDate,
  RotationEnabled,
  Tags = [],
  Description,
}: Listed): string {
  const cells = [
    dayOf(LastChangedDate ?? CreatedDate),
    LastAccessedDate === undefined ? 'never     ' : dayOf(LastAccessedDate),
    RotationEnabled === true ? 'rotates' : '-      ',
    plain(Name),
    ...(Tags.length === 0 ? [] : [Tags.map(({ Key = '', Value = '' }) => plain(`${Key}=${Value}`)).join(' ')]),
    ...(Description === undefined ? [] : [plain(Description)]),
  ]
  return cells.join('  ')
}

/** An entry for a program: moments as ISO 8601, tags as an object. */
export function jsonOf(secret: Listed): object {
  const { Name, ARN, Description, KmsKeyId, Tags, RotationEnabled, OwningService, SecretVersionsToStages } = secret
  const { CreatedDate, LastChangedDate, LastAccessedDate, DeletedDate } = secret
  const given = {
    name: Name,
    arn: ARN,
    description: Description,
    kmsKeyId: KmsKeyId,
    owningService: OwningService,
    tags: Object.fromEntries((Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    rotates: RotationEnabled === true,
    created: timeOf(CreatedDate),
    changed: timeOf(LastChangedDate),
    accessed: LastAccessedDate === undefined ? undefined : dayOf(LastAccessedDate),
    deleted: timeOf(DeletedDate),
    versions: SecretVersionsToStages,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

const timeOf = (seconds: number | undefined) =>
  seconds === undefined ? undefined : new Date(seconds * 1000).toISOString()
const dayOf = (seconds: number | undefined) => (timeOf(seconds) ?? '-').slice(0, 10).padEnd(10)
