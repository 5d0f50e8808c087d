/**
 * `npm run new -- <service> <Operation>`: writes the declaration and the test of an operation that AWS has and the service
 * does not have yet, and registers it. What is left to do is said at the end; docs/how-to/add-an-operation.md says more.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { nearest } from '../server/config/nearest.ts'
import { texts } from './scaffold/declaration.ts'
import { Sdk } from './scaffold/sdk.ts'

const root = path.dirname(import.meta.dirname)
const services = path.join(root, 'server/services')

/** What a person can mend: said in one line, with a hint. */
class Mistake extends Error {
  readonly hint: string

  constructor(what: string, hint: string) {
    super(what)
    this.hint = hint
  }
}

async function scaffold(args: readonly string[]): Promise<void> {
  const [service, name] = args
  const offered = globSync('*/service.ts', { cwd: services }).map((file) => path.dirname(file))
  if (service === undefined || name === undefined || args.length > 2)
    throw new Mistake('a service and an operation are needed', 'npm run new -- secretsmanager RotateSecret')
  if (!offered.includes(service))
    throw new Mistake(`there is no service ${service}`, meant(service, offered) ?? `there are ${offered.join(', ')}`)

  const folder = path.join(services, service)
  const sdk = await Sdk.of(folder)
  const file = path.join(folder, 'operations', `${name}.ts`)
  if (/^\w+$/.test(name) && existsSync(file)) throw new Mistake(`${name} is there already`, `see ${shown(file)}`)
  const known = sdk.operations()
  if (!known.includes(name))
    throw new Mistake(
      `AWS has no operation ${name} in ${sdk.package}`,
      meant(name, known) ?? 'names are spelt as AWS spells them',
    )

  const membersFile = path.join(folder, 'model/members.ts')
  const members = existsSync(membersFile) ? ((await import(membersFile)) as Record<string, unknown>) : {}
  const facts = sdk.facts(name)
  const { operation, test } = texts(facts, { service, package: sdk.package, members })
  const registered = register(folder, name)
  const testFile = file.replace(/\.ts$/, '.test.ts')
  writeFileSync(file, operation, { flag: 'wx' })
  writeFileSync(testFile, test, { flag: 'wx' })
  for (const [changed, text] of registered) writeFileSync(changed, text)
  format([file, testFile, ...registered.keys()])
  process.stdout.write(`${name} of ${service}:
  ${shown(file)}
  ${shown(testFile)}
  registered in ${[...registered.keys()].map(shown).join(' and ')}

next, as docs/how-to/add-an-operation.md says:
  1. constraints of the members: ${referenceOf(service, name)}
  2. what it acts on (target) and does (run), until this is green:
     npm test ${shown(testFile)}
  3. npm run compatibility && npm run check
`)
}

/** The files that list the operations, with this one moved from "not yet" to "offered". */
function register(folder: string, name: string): Map<string, string> {
  const apartList = path.join(folder, 'offered.ts')
  // A long list of operations stands in a file of its own.
  const file = existsSync(apartList) ? apartList : path.join(folder, 'service.ts')
  let service = readFileSync(file, 'utf8')
  const imports = [...service.matchAll(/^import \{ (\w+) \} from '\.\/operations\/\w+\.ts'\n/gm)]
  const after = imports.filter((match) => (match[1] as string) < name).at(-1) ?? imports[0]
  const list = /^(?:export )?const operations = \{([\w\s,]*)\}/m.exec(service)
  if (after === undefined || list === null) throw new Error(`${file} has no list of operations`)

  const names = [...(list[1] as string).matchAll(/\w+/g)].map(String).concat(name).sort()
  service = service.replace(
    list[0],
    `${list[0].slice(0, list[0].indexOf('{'))}{\n${names.map((each) => `  ${each},\n`).join('')}}`,
  )
  const at = after.index + ((after[1] as string) < name ? after[0].length : 0)
  service = `${service.slice(0, at)}import { ${name} } from './operations/${name}.ts'\n${service.slice(at)}`

  const files = new Map([[file, service]])
  // Of a REST service the list says how each is named, in a line of its own when that is long.
  const missing = new RegExp(`^  ${name}:\\s+(true|'[^']*'),\\n`, 'm')
  const apart = path.join(folder, 'not-yet.ts')
  if (existsSync(apart)) files.set(apart, readFileSync(apart, 'utf8'))
  const [holder] = [...files].find(([, text]) => missing.test(text)) ?? []
  if (holder === undefined) throw new Error(`${name} is not listed as missing in ${[...files.keys()].join(' or ')}`)
  files.set(holder, (files.get(holder) as string).replace(missing, ''))
  return files
}

/** AWS's page about the operation, by what docs/compatibility.json says of the service. */
function referenceOf(service: string, name: string): string {
  const { services } = JSON.parse(readFileSync(path.join(root, 'docs/compatibility.json'), 'utf8')) as {
    services: Record<string, { reference: string } | undefined>
  }
  const { reference } = services[service] ?? {}
  return reference === undefined ? `the page API_${name} of AWS` : `${reference}${name}.html`
}

function format(files: readonly string[]): void {
  const biome = path.join(root, 'node_modules/.bin/biome')
  const { status, stderr } = spawnSync(biome, ['format', '--write', ...files], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`biome format: ${stderr}`)
}

function meant(word: string, words: readonly string[]): string | undefined {
  const near = nearest(
    word,
    words.map((each) => each.toLowerCase()),
  )
  const found = words.find((each) => each.toLowerCase() === near)
  return found === undefined ? undefined : `did you mean ${found}?`
}

const shown = (file: string): string => path.relative(root, file)

try {
  await scaffold(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Mistake)) throw error
  process.stderr.write(`error: ${error.message}\nhint: ${error.hint}\n`)
  process.exitCode = 2
}
