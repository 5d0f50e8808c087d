import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { start } from '../server/test/start.ts'
import { texts, unwritten } from './scaffold/declaration.ts'
import { Sdk } from './scaffold/sdk.ts'

/** Follows docs/how-to/add-an-operation.md in a copy of the repository, so that the guide stays true. */

const root = path.dirname(import.meta.dirname)
const guide = readFileSync(path.join(root, 'docs/how-to/add-an-operation.md'), 'utf8')
const operations = 'server/services/secretsmanager/operations'

let copy: string
before(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'strongroom-copy-'))
  const ours = (file: string) => !/(^|\/)(node_modules|\.git|\.strongroom)(\/|$)/.test(path.relative(root, file))
  for (const name of ['server', 'cli', 'scripts', 'docs', 'package.json', 'tsconfig.json', 'biome.json'])
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true, filter: ours })
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
})
after(() => rmSync(copy, { recursive: true, force: true }))

function run(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: copy, encoding: 'utf8', env })
  return { status, output: stdout + stderr }
}
const node = (...args: string[]) => run(process.execPath, args)
const scaffold = (service: string, name: string) => node('scripts/new-operation.ts', service, name)
const read = (file: string) => readFileSync(path.join(copy, file), 'utf8')

/** The block of code after a comment in the guide. */
function block(label: string): string {
  const found = new RegExp(`<!-- ${label} -->\n\`\`\`ts\n([\\s\\S]*?)\`\`\``).exec(guide)
  assert.ok(found?.[1], `the guide has no block ${label}`)
  return found[1]
}

/** Takes the guide's example out of the copy, as if nobody had written it. */
function unwrite(name: string): void {
  const file = 'server/services/secretsmanager/service.ts'
  const text = read(file)
    .replace(`import { ${name} } from './operations/${name}.ts'\n`, '')
    .replace(`\n  ${name},`, '')
    .replace('const notYet = {', `const notYet = {\n  ${name}: true,`)
  assert.ok(!text.includes(`${name},`) && text.includes(`${name}: true`))
  writeFileSync(path.join(copy, file), text)
  for (const kind of ['ts', 'test.ts']) rmSync(path.join(copy, operations, `${name}.${kind}`))
}

test('the guide, step by step, for the operation that it shows', () => {
  const name = 'RestoreSecret'
  const [command] = /npm run new -- secretsmanager \w+/.exec(guide) ?? []
  assert.equal(command, `npm run new -- secretsmanager ${name}`)
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  assert.equal(scripts.new, 'node scripts/new-operation.ts')

  const finished = { operation: read(`${operations}/${name}.ts`), test: read(`${operations}/${name}.test.ts`) }
  unwrite(name)
  const made = scaffold('secretsmanager', name)
  assert.equal(made.status, 0, made.output)
  assert.ok(made.output.includes(`npm test ${operations}/${name}.test.ts`), made.output)
  assert.ok(made.output.includes(`/secretsmanager/latest/apireference/API_${name}.html`), made.output)
  assert.equal(read(`${operations}/${name}.ts`), block('scaffold'))

  const red = node('--test', `${operations}/${name}.test.ts`)
  assert.equal(red.status, 1)
  assert.ok(red.output.includes(unwritten(name)) && guide.includes(unwritten(name)), red.output)

  assert.equal(block('finished'), finished.operation)
  writeFileSync(path.join(copy, operations, `${name}.ts`), block('finished'))
  writeFileSync(path.join(copy, operations, `${name}.test.ts`), finished.test)
  const green = node('--test', `${operations}/${name}.test.ts`)
  assert.equal(green.status, 0, green.output)
})

test('the scaffold of an operation of each service compiles, is registered, and fails until it is written', async () => {
  const made: { service: string; name: string }[] = []
  await using server = await start()
  for (const { name: service, notYet } of server.inside.services) {
    const name = notYet.toSorted()[0]
    if (name === undefined) continue
    const { status, output } = scaffold(service, name)
    assert.equal(status, 0, output)
    made.push({ service, name })
  }
  assert.ok(made.length > 0)
  const files = made.flatMap(({ service, name }) =>
    ['ts', 'test.ts'].map((kind) => `server/services/${service}/operations/${name}.${kind}`),
  )

  const types = run(path.join(root, 'node_modules/.bin/tsc'), ['--noEmit', '-p', 'tsconfig.json'])
  // what does not compile elsewhere is not this test's to say
  assert.deepEqual(
    types.output.split('\n').filter((line) => line.startsWith('server/services/')),
    [],
  )
  const style = run(path.join(root, 'node_modules/.bin/biome'), ['ci', '--colors=off', '--error-on-warnings', ...files])
  assert.equal(style.status, 0, style.output)
  const agreement = node('--test', 'server/test/conformance/agreement.test.ts')
  assert.equal(agreement.status, 0, agreement.output)
  for (const { service, name } of made) {
    const { status, output } = node('--test', `server/services/${service}/operations/${name}.test.ts`)
    assert.equal(status, 1, output)
    assert.ok(output.includes(unwritten(name)), output)
  }
})

test('every operation that is not there yet can be scaffolded, but for those whose members contain themselves', async () => {
  await using server = await start()
  const byHand: string[] = []
  for (const { name: service, notYet } of server.inside.services) {
    if (notYet.length === 0) continue
    const sdk = await Sdk.of(path.join(root, 'server/services', service))
    for (const name of notYet) {
      try {
        const { operation } = texts(sdk.facts(name), { service, package: sdk.package, members: {} })
        assert.ok(operation.includes(`export const ${name} = operation<`), name)
      } catch (error) {
        if (!/ contains itself: declare it by hand$/.test((error as Error).message)) throw error
        byHand.push(name)
      }
    }
  }
  assert.deepEqual(byHand, ['GetInventory', 'GetOpsSummary', 'ListNodesSummary'])
})

test('the scaffold refuses what can not be added, and says what was probably meant', () => {
  const refused = (args: readonly string[], error: string, hint: string) => {
    const { status, output } = node('scripts/new-operation.ts', ...args)
    assert.equal(status, 2, output)
    assert.match(output, new RegExp(`^error: ${error}.*\nhint: ${hint}`, 'm'))
  }
  refused([], 'a service and an operation are needed', 'npm run new -- ')
  refused(['secretmanager', 'GetSecretValue'], 'there is no service secretmanager', 'did you mean secretsmanager\\?')
  refused(['kms', 'Encript'], 'AWS has no operation Encript', 'did you mean Encrypt\\?')
  refused(['kms', '../../x'], 'AWS has no operation ../../x', 'names are spelt as AWS spells them')
  refused(['kms', 'Encrypt'], 'Encrypt is there already', 'see server/services/kms/operations/Encrypt.ts')
})
