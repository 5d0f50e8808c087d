import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogReader } from '@strongroom/server/function-logs'
import { FunctionLogs, type LogBatch } from '../server/runtime/logs/store.ts'
import { print } from './function.ts'
import { run, running } from './test/rig.ts'

// Logs of functions go after a month.
const T0 = Date.now() - 60_000
const at = (beyondMs: number) => new Date(T0 + beyondMs).toISOString()

/** A server beside which its logs are read. */
async function world() {
  const data = await running()
  const { storage, logs: groups } = data.server
  const fail = (text: string, error: unknown) => assert.fail(`${text}: ${error}`)
  const logs = new FunctionLogs({ storage, writer: () => groups.writer, onProblem: fail })
  const write = async (texts: string[], more: Partial<LogBatch> & { time?: number } = {}) => {
    const { time = T0, ...rest } = more
    const stream = '2026/01/02/[$LATEST]0123456789abcdef0123456789abcdef'
    const group = '/aws/lambda/rotate'
    const lines = texts.map((text, at) => ({ time: time + at, text }))
    logs.write({ account: '111122223333', region: 'us-east-1', group, stream, lines, ...rest })
    await logs.flush()
  }
  const at = ['--data', data.directory]
  return { data, write, at, [Symbol.asyncDispose]: () => data[Symbol.asyncDispose]() }
}

test('function logs prints what a function said, beside the running server, for people and as JSON', async () => {
  await using one = await world()
  await one.write(['START RequestId: r1 Version: $LATEST', 'a\tb\r\u001b[31mred', 'END RequestId: r1'])
  assert.deepEqual(await run('function', 'logs', 'rotate', ...one.at), {
    code: 0,
    // What a function prints must not paint the terminal.
    out: `${at(0)}  START RequestId: r1 Version: $LATEST
${at(1)}  a\tb
    \\u001b[31mred
${at(2)}  END RequestId: r1
`,
    err: '',
  })
  const { out } = await run(
    'function',
    'logs',
    'arn:aws:lambda:us-east-1:111122223333:function:rotate:live',
    '--json',
    ...one.at,
  )
  assert.deepEqual(JSON.parse(out.split('\n')[1] as string), {
    timestamp: at(1),
    stream: '2026/01/02/[$LATEST]0123456789abcdef0123456789abcdef',
    message: 'a\tb\r\u001b[31mred',
  })
})

test('function logs takes a span, a stream and an account', async () => {
  await using one = await world()
  const now = Date.now()
  await one.write(['old'], { time: now - 7_200_000 })
  await one.write(['new'], { time: now - 60_000, stream: '2026/01/02/[7]b' })
  const texts = async (...more: string[]) => {
    const { code, out, err } = await run('function', 'logs', 'rotate', '--json', ...more, ...one.at)
    assert.equal(code, 0, err)
    return out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).message)
  }
  assert.deepEqual(await texts(), ['old', 'new'])
  assert.deepEqual(await texts('--since', '1h'), ['new'])
  assert.deepEqual(await texts('--stream=[7]'), ['new'])
  await one.write(['foreign'], { account: '444455556666' })
  const asked = await run('function', 'logs', 'rotate', ...one.at)
  assert.equal(asked.code, 2)
  assert.match(
    asked.err,
    /^error: strongroom function: 2 accounts have a function rotate: whose is meant\?\nhint: give --account: 111122223333, 444455556666\n$/,
  )
  assert.deepEqual(await texts('--account', '444455556666'), ['foreign'])
})

test('function logs --follow goes on with what comes, each line once', async () => {
  await using one = await world()
  await one.write(['first'])
  const { directory } = one.data
  const reader = await LogReader.open({
    directory,
    database: undefined,
    seal: { kind: 'file', path: `${directory}/seal.key` },
  })
  let out = ''
  const io = {
    out: (text: string) => {
      out += `${JSON.parse(text).message} `
    },
    err: () => undefined,
    env: {},
    colour: false,
  }
  const later = [['second', 'third'], [], ['fourth']]
  const asked = {
    account: undefined,
    region: undefined,
    name: 'rotate',
    span: undefined,
    stream: undefined,
    json: true,
    following: true,
  }
  await print(reader, asked, 'us-east-1', io, async () => {
    const texts = later.shift()
    if (texts !== undefined && texts.length > 0) await one.write(texts, { stream: `s${later.length}` })
    return texts !== undefined
  })
  await reader.close()
  assert.equal(out, 'first second third fourth ')
})

test('function list shows the functions that have a log', async () => {
  await using one = await world()
  await one.write(['x'])
  const { out } = await run('function', 'list', ...one.at)
  const newest = `${at(0).slice(0, 19)}Z`
  const row = `111122223333 +us-east-1 +${newest} +\\d+ +rotate\n$`
  assert.match(out, new RegExp(`^ACCOUNT +REGION +NEWEST LINE +BYTES +NAME\n${row}`))
  assert.equal(JSON.parse((await run('function', 'list', '--json', ...one.at)).out).name, 'rotate')
})

const mistakes: readonly (readonly [words: string[], says: RegExp])[] = [
  [['function'], /say what to do/],
  [['function', 'logs'], /say of which function/],
  [['function', 'logs', 'a/b'], /named by its name or its ARN/],
  [['function', 'logs', 'fn', '--since', 'soon'], /--since takes a span/],
  [['function', 'logs', 'fn', '--stream'], /--stream needs a value/],
  [['function', 'logs', 'fn', '--account', 'x'], /--account takes 12 digits/],
]
for (const [words, says] of mistakes) {
  test(`strongroom ${words.join(' ')} is a mistake that is told`, async () => {
    const { code, err } = await run(...words)
    assert.equal(code, 2)
    assert.match(err, says)
  })
}

test('a function that has no log fails with a hint', async () => {
  await using one = await world()
  const { code, err } = await run('function', 'logs', 'nobody', ...one.at)
  assert.deepEqual(
    [code, err],
    [
      1,
      'error: strongroom function: there is no log of a function nobody in us-east-1\nhint: strongroom function list shows which there are\n',
    ],
  )
})
