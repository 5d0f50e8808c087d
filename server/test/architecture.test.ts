import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

/** The walls of the house: who may import whom, who may ask for time, chance and environment. ARCHITECTURE.md says why. */

const server = dirname(import.meta.dirname)
const root = dirname(server)
const isTest = (file: string) =>
  file.endsWith('.test.ts') || file.startsWith('test/') || file.startsWith('bench/') || file.endsWith('/contract.ts')
const files = globSync('**/*.ts', { cwd: server }).filter((file) => !file.includes('node_modules'))
const sources = files.filter((file) => !isTest(file))

interface Import {
  readonly from: string
  /** The file inside server/, `node:…`, or a package's name. */
  readonly to: string
  readonly typeOnly: boolean
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(server, file), 'utf8')
  const found: Import[] = []
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'/gms)) {
    const written = match[2] as string
    const to = written.startsWith('.')
      ? normalize(join(dirname(file), written))
      : written.startsWith('#kernel/')
        ? `kernel/${written.slice('#kernel/'.length)}.ts`
        : written
    found.push({ from: file, to, typeOnly: match[1] !== undefined })
  }
  return found
}

const imports = sources.flatMap(importsOf)

/** Area, what its files may import (SELF is the own slice), and why. First area that fits a file counts. */
const WALLS: readonly (readonly [RegExp, RegExp, string])[] = [
  [/^kernel\/values\//, /^kernel\/values\/|^node:(util|crypto)$/, 'values are pure'],
  [/^kernel\//, /^kernel\/|^node:|^pg$|^pino$|^prom-client$/, 'the kernel knows no service'],
  [
    /^services\/[^/]+\/model\//,
    /^kernel\/(values\/|error|shape|random|authorization\/policy)|^services\/SELF\/model\/|^@aws-sdk\/|^node:crypto$/,
    'rules are pure: no store, no clock, no other service',
  ],
  [
    /^services\/[^/]+\/operations\//,
    /^kernel\/|^services\/SELF\/(?!.*\.sql\.ts)|^services\/[^/]+\/port\.ts$|^@aws-sdk\/|^node:/,
    'an operation knows its own slice, the kernel and the ports of others',
  ],
  [
    /^services\//,
    /^kernel\/|^services\/SELF\/|^services\/[^/]+\/port\.ts$|^@aws-sdk\/|^node:/,
    'slices meet at ports only',
  ],
]

test('nobody imports across a wall', () => {
  assert.ok(imports.length > 150, `only ${imports.length} imports were seen: the test looks in the wrong place`)
  const wrong: string[] = []
  for (const { from, to } of imports) {
    const wall = WALLS.find(([area]) => area.test(from))
    if (wall === undefined) continue
    const slice = from.split('/')[1] as string
    if (!new RegExp(wall[1].source.replaceAll('SELF', slice)).test(to)) wrong.push(`${from} imports ${to}: ${wall[2]}`)
  }
  assert.deepEqual(wrong, [])
})

test('the server runs no code of AWS: @aws-sdk is imported as types only', () => {
  const wrong = imports.filter(({ to, typeOnly }) => /^@(aws-sdk|smithy)\//.test(to) && !typeOnly)
  assert.deepEqual(wrong, [])
})

test('time, chance and environment have one door each', () => {
  const doors: readonly (readonly [RegExp, readonly string[]])[] = [
    [/\bDate\.now\(\)|new Date\(\)/, ['kernel/clock.ts']],
    [/\bMath\.random\(/, []],
    [/\bprocess\.env\b/, ['config.ts', 'main.ts']],
    [/\bprocess\.argv\b/, ['main.ts']],
  ]
  const wrong: string[] = []
  for (const file of sources) {
    const text = readFileSync(join(server, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    for (const [expression, allowed] of doors)
      if (expression.test(text) && !allowed.includes(file)) wrong.push(`${file} uses ${expression.source}`)
  }
  assert.deepEqual(wrong, [])
})

test('every operation stands in a file of its name and has its test beside it', () => {
  const operations = sources.filter((file) => /^services\/[^/]+\/operations\/[^/]+\.ts$/.test(file))
  assert.ok(operations.length > 20)
  const wrong: string[] = []
  for (const file of operations) {
    const name = basename(file, '.ts')
    if (!readFileSync(join(server, file), 'utf8').includes(`export const ${name} = `))
      wrong.push(`${file} exports no ${name}`)
    if (!existsSync(join(server, file.replace(/\.ts$/, '.test.ts')))) wrong.push(`${file} has no test beside it`)
  }
  assert.deepEqual(wrong, [])
})

test('links in the documents lead to files that exist', () => {
  const wrong: string[] = []
  for (const page of globSync('{*.md,docs/**/*.md}', { cwd: root })) {
    const text = readFileSync(join(root, page), 'utf8')
    for (const [, to] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g))
      if (to !== undefined && !/^[a-z]+:/.test(to) && !existsSync(join(root, dirname(page), to)))
        wrong.push(`${page}: ${to}`)
  }
  assert.deepEqual(wrong, [])
})
