import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import type { TestContext } from 'node:test'

/** How a command ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end, in this folder or another. */
export function run(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  cwd?: string,
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: environment, maxBuffer: 1 << 24, timeout: 120_000, cwd }
    execFile(command, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127
      resolve({ code, stdout, stderr: error !== null && stderr === '' ? error.message : stderr })
    })
  })
}

/**
 * Whether a foreign tool that a test is about is there. When it is not, the test is skipped and says why; in CI, where
 * nobody reads reasons, that is a failure.
 */
export async function available(t: TestContext, command: string, args: readonly string[]): Promise<boolean> {
  const probe = await run(command, args, process.env)
  if (probe.code === 0) return true
  const [reason = ''] = probe.stderr.trim().split('\n').slice(-1)
  const text = `${[command, ...args].join(' ')} does not run here: ${reason}`
  assert.notEqual(process.env.CI, 'true', text)
  t.skip(text)
  return false
}
