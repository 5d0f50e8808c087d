import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { endOf } from '../test/ends.ts'

/* The corners of moving secrets: namesakes, what waits for its deletion, pipes, half files, and prefixes that mean something else. */

const folder = mkdtempSync(join(tmpdir(), 'strongroom-corners-'))
after(() => rmSync(folder, { recursive: true }))
const end = await endOf({ secretLimits: { nameReuse: true } })
const other = await endOf({ account: '444455556666' })
const { secrets } = end

const { accessKeyId, secretAccessKey } = end.server.credentials
const credentials = join(folder, 'credentials')
writeFileSync(credentials, `[first]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`)
const fromFirst = ['--from', 'aws', '--from-endpoint-url', end.server.url, '--from-profile', 'first']
const there = (...args: string[]) => other.run(args, { env: { AWS_SHARED_CREDENTIALS_FILE: credentials } })

const main = join(import.meta.dirname, '..', 'main.ts')
/** The program itself, with standard input as given: its code and all that it writes. */
async function program(args: readonly string[], env: Readonly<Record<string, string>>, input = ''): Promise<string> {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const read = async (stream: typeof child.stdout) => Buffer.concat(await Array.fromAsync(stream)).toString()
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')])
  return `${code}: ${out}${err}`
}

const make = (Name: string, SecretString: string) => secrets.createSecret({ Name, SecretString })

test('of namesakes the one comes along that the name means; the other is told, with its ARN', async () => {
  const old = await make('names/db', 'old')
  await secrets.deleteSecret({ SecretId: 'names/db' })
  await make('names/db', 'new')
  await secrets.restoreSecret({ SecretId: old.ARN })
  const path = join(folder, 'names.jsonl')
  const exported = await end.run(['export', 'names/', '-o', path, '--plain'])
  assert.equal(exported.code, 1)
  assert.match(
    exported.err,
    new RegExp(`left out: names/db: another secret has this name: ${old.ARN} stays\n1 secret of`),
  )
  assert.doesNotMatch(readFileSync(path, 'utf8'), /"old"/)
  for (const args of [
    ['import', path],
    ['import', 'names/', ...fromFirst],
  ]) {
    await there(...args, '--yes', '--on-conflict', 'overwrite')
    assert.equal((await other.secrets.getSecretValue({ SecretId: 'names/db' })).SecretString, 'new')
  }
  assert.equal((await other.secrets.listSecretVersionIds({ SecretId: 'names/db' })).Versions?.length, 1)
})

test('ls shows the ARN of secrets that share a name, the last of a page and the first of the next too', async () => {
  for (let at = 0; at < 99; at++) await make(`pages/${String(at).padStart(2, '0')}`, 'x')
  const old = await make('pages/same', 'old')
  await secrets.deleteSecret({ SecretId: 'pages/same' })
  const young = await make('pages/same', 'new')
  const { out } = await end.run(['ls', 'pages/', '--deleted'])
  assert.match(out, /^pages\/00\n(pages\/\d\d\n){98}pages\/same {2}arn/)
  const shown = new Map(
    out.split('\n').flatMap((line) => (line.includes('arn:') ? [line.split(/ {2}/).slice(1)] : [])) as [
      string,
      string,
    ][],
  )
  assert.deepEqual([shown.has(old.ARN ?? ''), shown.get(young.ARN ?? '')], [true, undefined])
  assert.match(shown.get(old.ARN ?? '') ?? '', /^\(deleted /)
  const live = await end.run(['ls', 'pages/same'])
  assert.equal(live.out, 'pages/same\n', 'alone in this list, and the one that the name means')
})

test('what waits for its deletion is told, and nothing is amiss without it', async () => {
  await make('waits/live', 'a')
  await make('waits/deleted', 'b')
  await secrets.deleteSecret({ SecretId: 'waits/deleted' })
  const path = join(folder, 'waits.jsonl')
  const exported = await end.run(['export', 'waits/', '-o', path, '--plain'])
  assert.equal(exported.code, 0, exported.err)
  assert.match(exported.err, /^left out: waits\/deleted: it waits for its deletion.*\n1 secret of .* is in /)
  const imported = await there('import', 'waits/', ...fromFirst, '--yes')
  assert.equal(imported.code, 0, imported.err)
  assert.match(imported.out, /(^|\n)- waits\/deleted\n {4}it waits for its deletion/)
  assert.match(imported.err, /: 1 new, 1 deleted over there\n$/)
})

test('a prefix that begins with ! is that prefix, and not all others', async () => {
  await make('!odd/one', 'x')
  assert.equal((await end.run(['ls', '!odd/'])).out, '!odd/one\n')
  assert.match((await there('import', '!odd/', ...fromFirst, '--yes')).err, /: 1 new\n$/)
})

test('promote from where there is nothing is a mistake, and is told', async () => {
  const ran = await end.run(['promote', 'nowhere/', 'prod/', '--yes'])
  assert.equal(ran.code, 1)
  assert.match(ran.err, /no secret's name begins with nowhere\//)
  await make('some/one', 'x')
  const none = await end.run(['promote', 'some/', 'prod/', '--yes', '--only', 'some/other*'])
  assert.equal(none.code, 0, none.err)
})

test('an age file in text form is told as one', async () => {
  const path = join(folder, 'armored.age')
  writeFileSync(path, '-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCg==\n')
  const ran = await there('import', path, '--dry-run')
  assert.deepEqual([ran.code, /age --armor.*\nhint: age -d /.test(ran.err)], [2, true], ran.err)
})

test('export writes over no device and no folder', async () => {
  for (const place of ['/dev/null', folder]) {
    const ran = await end.run(['export', '-o', place, '--plain', '--force'])
    assert.deepEqual([ran.code, /is no file\nhint: -o -/.test(ran.err)], [2, true], ran.err)
  }
})

test('import takes standard input: a .env file, and an export out of a pipe, which is read once', async () => {
  const args = ['import', '-', '--prefix', 'piped/', '--yes']
  assert.match(
    await program([...args, '--format', 'env'], other.env, 'A=1\nB=2\n'),
    /^0: \+ piped\/A {2}1 version\n\+ piped\/B {2}1 version\n/,
  )
  assert.match(
    await program([...args, '--format', 'env'], other.env, 'A=1\nTOPSECRET\n'),
    /^1: .*standard input, line 2/,
  )
  assert.match(await program(args, other.env, 'A=1\n'), /^2: .*\nhint: say --format/)
  await make('pipe/one', 'x')
  const { out } = await end.run(['export', 'pipe/', '-o', '-', '--plain'])
  const piped = [...args, '--format', 'export']
  assert.match(await program([...piped, '--dry-run'], other.env, out), /^0: \+ piped\/pipe\/one/)
  assert.match(await program(piped, other.env, out), /^2: .*\n.*it is read once\nhint: /)
  assert.match(await program([...piped, '--on-conflict', 'skip'], other.env, out), /^0: \+ piped\/pipe\/one/)
  assert.equal((await other.secrets.getSecretValue({ SecretId: 'piped/pipe/one' })).SecretString, 'x')
})

test('an export that is interrupted leaves nothing of its file', { timeout: 60_000 }, async () => {
  // a server that answers never
  const server = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = mkdtempSync(join(folder, 'part-'))
  const env = { ...end.env, AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  const child = spawn(process.execPath, [main, 'export', '-o', join(place, 'all.jsonl'), '--plain'], { env })
  while (readdirSync(place).length === 0) await pause(20)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'close'), [null, 'SIGTERM'])
  assert.deepEqual(readdirSync(place), [])
  server.close()
  server.closeAllConnections()
})
