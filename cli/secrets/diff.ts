import { type Command, exit, type Io } from '../command.ts'
import { plain, styles } from '../style.ts'
import { connect, wireHelp, wireSettings } from '../wire/client.ts'
import { parseSecrets } from './arguments.ts'
import { type Comparison, type Difference, isoTime, namingVersions, shownTime } from './past.ts'

/** `strongroom diff` */
export const diff: Command = {
  name: 'diff',
  summary: 'what differs between two versions of a secret; values only with --reveal',
  help: () => `usage: strongroom diff NAME|ARN [--from VERSION] [--to VERSION] [--reveal] [--json] [flags]

Compares two versions of a secret, key by key where both are JSON. Values are masked: what is shown says which keys were added, removed or
changed, and nothing of what they hold, not even how long it is.

--from VERSION, --to VERSION
                         a version's id, a label, or a time (2026-11-01T10:30 in UTC, or so long ago: 2h, 7d): what was current then.
                         Default: from AWSPREVIOUS to AWSCURRENT
--reveal                 the values too, for who may see them: it needs strongroom:RevealSecretDifferences, and
                         secretsmanager:GetSecretValue for both versions
--json                   one JSON object
${wireHelp}
exit codes: 0 they could be compared, whether they differ or not (--json: "identical"); 1 not; 2 the command line is wrong

examples:
  strongroom diff prod/db
  strongroom diff prod/db --from 2026-11-01T00:00:00Z --reveal
`,
  async run(args, io) {
    const { words, values, flags } = parseSecrets(args, {
      name: 'diff',
      words: ['NAME'],
      valued: ['--from', '--to'],
      plain: ['--reveal', '--json'],
    })
    const [from, to] = [values.get('--from'), values.get('--to')]
    using client = await connect(wireSettings(values), io)
    const input = {
      SecretId: words[0] ?? '',
      ...(from !== undefined && { From: from }),
      ...(to !== undefined && { To: to }),
      ...(flags.has('--reveal') && { Reveal: true }),
    }
    const found = await namingVersions(['From', 'To'], input, (asked) =>
      client.call<typeof input, Comparison>('strongroom', 'CompareSecretVersions', asked),
    )
    if (flags.has('--json')) io.out(`${JSON.stringify(jsonOf(found))}\n`)
    else printComparison(found, io)
    return exit.ok
  },
}

/** The comparison for a person. */
export function printComparison(
  { Name, From, To, Identical, Differences, Format, Truncated }: Comparison,
  io: Io,
): void {
  const { bold } = styles(io)
  const side = ({ VersionId, CreatedDate }: Comparison['From']) =>
    `${plain(VersionId)}${CreatedDate === undefined ? '' : ` (${shownTime(CreatedDate)})`}`
  io.out(`${bold(plain(Name))}\n  from ${side(From)}\n  to   ${side(To)}\n`)
  if (Identical) io.out('the values are identical\n')
  else if (Differences.length === 0)
    io.out(
      Format === 'JSON'
        ? 'the values mean the same: only how the JSON is written differs (spaces, the order of keys, 1.0 for 1)\n'
        : 'the values differ\n',
    )
  for (const difference of Differences) io.out(`${lineOf(difference)}\n`)
  if (Truncated) io.out('… and more\n')
  const revealed = Differences.some(({ From: before, To: after }) => before !== undefined || after !== undefined)
  if (Format === 'Binary' && revealed) io.out('(bytes are shown in base64)\n')
}

const SIGNS = { Added: '+', Removed: '-', Changed: '~' } as const

function lineOf({ Path, Change, From, To }: Difference): string {
  const head = `${SIGNS[Change]} ${Path === '' ? '(the whole value)' : plain(Path)}`
  if (From === undefined && To === undefined) return head
  const text = (value: string | undefined) => (value === undefined ? '(none)' : plain(value))
  return Change === 'Added'
    ? `${head}: ${text(To)}`
    : Change === 'Removed'
      ? `${head}: ${text(From)}`
      : `${head}: ${text(From)} → ${text(To)}`
}

function jsonOf({ ARN, Name, From, To, Format, Identical, Differences, Truncated }: Comparison): object {
  const side = ({ VersionId, CreatedDate }: Comparison['From']) => ({
    versionId: VersionId,
    created: isoTime(CreatedDate),
  })
  return {
    name: Name,
    arn: ARN,
    from: side(From),
    to: side(To),
    format: Format,
    identical: Identical,
    truncated: Truncated,
    differences: Differences.map((one) => ({ path: one.Path, change: one.Change, from: one.From, to: one.To })),
  }
}
