import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PassThrough } from 'node:stream'
import { ask, askSecret, drained } from './terminal.ts'

/** A terminal at which somebody types these pieces; what it was told, in order. */
function terminal(...typed: string[]) {
  const told: string[] = []
  return {
    told,
    output: {
      write(text: string) {
        told.push(`out ${JSON.stringify(text)}`)
        return true
      },
    },
    input: {
      setRawMode: (raw: boolean) => told.push(`raw ${raw}`),
      setEncoding: () => undefined,
      pause: () => told.push('pause'),
      async *[Symbol.asyncIterator]() {
        yield* typed
      },
    },
  }
}

test('a secret is asked for without being shown; what is rubbed out is not in it', async () => {
  const { told, input, output } = terminal('hé', 'x\u007f', 'llo\rmore')
  assert.equal(await askSecret('password: ', input, output), 'héllo')
  assert.deepEqual(told, ['raw true', 'out "password: "', 'raw false', 'pause', 'out "\\n"'])
})

test('Ctrl-C gives up, and the terminal is as before', async () => {
  const { told, input, output } = terminal('abc', '\u0003')
  await assert.rejects(askSecret('', input, output), /given up/)
  assert.deepEqual(told.slice(-3), ['raw false', 'pause', 'out "\\n"'])
})

test('the end of the input ends it; nobody types for ever', async () => {
  const some = terminal('abc')
  assert.equal(await askSecret('', some.input, some.output), 'abc')
  const much = terminal('x'.repeat(10_000), '\n')
  assert.equal((await askSecret('', much.input, much.output)).length, 4096)
})

test('a stream is not closed by an answer: more can be asked', async () => {
  const input = Object.assign(new PassThrough(), { setRawMode: () => undefined })
  const { output } = terminal()
  for (const typed of ['one', 'two']) {
    const answer = askSecret('', input, output)
    input.write(`${typed}\r`)
    assert.equal(await answer, typed)
  }
})

test('a question whose answer is shown; the end of the input is an empty answer', async () => {
  for (const [typed, expected] of [
    ['yes \nmore\n', 'yes'],
    ['', ''],
  ] as const) {
    const input = new PassThrough()
    const output = new PassThrough()
    input.end(typed)
    assert.equal(await ask('go on? ', input, output), expected)
    assert.equal(String(output.read()), 'go on? ')
  }
})

test('a list waits for its reader, and ends when the reader is gone', async () => {
  const output = new PassThrough({ highWaterMark: 4 })
  assert.equal(await drained(output), true)
  output.write('longer than the mark')
  const waiting = drained(output)
  output.read()
  assert.equal(await waiting, true)
  output.write('longer than the mark')
  const left = drained(output)
  output.destroy()
  assert.deepEqual([await left, await drained(output)], [false, false])
})
