import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A program of ours as a process of its own, for tests: `await using`, then it is killed at the end of its block. */
export class Program {
  readonly child: ChildProcess
  /** What it wrote to standard output, and to standard error. */
  output = ''
  errors = ''
  /** Its exit code and signal. */
  readonly exited: Promise<unknown[]>

  /** Runs `script` on the Node that runs the test; its environment is `env` and nothing else. `detached`: in a group of its own. */
  constructor(
    script: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    { detached = false }: { readonly detached?: boolean } = {},
  ) {
    this.child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env, detached })
    this.exited = once(this.child, 'close')
    this.child.stdout?.on('data', (text: Buffer) => {
      this.output += text.toString()
    })
    this.child.stderr?.on('data', (text: Buffer) => {
      this.errors += text.toString()
    })
  }

  /** Waits until it has written what matches; answers the first group. */
  async says(pattern: RegExp): Promise<string> {
    let ended = false
    void this.exited.then(() => {
      ended = true
    })
    for (;;) {
      const match = pattern.exec(this.output) ?? pattern.exec(this.errors)
      if (match !== null) return match[1] ?? ''
      if (ended) throw new Error(`it ended before it said ${pattern}:\n${this.output}${this.errors}`)
      const { stdout, stderr } = this.child
      await Promise.race([
        ...[stdout, stderr].map((stream) => (stream === null ? this.exited : once(stream, 'data'))),
        this.exited,
      ])
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
  }
}
