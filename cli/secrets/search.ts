import { type Command, exit, type Io } from '../command.ts'
import { plain, styles } from '../style.ts'
import { connect, wireHelp, wireSettings } from '../wire/client.ts'
import { parseSecrets, wholeOf } from './arguments.ts'

/** One page of SearchSecrets, as it is on the wire. */
interface Page {
  readonly Results: readonly Result[]
  readonly KeysPassedOver: number
  readonly NextToken?: string
}

interface Result {
  readonly ARN: string
  readonly Name: string
  readonly Description?: string
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly DeletedDate?: number
  readonly Matches: readonly { readonly In: string; readonly Key?: string; readonly Path?: string }[]
}

const PLACES = ['name', 'tag', 'description', 'key']

/** `strongroom search` */
export const search: Command = {
  name: 'search',
  summary: 'find secrets by words in their names, tags, descriptions and JSON keys',
  help: () => `usage: strongroom search WORDS… [--in PLACES] [--prefix PREFIX] [flags]

Finds the secrets that have every one of the words somewhere: in the name, a tag, the description, or the name of a key of the JSON
value; in whatever case, as a part of a longer word too. Never in values: no value is searched or shown.

Names of keys are found by the server, which opens the current values in your name, as far as the words are not found without. That needs
strongroom:SearchSecretKeys on the secret and kms:Decrypt on its key; secrets without that are passed over, and counted.

--in PLACES              where to look: some of name,tag,description,key. Without key nothing is opened. Default: all
--prefix PREFIX          only secrets whose names begin so
--deleted                also those that wait for their deletion
--limit N                only the first N
--json                   one JSON object for each secret, one per line
${wireHelp}
examples:
  strongroom search prod password
  strongroom search billing --in name,tag,description
  strongroom search api_key --in key --prefix prod/ --json | jq -r .name
`,
  async run(args, io) {
    const asked = parseSecrets(args, {
      name: 'search',
      words: ['WORDS…'],
      valued: ['--in', '--prefix', '--limit'],
      plain: ['--deleted', '--json'],
    })
    const { words, values, flags, wrong } = asked
    const limit = wholeOf(asked, '--limit', [1, 1_000_000]) ?? Number.POSITIVE_INFINITY
    const places = values.get('--in')?.split(',')
    if (places?.every((place) => PLACES.includes(place)) === false)
      throw wrong(`--in takes some of ${PLACES.join(',')}`)
    const json = flags.has('--json')
    using client = await connect(wireSettings(values), io)
    const input = {
      Query: words.join(' '),
      MaxResults: 100,
      ...(places && { In: [...new Set(places)] }),
      ...(values.has('--prefix') && { Prefix: values.get('--prefix') }),
      ...(flags.has('--deleted') && { IncludePlannedDeletion: true }),
    }
    let found = 0
    let passedOver = 0
    for await (const { Results, KeysPassedOver } of client.pages<object, Page>('strongroom', 'SearchSecrets', input)) {
      passedOver += KeysPassedOver
      for (const result of Results) if (found++ < limit) show(result, json, io)
      if (found >= limit || (await io.drained?.()) === false) break
    }
    if (found === 0 && !json) io.err('nothing was found\n')
    if (passedOver > 0)
      io.err(
        `${passedOver} ${passedOver === 1 ? 'secret was' : 'secrets were'} passed over: you may not look at the names of their keys\n`,
      )
    return exit.ok
  },
}

function show({ ARN, Name, Description, Tags, DeletedDate, Matches }: Result, json: boolean, io: Io): void {
  if (json) {
    const tags = Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [Key, Value]))
    const matches = Matches.map(({ In, Key, Path }) => ({
      in: In,
      ...(Key !== undefined && { key: Key }),
      ...(Path !== undefined && { path: Path }),
    }))
    const deleted = DeletedDate === undefined ? {} : { deleted: new Date(DeletedDate * 1000).toISOString() }
    io.out(
      `${JSON.stringify({ name: Name, arn: ARN, ...(Description !== undefined && { description: Description }), tags, ...deleted, matches })}\n`,
    )
    return
  }
  const { bold, yellow } = styles(io)
  io.out(`${bold(plain(Name))}${DeletedDate === undefined ? '' : yellow('  (deleted)')}\n`)
  for (const { In, Key, Path } of Matches) {
    const value = Tags?.find((tag) => tag.Key === Key)?.Value
    if (In === 'tag') io.out(`  tag ${plain(`${Key}=${value}`)}\n`)
    else if (In === 'key') io.out(`  key ${plain(Path ?? '')}\n`)
    else if (In === 'description') io.out(`  description ${plain(Description ?? '')}\n`)
  }
}
