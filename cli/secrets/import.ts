import { type Command, exit, Failure, type Io } from '../command.ts'
import { agreed } from '../confirm.ts'
import { FORMATS, type Reading, secretsInFile, type Source } from '../moving/sources.ts'
import { type Done, imported, type OnConflict, type Way } from '../moving/importing.ts'
import type { Incoming } from '../moving/incoming.ts'
import { unlockFor } from '../moving/keys.ts'
import { type Mapping, mapped, type Part, PARTS } from '../moving/mapping.ts'
import { secretsAt, type Versions } from '../moving/remote.ts'
import { isPrivate, secretsInVault, vaultIn } from '../moving/vault/api.ts'
import { plain, styles } from '../style.ts'
import { type Client, connect, connectOther, wireHelp, wireSettings } from '../wire/client.ts'
import { now } from '@strongroom/server/wire'
import { type Asked, parseSecrets } from './arguments.ts'

/** `strongroom import` */
export const importCommand: Command = {
  name: 'import',
  summary: 'bring secrets in: from .env, JSON, YAML, Vault, AWS, another server or an export',
  help: () => `usage: strongroom import FILE [--format env|json|yaml|vault|export] [--per file|key|leaf|path] [--name NAME] [flags]
       strongroom import --from vault [PATH] [--mount MOUNT] [--per path|key] [flags]
       strongroom import --from aws [PREFIX] [--versions all|labelled|current] [--from-profile NAME] [--from-endpoint-url URL] [flags]

Brings secrets in. What would happen is shown first and asked for; a secret that is here already and equal is left alone, so an import
that broke off is simply made again. Values are never shown.

FILE                     .env, JSON, YAML, an export of strongroom (encrypted or not), or what was taken out of Vault or OpenBao (KV
                         version 2): output of vault kv get and vault kv metadata get (-format=json) in a file or a folder of them, or a
                         tree of paths and keys. - is standard input
--format FORMAT          what FILE is, where its name does not say it
--from vault             a running Vault or OpenBao: VAULT_ADDR and VAULT_TOKEN (or BAO_…), VAULT_NAMESPACE, VAULT_CACERT. All versions that
                         are kept; custom metadata become tags. --mount is where the KV engine is; default secret
--from aws               AWS itself or another server of its wire, with versions, labels, tags, policies and rotation: say where with
                         --from-endpoint-url URL (aws is AWS itself), --from-profile NAME, --from-region REGION, --from-ca-bundle FILE
--versions WHICH         all (default), labelled or current

--per WHAT               what becomes one secret: key (default; a value that is no text is JSON), leaf (nested keys are paths), or file
                         (one secret, which --name names). Of Vault: path (default; its keys are one JSON object) or key
--prefix TEXT, --strip TEXT
                         put before each name; taken off the start of names that have it
--substitute CHARACTER   stands for each character that no name may have; without it such secrets stay behind
--tag KEY=VALUE          a tag for each of them; may be given again
--kms-key-id KEY         the key of all of them, in the place of their own
--without PART,…         what stays behind: ${PARTS.join(', ')}
--account OLD=NEW        an account number that is another one here: in policies, and in the ARNs of keys and functions; may be repeated

--on-conflict WHAT       of a secret that is here and is another one: fail (default; then nothing at all is changed), skip, or overwrite.
                         No version is ever taken away, and no version id gets another value
--dry-run                shows what would happen, and ends
--yes                    does not ask
--identity FILE, --passphrase-file FILE
                         what opens an encrypted export; only their owner may be able to read these files
--json                   a JSON object for each secret, on a line of its own
${wireHelp}
exit codes: 0 all is here now, 1 something is not (it is told), 2 wrong command line, nothing was done

examples:
  strongroom import prod.env --prefix prod/app/ --dry-run
  strongroom import config.yaml --per leaf --prefix prod/
  strongroom import --from vault --mount kv --prefix vault/ --yes
  strongroom import --from aws prod/ --from-profile old --from-endpoint-url aws --account 111111111111=222222222222
`,
  async run(args, io) {
    const asked = parseSecrets(args, {
      name: 'import',
      words: ['[FILE]'],
      side: 'from',
      valued: [
        ...['--format', '--from', '--mount', '--versions', '--per', '--name', '--prefix', '--strip', '--substitute'],
        ...['--kms-key-id', '--without', '--on-conflict', '--identity', '--passphrase-file'],
      ],
      repeated: ['--tag', '--account'],
      plain: ['--dry-run', '--yes', '--json'],
    })
    const mapping = mappingOf(asked)
    const onConflict = CONFLICTS[oneOf(asked, '--on-conflict', ['fail', 'skip', 'overwrite'] as const) ?? 'fail']
    using client = await connect(wireSettings(asked.values), io)
    if (client.isAws)
      throw new Failure('AWS itself has no import', 'strongroom copy brings secrets from a server to AWS', exit.usage)
    using from = new DisposableStack()
    const source = await sourceOf(asked, io, from)
    const secrets = () => through(source(), mapping)
    const mayMeet = asked.values.get('--from') !== 'aws' || mapping.strip !== '' || mapping.substitute !== undefined
    const way = { onConflict, mayMeet }
    const { flags } = asked
    const [dryRun, yes, json] = [flags.has('--dry-run'), flags.has('--yes'), flags.has('--json')]

    if (dryRun || !yes || onConflict === 'Fail') {
      const shown = dryRun ? (json ? 'json' : 'all') : yes || json ? 'conflicts' : 'all'
      const plan = await carryOut(secrets(), client, { ...way, dryRun: true }, io, shown)
      io.err(`${plan.said(client, 'would be')}\n`)
      if (dryRun) return plan.failed ? exit.failed : exit.ok
      if (plan.count('Conflict') > 0)
        throw new Failure(
          `nothing was changed: ${plan.count('Conflict')} are here already and are others`,
          '--on-conflict skip leaves them alone, --on-conflict overwrite puts these in their place; with --dry-run that tells what differs',
        )
      if (plan.toDo === 0 && !yes) return plan.failed ? exit.failed : exit.ok
      if (!(await agreed(`bring ${plan.toDo} in?`, yes, io))) {
        io.err('nothing was changed\n')
        return exit.failed
      }
    }
    const done = await carryOut(
      secrets(),
      client,
      { ...way, dryRun: false },
      io,
      json ? 'json' : yes ? 'all' : 'problems',
    )
    io.err(`${done.said(client, 'is')}\n`)
    return done.failed ? exit.failed : exit.ok
  },
}

const CONFLICTS: Readonly<Record<'fail' | 'skip' | 'overwrite', OnConflict>> = {
  fail: 'Fail',
  skip: 'Skip',
  overwrite: 'Overwrite',
}

function oneOf<const T extends string>({ values, wrong }: Asked, flag: string, allowed: readonly T[]): T | undefined {
  const said = values.get(flag)
  const found = allowed.find((each) => each === said)
  if (said !== undefined && found === undefined) throw wrong(`${flag} takes ${allowed.join(', ')}`)
  return found
}

function mappingOf({ values, lists, wrong }: Asked): Mapping {
  const substitute = values.get('--substitute')
  if (substitute !== undefined && !/^[A-Za-z0-9/_+=.@!-]$/.test(substitute))
    throw wrong('--substitute takes one character that a name may have')
  const without = (values.get('--without') ?? '').split(',').filter((part) => part !== '')
  for (const part of without)
    if (!(PARTS as readonly string[]).includes(part)) throw wrong(`--without takes ${PARTS.join(', ')}`)
  const accounts = (lists.get('--account') ?? []).map((pair) => {
    const [, old, own] = /^([0-9]{12})=([0-9]{12})$/.exec(pair) ?? []
    if (old === undefined || own === undefined) throw wrong('--account takes two account numbers, OLD=NEW')
    return [old, own] as const
  })
  const tags = (lists.get('--tag') ?? []).map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1) throw wrong('--tag takes KEY=VALUE')
    return { Key: pair.slice(0, at), Value: pair.slice(at + 1) }
  })
  return {
    strip: values.get('--strip') ?? '',
    prefix: values.get('--prefix') ?? '',
    substitute,
    without: new Set(without as Part[]),
    kmsKeyId: values.get('--kms-key-id'),
    accounts: new Map(accounts),
    tags,
  }
}

async function sourceOf(asked: Asked, io: Io, opened: DisposableStack): Promise<Source> {
  const { words, values, wrong } = asked
  const from = oneOf(asked, '--from', ['vault', 'aws'] as const)
  const per = oneOf(asked, '--per', ['file', 'key', 'leaf', 'path'] as const)
  const side = wireSettings(values, 'from')
  if (from !== 'aws' && Object.keys(side).length > 0) throw wrong('--from-… goes with --from aws')
  if (from === undefined) {
    const reading: Reading = {
      format: oneOf(asked, '--format', FORMATS),
      per,
      name: values.get('--name'),
      unlock: (own) => unlockFor(values.get('--identity'), values.get('--passphrase-file'), own),
      now: now(),
    }
    if (words[0] === undefined) throw wrong('say FILE, --from vault or --from aws')
    return secretsInFile(words[0], reading, io)
  }
  if (values.has('--format')) throw wrong('--format is for a FILE')
  if (from === 'vault') {
    if (per === 'file' || per === 'leaf') throw wrong(`--per ${per} is not for Vault`)
    const place = vaultIn(io.env)
    if (!isPrivate(place))
      io.err(
        `${styles(io).yellow('warning')}: ${place.url.origin} is not encrypted: who is on the way can read values\n`,
      )
    const below = { mount: values.get('--mount') ?? 'secret', path: words[0] ?? '', per: per ?? ('path' as const) }
    return () => secretsInVault(place, below, { now })
  }
  if (per !== undefined) throw wrong('--per is not for --from aws')
  if (Object.keys(side).length === 0) throw wrong('from where? say --from-endpoint-url or --from-profile')
  const versions: Versions = oneOf(asked, '--versions', ['all', 'labelled', 'current'] as const) ?? 'all'
  const other = opened.use(await connectOther(side, wireSettings(values), io))
  return () => secretsAt(other, words[0] ?? '', versions)
}

async function* through(secrets: AsyncIterable<Incoming>, mapping: Mapping): AsyncGenerator<Incoming> {
  for await (const incoming of secrets) yield mapped(incoming, mapping)
}

/** What became of all of them. */
class Tally {
  readonly #counts = new Map<Done['outcome'], number>()

  add({ outcome }: Done): void {
    this.#counts.set(outcome, this.count(outcome) + 1)
  }

  count(outcome: Done['outcome']): number {
    return this.#counts.get(outcome) ?? 0
  }

  /** That would be changed. */
  get toDo(): number {
    return this.count('Created') + this.count('Overwritten')
  }

  /** Whether something is not here that was to be. */
  get failed(): boolean {
    return this.count('Conflict') + this.count('Refused') + this.count('Left') > 0
  }

  said({ where }: Client, is: string): string {
    const parts = Object.entries(WORDS).flatMap(([outcome, word]) => {
      const count = this.count(outcome as Done['outcome'])
      return count === 0 ? [] : [`${count} ${word}`]
    })
    return `${where}: ${parts.length === 0 ? `nothing ${is} done` : parts.join(', ')}${is === 'is' ? '' : ' (plan)'}`
  }
}

const WORDS: Readonly<Record<Done['outcome'], string>> = {
  Created: 'new',
  Overwritten: 'overwritten',
  Unchanged: 'equal, left alone',
  Skipped: 'others, skipped',
  Conflict: 'here already and others',
  Refused: 'refused',
  Left: 'stay behind',
  Deleted: 'deleted over there',
}

const SIGNS: Readonly<Record<Done['outcome'], string>> = {
  Created: '+',
  Overwritten: '~',
  Unchanged: '=',
  Skipped: '-',
  Conflict: '!',
  Refused: 'x',
  Left: 'x',
  Deleted: '-',
}

/** Of which secrets a line is shown. */
type Shown = 'all' | 'json' | keyof typeof SHOWN

const SHOWN: Readonly<Record<'problems' | 'conflicts', ReadonlySet<Done['outcome']>>> = {
  problems: new Set(['Conflict', 'Refused', 'Left']),
  conflicts: new Set(['Conflict']),
}

async function carryOut(
  secrets: AsyncIterable<Incoming>,
  client: Client,
  way: Way,
  io: Io,
  shown: Shown,
): Promise<Tally> {
  const tally = new Tally()
  for await (const done of imported(secrets, client, way)) {
    tally.add(done)
    if (shown === 'json') io.out(`${JSON.stringify(done)}\n`)
    else if (shown === 'all' || SHOWN[shown].has(done.outcome)) io.out(lineOf(done))
    if ((await io.drained?.()) === false) break
  }
  return tally
}

/** Of what is equal nothing is said: of a large import made again only the rest is of interest. */
function lineOf({ name, outcome, versions, changes, notes, why }: Done): string {
  const more =
    outcome === 'Created'
      ? `  ${versions} ${versions === 1 ? 'version' : 'versions'}`
      : changes.map((each) => ` ${each}`).join('')
  const told = [...notes, ...(why === undefined ? [] : [why])].map((note) => `    ${plain(note)}\n`).join('')
  if (outcome === 'Unchanged') return ''
  return `${SIGNS[outcome]} ${plain(name)}${more}\n${told}`
}
