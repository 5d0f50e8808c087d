/**
 * `npm run compatibility`: writes docs/compatibility.md from the registries of the services and docs/compatibility.json,
 * where people note what is different from AWS. `--check` fails instead when the page is not what it would write.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { start } from '../server/test/start.ts'
import { Sdk } from './scaffold/sdk.ts'

/** One thing that is not as on AWS, or that we do not know. */
interface Difference {
  /** Not there; other on purpose; AWS's own way is not known and ours is a choice. */
  readonly kind: 'missing' | 'differs' | 'assumed'
  /** Absent: of the whole service. */
  readonly operation?: string
  readonly text: string
  /** The file whose comment says `Assumed`. */
  readonly file?: string
}

interface Notes {
  readonly everywhere: readonly Difference[]
  readonly services: Readonly<
    Record<
      string,
      {
        readonly title: string
        /** Where AWS tells of its operations; absent: AWS does not have the service. */
        readonly reference?: string
        readonly differences: readonly Difference[]
      }
    >
  >
  /** What is played by a stand-in instead of the real thing. */
  readonly doubles: readonly string[]
}

const root = path.dirname(import.meta.dirname)
const page = path.join(root, 'docs/compatibility.md')
const source = path.join(root, 'docs/compatibility.json')

const words = { missing: 'Not there', differs: 'Differs', assumed: 'Assumed' } as const

async function write(): Promise<string> {
  const notes = JSON.parse(readFileSync(source, 'utf8')) as Notes
  const problems = unsound(notes)
  await using server = await start()
  const sections: string[] = []
  const rows: string[] = []
  for (const { name, operations, notYet } of server.inside.services) {
    const note = notes.services[name]
    if (note === undefined) {
      problems.push(`the service ${name} is not in docs/compatibility.json`)
      continue
    }
    const { title, reference, differences } = note
    const offered = Object.keys(operations).sort()
    for (const { operation } of differences)
      if (operation !== undefined && !offered.includes(operation))
        problems.push(`${name} does not offer ${operation}: its note belongs to the service`)
    const model = reference === undefined ? 'nothing: it is ours' : await comparedWith(name)
    rows.push(`| [${title}](#${slug(title)}) | ${offered.length} | ${notYet.length} | ${model} |`)
    sections.push(`## ${title}

| operation | notes |
|---|---|
${offered.map((operation) => `| ${link(reference, operation)} | ${about(differences, operation)} |`).join('\n')}

Not yet: ${notYet.length === 0 ? 'nothing' : notYet.toSorted().join(', ')}.

${list(differences.filter(({ operation }) => operation === undefined))}`)
  }
  if (problems.length > 0) throw new Error(`docs/compatibility.json is not true:\n  ${problems.join('\n  ')}`)
  return `<!-- Written by \`npm run compatibility\` from the services' registries and compatibility.json: change those. -->
# Compatibility

What of AWS is here, what is not yet, and what is different. **Not there**: AWS has it, we do not have it yet. **Differs**: on
purpose, or because one machine is not AWS. **Assumed**: AWS's own way is not documented and was not observed; ours is a choice.

| service | operations | not yet | compared with |
|---|---|---|---|
${rows.join('\n')}

Members, their kinds and which are required are compared with the SDK's own schemas by a test; names of errors by the compiler.

## Everywhere

${list(notes.everywhere)}

${sections.join('\n\n')}

## Doubles

${notes.doubles.length === 0 ? 'None: nothing here is played by a stand-in. What is not there says so.' : notes.doubles.map((text) => `- ${text}`).join('\n')}
`
}

/** Comments that say `Assumed` and notes that name a file belong together. */
function unsound({ everywhere, services }: Notes): string[] {
  const noted = new Set(
    [...everywhere, ...Object.values(services).flatMap(({ differences }) => differences)].flatMap(
      ({ file }) => file ?? [],
    ),
  )
  const files = globSync('{server,cli}/**/*.ts', { cwd: root }).filter(
    (file) => !/node_modules|\.test\.ts$|^server\/test\//.test(file),
  )
  const assuming = files.filter((file) =>
    /\b[Aa]ssumed\b(?!-role)/.test(commentsIn(readFileSync(path.join(root, file), 'utf8'))),
  )
  return [
    ...assuming.filter((file) => !noted.has(file)).map((file) => `${file} assumes something that is not noted`),
    ...[...noted].filter((file) => !assuming.includes(file)).map((file) => `${file} assumes nothing any more`),
  ]
}

function commentsIn(text: string): string {
  return [...text.matchAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm)].join('\n')
}

async function comparedWith(name: string): Promise<string> {
  const sdk = await Sdk.of(path.join(root, 'server/services', name))
  return `API ${sdk.apiVersion}, \`${sdk.package}\` ${sdk.version}`
}

const link = (reference: string | undefined, operation: string): string =>
  reference === undefined ? operation : `[${operation}](${reference}${operation}.html)`
const slug = (title: string): string => title.toLowerCase().replaceAll(' ', '-')
const said = ({ kind, text }: Difference): string => `**${words[kind]}:** ${text}`

function about(differences: readonly Difference[], operation: string): string {
  const own = differences.filter((each) => each.operation === operation)
  return own.map(said).join('<br>')
}

function list(differences: readonly Difference[]): string {
  const order = Object.keys(words)
  const sorted = differences.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
  return sorted.map((each) => `- ${said(each)}`).join('\n')
}

const text = await write()
if (!process.argv.includes('--check')) writeFileSync(page, text)
else if (readOr(page) !== text) {
  process.stderr.write('docs/compatibility.md is not current\nhint: npm run compatibility\n')
  process.exitCode = 1
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
