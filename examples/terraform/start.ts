/**
 * Takes main.tf through its life with the Terraform (or OpenTofu) of this machine, against Strongroom in dev mode: apply, plan (no
 * difference), apply again, a change, destroy. `--terraform FILE`: this program; `--quick`: apply twice and destroy. Exit codes: 0 all as it should be, 1 not, 2 there is
 * no Terraform here, or no AWS provider for it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { terraform: { type: 'string' }, quick: { type: 'boolean', default: false } } })

interface Ended {
  readonly code: number | null
  readonly text: string
}

/** Runs a program to its end. */
async function run(command: string, args: readonly string[], options: object): Promise<Ended> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, text }
  } catch {
    return { code: 127, text: `${command} is not there` }
  }
}

async function terraformOf(): Promise<string | undefined> {
  for (const name of values.terraform === undefined ? ['terraform', 'tofu'] : [values.terraform])
    if ((await run(name, ['version'], {})).code === 0) return name
  return undefined
}

const terraform = await terraformOf()
if (terraform === undefined) {
  console.error('neither terraform nor tofu runs here')
  console.error('hint: install one, or npm run example:terraform -- --terraform FILE')
  process.exit(2)
}

// The state of Terraform holds the secrets in clear: a folder of its own, only ours, gone at the end.
const folder = await mkdtemp(path.join(tmpdir(), 'strongroom-terraform-'))
const program = path.join(import.meta.dirname, '../../cli/main.ts')
const server: ChildProcess = spawn(
  process.execPath,
  [program, 'dev', '--listen', '127.0.0.1:0', '--log-level', 'warn'],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '' },
  },
)
async function stop(code: number): Promise<never> {
  server.kill('SIGTERM')
  await rm(folder, { recursive: true, force: true })
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop(1))

const endpoint = await new Promise<string>((resolve, reject) => {
  let said = ''
  server.stdout?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-10_000)
    const [found] = /http:\/\/\S+:\d+/.exec(said) ?? []
    if (found !== undefined) resolve(found)
  })
  server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
})

await copyFile(path.join(import.meta.dirname, 'main.tf'), path.join(folder, 'main.tf'))
const env = {
  ...process.env,
  // In dev mode these are the account's root.
  AWS_ACCESS_KEY_ID: '000000000000',
  AWS_SECRET_ACCESS_KEY: 'anything',
  TF_VAR_endpoint: endpoint,
  TF_IN_AUTOMATION: '1',
}

/** The steps: what to run, how it must end, and what it must say. */
const steps = [
  { what: 'init', args: ['init'], code: 0, says: /./ },
  { what: 'apply', args: ['apply', '-auto-approve'], code: 0, says: /Resources: 12 added, 0 changed, 0 destroyed/ },
  { what: 'plan: no difference', args: ['plan', '-detailed-exitcode'], code: 0, says: /No changes/ },
  {
    what: 'apply again',
    args: ['apply', '-auto-approve'],
    code: 0,
    says: /Resources: 0 added, 0 changed, 0 destroyed/,
  },
  {
    what: 'a tag is changed',
    args: ['apply', '-auto-approve', '-var', 'stage=test'],
    code: 0,
    says: /Resources: 0 added, 1 changed, 0 destroyed/,
  },
  {
    what: 'plan: no difference',
    args: ['plan', '-detailed-exitcode', '-var', 'stage=test'],
    code: 0,
    says: /No changes/,
  },
  { what: 'destroy', args: ['destroy', '-auto-approve'], code: 0, says: /Resources: 12 destroyed/ },
]

for (const { what, args, code, says } of steps) {
  if (values.quick && args.some((arg) => arg === 'plan' || arg === '-var')) continue
  const ended = await run(terraform, [...args, '-no-color', '-input=false'], { cwd: folder, env })
  if (what === 'init' && ended.code !== 0) {
    console.error(
      `${ended.text}\nthe AWS provider is not to be had here\nhint: terraform init wants Terraform's registry, or a mirror of it`,
    )
    await stop(2)
  }
  if (ended.code !== code || !says.test(ended.text)) {
    console.error(`${ended.text}\n${what}: ended with ${ended.code}, and should say ${says}`)
    await stop(1)
  }
  console.log(`${what}: as it should be`)
}
await stop(0)
