import { token } from '@strongroom/server/wire'
import { type Command, exit } from '../command.ts'
import { plain } from '../style.ts'
import { connect, wireHelp, wireSettings } from '../wire/client.ts'
import { parseSecrets } from './arguments.ts'
import { printComparison } from './diff.ts'
import { type Comparison, namingVersions } from './past.ts'

interface RolledBack {
  readonly ARN: string
  readonly Name: string
  readonly VersionId: string
  readonly VersionStages: readonly string[]
  readonly FromVersionId: string
}

/** `strongroom rollback` */
export const rollback: Command = {
  name: 'rollback',
  summary: 'make an old version of a secret the current one again',
  help: () => `usage: strongroom rollback NAME|ARN --to VERSION [--dry-run] [--json] [flags]

Puts the value of an old version into the secret once more, as a new version that is AWSCURRENT; what was current is AWSPREVIOUS. Nothing
is lost: rollback --to AWSPREVIOUS undoes it. The value is neither shown nor sent to this machine: it needs strongroom:RollBackSecret and
secretsmanager:PutSecretValue, and no permission to read. Versions that AWS would have thrown away are there for as long as the server's
--history keeps them.

--to VERSION             a version's id, a label (AWSPREVIOUS), or a time (2026-11-01T10:30 in UTC, or so long ago: 2h, 7d): what was
                         current then
--dry-run                only says what would change, key by key and without values, as strongroom diff does
--json                   one JSON object
${wireHelp}
examples:
  strongroom rollback prod/db --to AWSPREVIOUS
  strongroom rollback prod/db --to 2026-11-01T10:30:00Z --dry-run
`,
  async run(args, io) {
    const { words, values, flags, wrong } = parseSecrets(args, {
      name: 'rollback',
      words: ['NAME'],
      valued: ['--to'],
      plain: ['--dry-run', '--json'],
    })
    const [SecretId = ''] = words
    const To = values.get('--to')
    if (To === undefined) throw wrong('say which version: --to VERSION')
    using client = await connect(wireSettings(values), io)
    const json = flags.has('--json')
    if (flags.has('--dry-run')) {
      const input = { SecretId, From: 'AWSCURRENT', To }
      const found = await namingVersions(['To'], input, (asked) =>
        client.call<typeof input, Comparison>('strongroom', 'CompareSecretVersions', asked),
      )
      if (json) {
        const differences = found.Differences.map(({ Path, Change }) => ({ path: Path, change: Change }))
        const versions = { currentVersionId: found.From.VersionId, fromVersionId: found.To.VersionId }
        io.out(
          `${JSON.stringify({ name: found.Name, arn: found.ARN, ...versions, identical: found.Identical, differences })}\n`,
        )
      } else printComparison(found, io)
      return exit.ok
    }
    const input = { SecretId, To, ClientRequestToken: token() }
    const done = await namingVersions(['To'], input, (asked) =>
      client.call<typeof input, RolledBack>('strongroom', 'RollBackSecret', asked),
    )
    if (json) {
      const { Name, ARN, VersionId, FromVersionId, VersionStages } = done
      const answer = { name: Name, arn: ARN, versionId: VersionId, fromVersionId: FromVersionId, labels: VersionStages }
      io.out(`${JSON.stringify(answer)}\n`)
    } else {
      io.out(
        `${plain(done.Name)}: version ${plain(done.VersionId)} is current, with the value of ${plain(done.FromVersionId)}\n`,
      )
      io.out(`  to undo it: strongroom rollback ${plain(done.Name)} --to AWSPREVIOUS\n`)
    }
    return exit.ok
  },
}
