import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, globSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Io } from './command.ts'
import { commands, strongroom } from './strongroom.ts'

/*
 * Sessions: `$ command` (variables before it), then what it prints on both outputs up to an empty line, then `[code]` unless
 * it is 0. A line `...` stands for any lines, `...` within a line for any text. What is not below a `$` is prose.
 */

interface Step {
  readonly command: string
  readonly expected: string
}

function stepsOf(text: string): Step[] {
  return [...text.matchAll(/^\$ (.*)\n((?:.+\n)*)/gm)].map(([, command = '', expected = '']) => ({
    command,
    expected: /^\[\d\]$/m.test(expected) ? expected : `${expected}[0]\n`,
  }))
}

function patternOf(expected: string): RegExp {
  const lines = expected.trimEnd().split('\n')
  const parts = lines.map((line) =>
    line === '...' ? '(?:.*\\n)*?' : `${RegExp.escape(line).replaceAll('\\.\\.\\.', '.*')}\\n`,
  )
  return new RegExp(`^${parts.join('')}$`)
}

async function run(command: string): Promise<string> {
  const words = command.split(' ')
  const at = words.indexOf('strongroom')
  const env = Object.fromEntries(words.slice(0, at).map((word) => word.split('=') as [string, string]))
  let printed = ''
  const print = (text: string): void => {
    printed += text
  }
  const io: Io = { out: print, err: print, env, colour: false }
  const code = await strongroom(words.slice(at + 1), io)
  return `${printed}[${code}]\n`
}

for (const file of globSync('sessions/*.txt', { cwd: import.meta.dirname })) {
  const steps = stepsOf(readFileSync(path.join(import.meta.dirname, file), 'utf8'))
  assert.ok(steps.length > 0, `${file} has no steps`)
  for (const { command, expected } of steps)
    test(`${file}: ${command}`, async () => {
      const printed = await run(command)
      if (!patternOf(expected).test(printed)) assert.equal(printed, expected)
    })
}

test('every command has a help that starts with its usage, and a summary in the overview', async () => {
  const overview = await run('strongroom --help')
  for (const { name, summary } of await commands()) {
    assert.match(overview, new RegExp(`^  ${name} +${RegExp.escape(summary)}$`, 'm'))
    assert.match(await run(`strongroom ${name} --help`), new RegExp(`^usage: strongroom ${name}`))
  }
})

const main = path.join(import.meta.dirname, 'main.ts')

test('the program writes help to standard output, mistakes to standard error, and ends with the code', () => {
  const good = spawnSync(process.execPath, [main, 'version'], { encoding: 'utf8' })
  assert.deepEqual([good.status, good.stdout.startsWith('strongroom '), good.stderr], [0, true, ''])
  const bad = spawnSync(process.execPath, [main, 'nonsense'], { encoding: 'utf8' })
  assert.deepEqual(
    [bad.status, bad.stdout, bad.stderr.split('\n')[0]],
    [2, '', "error: there is no command 'nonsense'"],
  )
})

test('a reader that goes away is no error', async () => {
  const child = spawn(process.execPath, [main, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let complaint = ''
  child.stdout.destroy()
  child.stderr.on('data', (text: Buffer) => {
    complaint += text.toString()
  })
  assert.deepEqual(await once(child, 'close'), [0, null])
  assert.equal(complaint, '')
})

test('a full disk is told in a line, and the code is 1', {
  skip: !existsSync('/dev/full') && 'no /dev/full here',
}, () => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, [main, '--help'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  closeSync(full)
  assert.deepEqual([status, stderr], [1, 'error: standard output can not be written (ENOSPC)\n'])
})

test('colours are for terminals: Io decides, and without them no escape is written', async () => {
  let printed = ''
  const print = (text: string): void => {
    printed += text
  }
  await strongroom(['nonsense'], { out: print, err: print, env: {}, colour: true })
  assert.ok(printed.startsWith('\x1b[31merror\x1b[39m: there is no command'))
  assert.ok(!(await run('strongroom nonsense')).includes('\x1b'))
})
