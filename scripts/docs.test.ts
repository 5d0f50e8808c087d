import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { commands } from '../cli/strongroom.ts'
import { options, optionNames, variableOf, variablesOnly } from '../server/config/options.ts'
import { devStart } from '../server/greeting.ts'
import { available, run } from '../server/test/conformance/tool.ts'
import { start } from '../server/test/start.ts'

/** What the documents say is there: links, files, commands, flags, names in the code, and examples that run. */

const root = path.dirname(import.meta.dirname)
const pages = globSync('{*.md,docs/**/*.md,changes/*.md,examples/**/*.md}', { cwd: root })
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const here = (file: string) => existsSync(path.join(root, file))
const json = (file: string) => JSON.parse(read(file)) as Record<string, Record<string, unknown>>

test('links in the documents lead to what exists', () => {
  const wrong: string[] = []
  for (const page of pages)
    for (const [, to = '', heading] of read(page).matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)) {
      if (/^[a-z]+:/.test(to)) continue
      const file = to === '' ? page : path.join(path.dirname(page), to)
      if (!here(file)) wrong.push(`${page}: ${to}`)
      else if (heading !== undefined && !headingsOf(file).includes(heading)) wrong.push(`${page}: ${to}#${heading}`)
    }
  assert.deepEqual(wrong, [])
})

function headingsOf(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}

test('npm scripts that the documents name exist, and so do the files they are given', () => {
  const scripts = json('package.json').scripts ?? {}
  const wrong: string[] = []
  for (const page of pages)
    for (const [, command = '', argument] of read(page).matchAll(
      /(?:`|^ {4,}(?:.* )?)npm (?:run )?([a-z:-]+)(?: -- | )?([\w./-]*)/gm,
    )) {
      if (['ci', 'install'].includes(command)) continue
      if (!(command in scripts)) wrong.push(`${page}: npm ${command}`)
      else if (command === 'test' && argument?.includes('/') && !/\/to\//.test(argument) && !here(argument))
        wrong.push(`${page}: npm test ${argument}`)
    }
  assert.deepEqual(wrong, [])
})

test('files and folders that the documents name exist', () => {
  const wrong: string[] = []
  for (const page of pages)
    for (const [, file = ''] of read(page).matchAll(/`((?:server|cli|scripts|docs|changes|\.ci)\/[\w./-]*)`/g))
      if (!here(file)) wrong.push(`${page}: ${file}`)
  assert.deepEqual(wrong, [])
})

test('flags and variables of strongroom that the documents name exist', async () => {
  const flags = new Set<string>([...optionNames, 'anchors', 'json', 'follow', 'help'])
  for (const { help } of await commands())
    for (const [, flag = ''] of (await help()).matchAll(/--([a-z][a-z0-9-]+)/g)) flags.add(flag)
  // the flags of a seal that is to be
  for (const flag of optionNames) if (flag.startsWith('seal')) flags.add(`new-${flag}`)
  // other programs, with flags of their own
  const others =
    /npm (ci|install|run (audit:|bench|example|model|rotation:|wide))|aws |openssl|sqlite3|pg_dump|pg_restore|kubectl|curl|softhsm2-util/
  const variables = new Set<string>([
    ...Object.keys(options).map(variableOf),
    ...Object.keys(variablesOnly),
    'STRONGROOM_COPY_DATABASE',
  ])
  for (const name of [...variables])
    if (name.startsWith('STRONGROOM_SEAL')) variables.add(name.replace('_SEAL', '_NEW_SEAL'))
  const wrong: string[] = []
  // a command on several lines is one
  for (const page of pages)
    for (const written of read(page).replaceAll(/\\\n/g, ' ').split('\n')) {
      const line = written.replace(/\bnode (?:--\S+ )+/, 'node ')
      for (const [variable] of line.matchAll(/\bSTRONGROOM_[A-Z0-9_]*[A-Z]\b/g))
        if (!variables.has(variable) && !line.includes(`${variable}_…`)) wrong.push(`${page}: ${variable}`)
      if (others.test(line)) continue
      for (const [, flag = ''] of line.matchAll(/(?<![\w-])--([a-z][a-z0-9-]+)/g))
        if (!flags.has(flag) && flag !== 'endpoint-url') wrong.push(`${page}: --${flag}`)
    }
  assert.deepEqual(wrong, [])
})

test('what ARCHITECTURE.md draws is what is there, and the other way round', () => {
  const text = read('ARCHITECTURE.md')
  const tree = /\n## The house\n([\s\S]*?)\n## /.exec(text)?.[1] ?? ''
  const drawn = new Set([...tree.matchAll(/[\w.-]+\.ts\b|[\w-]+\/(?=[\s,)])/g)].map(([name]) => name))
  assert.ok(drawn.size > 25)
  const all = new Set(
    globSync('{server,cli,scripts}/**', { cwd: root, exclude: (name) => name === 'node_modules' }).map((file) =>
      path.basename(file),
    ),
  )
  for (const name of ['server', 'cli', 'scripts', 'docs', 'changes', 'examples']) all.add(name)
  assert.deepEqual(
    [...drawn].filter((name) => !all.has(name.replace(/\/$/, ''))),
    [],
    'drawn and not there',
  )
  const important = globSync('server/{*,kernel/*}', { cwd: root, withFileTypes: true })
    .filter((entry) => !/\.test\.ts$|^node_modules$|\.json$/.test(entry.name))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
  assert.deepEqual(
    important.filter((name) => !drawn.has(name)),
    [],
    'there and not drawn',
  )
})

test('the names in the tour stand in the files that it links beside them', () => {
  const wrong: string[] = []
  let seen = 0
  for (const paragraph of read('docs/tour.md').split('\n\n')) {
    const linked = [...paragraph.matchAll(/\]\(\.\.\/([^)]+\.ts)\)/g)].map(([, file = '']) => read(file)).join('\n')
    const prose = paragraph.replaceAll(/\]\([^)]*\)/g, '')
    for (const [, name = ''] of prose.matchAll(/`([A-Za-z_]\w*)(?:\([^`]*\))?`/g)) {
      seen += 1
      if (!new RegExp(`\\b${name}\\b`).test(linked)) wrong.push(name)
    }
  }
  assert.ok(seen > 5)
  assert.deepEqual(wrong, [])
})

test('ARCHITECTURE.md links every decision, README or CONTRIBUTING.md every guide', () => {
  const linked = (page: string) => read(page).match(/docs\/[\w/-]+\.md/g) ?? []
  const decisions = globSync('docs/decisions/*.md', { cwd: root })
  assert.deepEqual(new Set(linked('ARCHITECTURE.md').filter((file) => file.includes('decisions'))), new Set(decisions))
  const guides = [...linked('README.md'), ...linked('CONTRIBUTING.md')]
  assert.deepEqual(
    globSync('docs/how-to/*.md', { cwd: root }).filter((file) => !guides.includes(file)),
    [],
  )
})

test('the unit of systemd starts what npm start starts', () => {
  const [environment = '', command] = String(json('package.json').scripts?.start).split(/ (?=node )/)
  const unit = read('docs/how-to/run-in-production.md')
  assert.ok(unit.includes(`\nExecStart=/opt/strongroom/node_modules/.bin/${command}\n`))
  assert.ok(unit.includes(`\nEnvironment=${environment}\n`))
})

test('README begins with what it is, then the two commands', () => {
  const [first] = /^ {4}[^\n]*(?:\n {4}[^\n]*)*/m.exec(read('README.md')) ?? []
  assert.equal(first, '    npm ci && npm start\n    npm ci && npm test')
})

test('the lock file is whole: everything that a package in it may need is in it', () => {
  const packages = json('package-lock.json').packages as Record<string, Record<string, Record<string, string>>>
  const wrong: string[] = []
  for (const [place, { dependencies = {}, optionalDependencies = {} }] of Object.entries(packages))
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const parts = place.split('/node_modules/')
      const places = parts.map((_, at) => `${parts.slice(0, parts.length - at).join('/node_modules/')}/node_modules/`)
      if (![...places, 'node_modules/'].some((at) => `${at}${name}` in packages)) wrong.push(`${place}: ${name}`)
    }
  assert.deepEqual(wrong, [])
})

/** The examples of a page in one language, joined. */
function examples(page: string, language: string): string {
  const blocks = [...read(page).matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))]
  assert.ok(blocks.length > 0, `${page} has no example in ${language}`)
  return blocks.map(([, text]) => text).join('\n')
}

/** Runs a page's examples with a tool against a server that takes any credentials, as `npm run dev` does. */
async function runs(page: string, language: string, extension: string, command: string, args: readonly string[]) {
  await using server = await start({ open: true, account: '000000000000' })
  // below the root, so that an example finds the packages that are installed here
  const directory = mkdtempSync(path.join(root, 'node_modules/.example-'))
  try {
    const file = path.join(directory, `example.${extension}`)
    writeFileSync(file, examples(page, language))
    const environment = {
      PATH: process.env.PATH,
      HOME: tmpdir(),
      // what a start prints to paste, and nothing else
      ...printed(server.url),
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    // what an example writes goes with its folder
    const ended = await run(command, [...args, file], environment, directory)
    assert.equal(ended.code, 0, `${ended.stdout}${ended.stderr}`)
    return ended.stdout
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** The variables that `strongroom dev` prints. */
function printed(url: string): Record<string, string> {
  const text = devStart({ url, region: 'us-east-1', account: '000000000000' })
  return Object.fromEntries([...text.matchAll(/export (\w+)=(\S+)/g)].map(([, name, value]) => [name, value]))
}

test('the examples for the AWS CLI run', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  const out = await runs('docs/how-to/use-with-aws-cli.md', 'sh', 'sh', 'sh', ['-e'])
  assert.match(out, /^\{"user":"app","password":"two"\}\n\{"user":"app","password":"one"\}$/m)
  assert.match(out, /"SecretAccessKey": "/)
})

test('the example of a parameter that expires runs', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  const out = await runs('docs/how-to/expire-a-parameter.md', 'sh', 'sh', 'sh', ['-e'])
  assert.deepEqual(JSON.parse(out.slice(out.lastIndexOf('[\n    ['))), [
    ['Expiration', 'Pending'],
    ['ExpirationNotification', 'Pending'],
    ['NoChangeNotification', 'Pending'],
  ])
})

test('the example of a rule runs', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  const out = await runs('docs/how-to/react-to-events.md', 'sh', 'sh', 'sh', ['-e'])
  assert.match(out, /^true\n[\s\S]*\nshop-secrets\tENABLED\n$/)
})

test('the examples for boto3 run', async (t) => {
  if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
  const out = await runs('docs/how-to/use-with-boto3.md', 'python', 'py', 'python3', [])
  assert.match(out, /^\{"user":"app","password":"one"\}\napp\/db arn:aws:secretsmanager:us-east-1:000000000000:/)
})

test('the example for JavaScript runs', async () => {
  const out = await runs('docs/how-to/use-with-javascript.md', 'js', 'mjs', process.execPath, [])
  assert.match(out, /^app\napp\/db arn:aws:secretsmanager:us-east-1:000000000000:/)
})

test('the examples of parameters run, by the AWS CLI and from programs', async (t) => {
  const page = 'docs/how-to/use-parameters.md'
  assert.equal(await runs(page, 'js', 'mjs', process.execPath, []), '[]\n')
  if (!(await available(t, 'aws', ['--version']))) return
  const out = await runs(page, 'sh', 'sh', 'sh', ['-e'])
  const lines = ['staging-pw', '/myapp/staging/db/password\tstaging-pw', '/myapp/staging/db/url\tpostgres://staging']
  assert.ok(out.includes(`\n${lines.join('\n')}\n`), out)
  assert.match(out, /^staging-pw\nnext-pw\n1$/m)
  if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
  assert.equal(await runs(page, 'python', 'py', 'python3', []), '[]\n')
})
