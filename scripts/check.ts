/** `npm run check`: what a change must pass before it lands. Format, lint, types, the generated page, then all tests. */
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

const root = dirname(import.meta.dirname)
const steps: readonly [string, readonly string[]][] = [
  ['biome', ['ci', '--error-on-warnings', '.']],
  ['tsc', ['--noEmit', '-p', 'tsconfig.json']],
  ['node', ['scripts/compatibility.ts', '--check']],
  ['node', ['scripts/test.ts']],
]
for (const [command, args] of steps) {
  process.stdout.write(`\n— ${command} ${args.join(' ')}\n`)
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
