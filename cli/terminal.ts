import type { Writable } from 'node:stream'

/** What is used of a terminal's input. */
interface Terminal extends AsyncIterable<unknown> {
  setRawMode(raw: boolean): unknown
  setEncoding(encoding: 'utf8'): unknown
  pause(): unknown
}

const MOST = 4096

/** Asks for a secret at a terminal; what is typed is not shown. Ctrl-C gives up. */
export async function askSecret(prompt: string, input: Terminal, output: Pick<Writable, 'write'>): Promise<string> {
  output.write(prompt)
  input.setRawMode(true)
  input.setEncoding('utf8')
  try {
    let typed = ''
    for await (const text of input) {
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
