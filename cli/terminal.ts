import { createInterface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'

/** What is used of a terminal's input. */
interface Terminal extends AsyncIterable<unknown> {
  setRawMode(raw: boolean): unknown
  /** Of a stream: its own way of iterating would close it after the first answer, and there may be more questions. */
  iterator?(options: { readonly destroyOnReturn: false }): AsyncIterable<unknown>
  setEncoding(encoding: 'utf8'): unknown
  pause(): unknown
}

const MOST = 4096

/** Asks for a secret at a terminal; what is typed is not shown. Ctrl-C gives up. */
export async function askSecret(prompt: string, input: Terminal, output: Pick<Writable, 'write'>): Promise<string> {
  // first, or what is typed the moment the question appears would be shown
  input.setRawMode(true)
  input.setEncoding('utf8')
  try {
    output.write(prompt)
    let typed = ''
    for await (const text of input.iterator?.({ destroyOnReturn: false }) ?? input) {
      for (const character of String(text)) {
        if (character === '\r' || character === '\n' || character === '\u0004') return typed
        if (character === '\u0003') throw Object.assign(new Error('given up'), { hint: undefined })
        if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('')
        else if (typed.length < MOST) typed += character
      }
    }
    return typed
  } finally {
    input.setRawMode(false)
    input.pause()
    output.write('\n')
  }
}

/** Asks a question at a terminal; what is typed is shown. The end of the input is an empty answer. */
export async function ask(question: string, input: Readable, output: Writable): Promise<string> {
  const lines = createInterface({ input, output, terminal: false })
  output.write(question)
  try {
    for await (const line of lines) return line.trim()
    return ''
  } finally {
    lines.close()
    input.pause()
  }
}

/** Waits until a stream takes more; false when nobody reads it any more. */
export async function drained(output: Writable): Promise<boolean> {
  if (output.destroyed) return false
  if (!output.writableNeedDrain) return true
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const event of ['drain', 'close', 'error']) output.once(event, resolve)
  await promise
  for (const event of ['drain', 'close', 'error']) output.off(event, resolve)
  return !output.destroyed
}
