import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

/** The walls of the house: who may import whom, who may ask for time, chance and environment. ARCHITECTURE.md says why. */

const root = join(import.meta.dirname, '../..')
const isTest = (file: string) =>
  /\.test\.ts$|\/contract\.ts$|\/forgery\.ts$/.test(file) || /(^|\/)(test|bench)\//.test(file)
const sources = globSync('{server,cli}/**/*.ts', { cwd: root }).filter(
  (file) => !file.includes('node_modules') && !isTest(file),
)

/** A source without what people say in it. */
const codeOf = (file: string) =>
  readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|(?<![:'"`\w])\/\/.*$/gm, '')

interface Import {
  readonly from: string
  /** The file from the root, `node:…`, or a package's name. */
  readonly to: string
  readonly typeOnly: boolean
}

/** `import … from`, `export … from`, `import 'x'`, `await import('x')` and `import('x').Type`. */
const IMPORTS = /^(?:import|export)\s+(type\s)?[^'";=]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gms

function importsOf(file: string): Import[] {
  const found: Import[] = []
  const code = codeOf(file)
  for (const [whole, type, from, bare, inner] of code.matchAll(IMPORTS)) {
    const to = (from ?? bare ?? inner) as string
    const dynamic = inner !== undefined && !new RegExp(`await\\s+${escaped(whole)}`).test(code)
    found.push({ from: file, to: resolved(file, to), typeOnly: type !== undefined || (dynamic && !runs(code, whole)) })
  }
  return found
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
/** A dynamic import that is not awaited on the spot but still loads code: `() => import('x')`. */
const runs = (code: string, whole: string) => new RegExp(`=>\\s*${escaped(whole)}`).test(code)

function resolved(from: string, to: string): string {
  if (to.startsWith('.')) return normalize(join(dirname(from), to))
  if (to.startsWith('#kernel/')) return `server/kernel/${to.slice('#kernel/'.length)}.ts`
  return to
}

const imports = sources.flatMap(importsOf)

/** What nobody may cross: area, what its files may import (SELF is the own slice), and why. The first area that fits counts. */
const WALLS: readonly (readonly [RegExp, RegExp, string])[] = [
  [/^server\/kernel\/values\//, /^server\/kernel\/values\/|^node:(util|crypto)$/, 'values are pure'],
  [
    /^server\/kernel\/authorization\//,
    /^server\/kernel\/(authorization\/|values\/|call|operation|service|error)|^node:(crypto|net)$/,
    'evaluation is pure: no store, no clock',
  ],
  [
    /^server\/kernel\//,
    /^server\/kernel\/|^node:|^pg$|^pino$|^prom-client$|^koffi$|^@opentelemetry\//,
    'the kernel knows no service',
  ],
  [
    /^server\/services\/[^/]+\/model\//,
    /^server\/kernel\/(values\/|error|shape|random|authorization\/)|^server\/services\/SELF\/model\/|^@aws-sdk\/|^node:crypto$/,
    'rules are pure: no store, no clock, no other service',
  ],
  [
    /^server\/services\/[^/]+\/operations\//,
    /^server\/kernel\/|^server\/services\/SELF\/(?!.*\.sql\.ts$)|^server\/services\/[^/]+\/port\.ts$|^@aws-sdk\/|^node:(assert\/strict|crypto)$/,
    'an operation knows its own slice, the kernel and the ports of others',
  ],
  [
    /^server\/services\/sts\/oidc\//,
    /^server\/kernel\/|^server\/services\/sts\/(oidc|model)\/|^jose$|^node:(crypto|fs|net|path)$/,
    'the keys of identity providers come from outside: this folder fetches them, and nobody else',
  ],
  [
    /^server\/services\/kms\/asymmetric\//,
    /^server\/kernel\/|^server\/services\/kms\/(asymmetric|model)\/|^@aws-sdk\/|^@noble\/(curves|post-quantum)\/|^node:(assert\/strict|crypto|worker_threads)$/,
    'keys that sign: what the runtime has no function for is done here, on a thread of its own',
  ],
  [
    /^server\/services\/sts\/session-token\.ts$/,
    /^server\/kernel\/|^node:zlib$/,
    'a session token is sealed, and packed, here',
  ],
  [
    /^server\/services\/cloudtrail\/delivery\//,
    /^server\/kernel\/|^server\/services\/cloudtrail\/|^server\/services\/[^/]+\/port\.ts$|^@aws-sdk\/|^node:(crypto|util|zlib)$/,
    "log files are packed, and digests signed, here; where they are put is the kernel's",
  ],
  [
    /^server\/services\/logs\/payload\.ts$/,
    /^server\/kernel\/|^server\/services\/logs\/|^node:zlib$/,
    'what subscribers are sent is packed here',
  ],
  [
    /^server\/services\//,
    /^server\/kernel\/|^server\/services\/SELF\/|^server\/services\/[^/]+\/port\.ts$|^@aws-sdk\/|^yauzl$|^node:(assert\/strict|crypto)$/,
    'slices meet at ports only, and reach the outside through the kernel',
  ],
  [
    /^server\/config/,
    /^server\/config|^server\/kernel\/(values\/|log|guarded|sealing\/settings)|^node:/,
    'reading settings builds nothing',
  ],
  [
    /^server\/(http|workers|signals|greeting|start-error|version)/,
    /^server\/(?!services\/|server\.ts|main\.ts|dev\.ts)|^node:/,
    'the front door knows no service',
  ],
  [
    /^server\/(main|dev|seed)\.ts$/,
    /^server\/(?!services\/)|^server\/services\/iam\/(accounts|callers)\.ts$|^node:/,
    'an entry starts what server.ts builds; of the services it knows how the first account is made',
  ],
  [
    /^server\/audit-export\//,
    /^server\/audit-export\/|^server\/kernel\/|^server\/config\/outlets\.ts$|^node:(crypto|fs|fs\/promises|os|path)$/,
    'records are handed on here: to files, and through the kernel to servers',
  ],
  [
    /^server\/functions\//,
    /^server\/functions\/|^server\/kernel\/(values\/|error|outbound\/)|^(pg|mysql2|tedious|oracledb|mongodb|bson|@redis\/client)(\/.*)?$|^node:/,
    'a built-in function knows databases and the calls that any function may make, nothing of the server',
  ],
  [
    /^server\/runtime\//,
    /^server\/runtime\/|^server\/kernel\/|^server\/services\/[^/]+\/port\.ts$|^server\/services\/lambda\/sandboxes\.ts$|^yauzl$|^node:/,
    "processes that run users' functions: they know what a function is, and nothing of what it does",
  ],
  [
    /^server\/beside\//,
    /^server\/|^node:/,
    'what is done beside a running server works on the same stores, built here a second time',
  ],
  [
    /^server\/invoke\.ts$/,
    /^server\/(functions\/(deadline|environment|function|index|settings)\.ts$|kernel\/|services\/iam\/(callers|port)\.ts$|services\/(lambda|rds)\/port\.ts$|services\/secretsmanager\/functions\.ts$)/,
    'functions are run here: what they are, who asks for them and in whose name they act',
  ],
  [/^server\/handled\.ts$/, /^server\/kernel\/values\//, 'what is hidden is known by its value, and by nothing else'],
  [
    /^server\/execution\.ts$/,
    /^server\/(handled\.ts$|kernel\/|runtime\/|services\/lambda\/sandboxes\.ts$|services\/sts\/port\.ts$)/,
    "processes for users' functions are put together here: their credentials, where they reach the server, what is hidden",
  ],
  [
    /^server\/(server\.ts|assembly\/)/,
    /^server\/|^node:path$/,
    'the composition root, and what it is put together from, builds from our own parts',
  ],
  [
    /^cli\/wire\//,
    /^cli\/(wire\/|command|style)|^@strongroom\/server\/wire$|^@aws-sdk\/credential-provider-node$|^@smithy\/core\/config$|^node:/,
    'commands that speak to a server do it here: they know its wire, and nothing of how it is built',
  ],
  [
    /^cli\/moving\//,
    /^cli\/|^@strongroom\/server\/wire$|^(age-encryption|yaml)$|^@aws-sdk\/client-secrets-manager$|^node:/,
    'files of others, and of ours, are read and written here: they know the wire, and nothing of how it is built',
  ],
  [
    /^cli\//,
    /^cli\/|^@strongroom\/server(\/(audit|delivered|function-logs|config|accounts|access|rotation|rotation-dry-run|databases|seals|events|usage|cost|idle|hygiene|wire))?$|^@aws-sdk\/client-secrets-manager$|^node:/,
    "the command uses the server's entries only",
  ],
]

test('nobody imports across a wall', () => {
  assert.ok(imports.length > 600, `only ${imports.length} imports were seen: the test looks in the wrong place`)
  const wrong: string[] = []
  for (const { from, to } of imports) {
    const wall = WALLS.find(([area]) => area.test(from))
    if (wall === undefined) {
      wrong.push(`${from} stands outside of every wall: say in WALLS what it may import`)
      continue
    }
    const slice = from.split('/')[2] as string
    if (!new RegExp(wall[1].source.replaceAll('SELF', slice)).test(to)) wrong.push(`${from} imports ${to}: ${wall[2]}`)
  }
  assert.deepEqual(wrong, [])
})

/** Modules with one owner: what, who. */
const OWNERS: readonly (readonly [RegExp, RegExp])[] = [
  [/^(mysql2|tedious|oracledb|mongodb|bson|@redis\/client)/, /^server\/functions\//],
  [/^yauzl$/, /^server\/(runtime|services\/lambda)\//],
  [/^koffi$/, /^server\/kernel\/sealing\/pkcs11\//],
  [/^pg$/, /^server\/functions\/|^server\/kernel\/(storage\/(postgres\/|beside\.ts)|audit\/)/],
  [/^node:sqlite$/, /^server\/kernel\/(storage\/(sqlite\/|lock\.ts|beside\.ts)|audit\/)/],
  [/^pino$/, /^server\/kernel\/log\.ts$/],
  [/^prom-client$/, /^server\/kernel\/metrics\.ts$/],
  [/^@opentelemetry\//, /^server\/kernel\/tracing\.ts$/],
  [
    /^node:(http|https|net|tls)$/,
    /^server\/http|^server\/kernel\/(authorization|outbound)\/|^server\/config|^server\/services\/sts\/oidc\/|^server\/runtime\/|^server\/functions\/|^cli\/(wire|moving\/vault)\//,
  ],
  [/^age-encryption$/, /^cli\/moving\/age\.ts$/],
  [/^yaml$/, /^cli\/moving\/yaml-file\.ts$/],
  [/^node:dns/, /^server\/kernel\/outbound\//],
  [/^jose$/, /^server\/services\/sts\/oidc\//],
  [/^@noble\//, /^server\/services\/kms\/asymmetric\//],
  [/^node:worker_threads$/, /^server\/kernel\/(storage\/sqlite|audit)\/|^server\/services\/kms\/asymmetric\//],
  [/^node:cluster$/, /^server\/(workers|kernel\/metrics)\.ts$/],
  [/^node:child_process$/, /^server\/runtime\//],
  [/^node:(vm|inspector)$/, /^nobody$/],
]

test('what reaches out of the process has one owner', () => {
  const wrong: string[] = []
  for (const { from, to, typeOnly } of imports)
    for (const [module, owner] of OWNERS)
      if (module.test(to) && !owner.test(from) && !typeOnly) wrong.push(`${from} imports ${to}`)
  assert.deepEqual(wrong, [])
})

test('statements are imported by the files beside them only', () => {
  const wrong = imports.filter(({ from, to }) => to.endsWith('.sql.ts') && dirname(from) !== dirname(to))
  assert.deepEqual(wrong, [])
})

test('the server runs no code of AWS: @aws-sdk is imported as types only', () => {
  const wrong = imports.filter(
    ({ from, to, typeOnly }) => /^@(aws-sdk|smithy)\//.test(to) && !typeOnly && !from.startsWith('cli/wire/'),
  )
  assert.deepEqual(wrong, [])
  assert.ok(imports.some(({ to }) => to.startsWith('@aws-sdk/')))
})

test('no file needs itself, however far around', () => {
  const needs = new Map<string, string[]>()
  for (const { from, to, typeOnly } of imports) if (!typeOnly) needs.set(from, [...(needs.get(from) ?? []), to])
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) cycles.push([...way.slice(way.indexOf(file)), file].join(' → '))
    if (done.has(file) || way.includes(file)) return
    for (const next of needs.get(file) ?? []) visit(next, [...way, file])
    done.add(file)
  }
  for (const file of sources) visit(file, [])
  assert.deepEqual(cycles, [])
})

test('time, chance and environment have one door each', () => {
  const doors: readonly (readonly [RegExp, readonly string[]])[] = [
    [/\bDate\.now\(|\bnew Date\(\)|\bDate\(\)/, ['server/kernel/clock.ts']],
    [/\bMath\.random\(/, []],
    [/\b(randomBytes|randomUUID|randomInt|randomFillSync|getRandomValues)\b/, ['server/kernel/random.ts']],
    [/\bprocess\.env\b/, ['cli/main.ts']],
    [/\bprocess\.argv\b/, ['cli/main.ts']],
    [/\bprocess\.exit\(/, ['cli/main.ts', 'server/signals.ts']],
    [/\beval\(|\bnew Function\(/, []],
    [/\bconsole\.(log|error|warn|info|debug)\(/, []],
  ]
  const wrong: string[] = []
  for (const file of sources) {
    const code = codeOf(file)
    for (const [expression, allowed] of doors)
      if (expression.test(code) && !allowed.includes(file)) wrong.push(`${file} uses ${expression.source}`)
  }
  assert.deepEqual(wrong, [])
})

test('every operation stands in a file of its name and has its test beside it', () => {
  const operations = sources.filter((file) => /^server\/services\/[^/]+\/operations\/[^/]+\.ts$/.test(file))
  assert.ok(operations.length > 50)
  const wrong: string[] = []
  for (const file of operations) {
    const name = basename(file, '.ts')
    if (!codeOf(file).includes(`export const ${name} = `)) wrong.push(`${file} exports no ${name}`)
    if (!existsSync(join(root, file.replace(/\.ts$/, '.test.ts')))) wrong.push(`${file} has no test beside it`)
  }
  assert.deepEqual(wrong, [])
})

// V8 gives each object of such a literal a hidden class of its own, which keeps what the getter reaches until the next full collection:
// it made all garbage of a request survive, and cost a seventh of GetSecretValue.
test('what an operation works with is no literal with a getter: a class has what is made only when it is asked for', () => {
  const wrong = globSync('server/services/*/service.ts', { cwd: root }).filter((file) =>
    /^\s+get \w+\(\)/m.test(codeOf(file)),
  )
  assert.deepEqual(wrong, [])
})

test('every service has the same inside', () => {
  const wrong = globSync('server/services/*', { cwd: root }).flatMap((slice) =>
    ['service.ts', 'operation.ts', 'operations']
      .filter((name) => !existsSync(join(root, slice, name)))
      .map((name) => `${slice}/${name}`),
  )
  assert.deepEqual(wrong, [])
})
