import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { credentialsFile, devStart, firstStart, laterStart, writeRootCredentials } from './greeting.ts'

const started = { url: 'http://127.0.0.1:4566', region: 'eu-west-1', account: '123456789012' }
const root = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: new Secret('wJalr/bPxRfiCY+EXAMPLEKEY') }

/** What the export lines of a text set in a shell. */
function pasted(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.trimStart().startsWith('export '))
  const script = `${lines.join('\n')}\nprintf '%s\\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_ENDPOINT_URL" "$AWS_DEFAULT_REGION" "$AWS_REGION"`
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: {} }).split('\n').slice(0, 5)
}

test('the first start prints what to paste, one command to try, and the line that tools wait for', () => {
  const text = firstStart({ ...started, made: root, credentialsFile: '/var/lib/strongroom/root-credentials' })
  assert.deepEqual(pasted(text), [
    root.accessKeyId,
    root.secretAccessKey.reveal(),
    started.url,
    started.region,
    started.region,
  ])
  assert.match(text, /^ {2}aws secretsmanager create-secret --name first/m)
  assert.match(text, /\/var\/lib\/strongroom\/root-credentials/)
  assert.match(text, /\nstrongroom: ready on http:\/\/127\.0\.0\.1:4566\n$/)
})

test('credentials that came from the environment are not repeated', () => {
  const text = firstStart({ ...started, made: undefined, credentialsFile: undefined })
  assert.doesNotMatch(text, /root-credentials|export AWS_SECRET/)
  assert.match(text, /export AWS_ENDPOINT_URL=/)
})

test('a later start says where the credentials are and shows no secret', () => {
  const text = laterStart({ ...started, credentialsFile: '/d/root-credentials' })
  assert.match(text, /root credentials are in \/d\/root-credentials/)
  assert.doesNotMatch(text, /SECRET_ACCESS_KEY/)
  assert.match(text, /strongroom: ready on http:\/\/127\.0\.0\.1:4566\n$/)
  assert.doesNotMatch(laterStart({ ...started, credentialsFile: undefined }), /root credentials/)
})

test('dev names the account by its access key id, or shows the credentials that --enforce asks for', () => {
  assert.deepEqual(pasted(devStart(started)), ['123456789012', 'anything', started.url, started.region, started.region])
  assert.equal(pasted(devStart({ ...started, root }))[1], root.secretAccessKey.reveal())
})

test('the root credentials are kept in a file that only this user can read and that a shell can source', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'strongroom-greeting-'))
  try {
    const odd = { ...root, secretAccessKey: new Secret(`it's $HOME \`x\` "q"`) }
    const written = writeRootCredentials(directory, '111122223333', odd)
    assert.equal(written, path.join(directory, 'root-credentials'))
    assert.equal(statSync(written).mode & 0o777, 0o600)
    assert.deepEqual(pasted(readFileSync(written, 'utf8')).slice(0, 2), [odd.accessKeyId, odd.secretAccessKey.reveal()])
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('the credentials of a further account have a file of their own: what is there is the only copy', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'strongroom-greeting-'))
  try {
    const first = writeRootCredentials(directory, '111122223333', root)
    const before = readFileSync(first, 'utf8')
    const second = writeRootCredentials(directory, '999999999999', { ...root, accessKeyId: 'AKIASECONDACCOUNTKEY' })
    assert.equal(second, path.join(directory, 'root-credentials-999999999999'))
    assert.equal(readFileSync(first, 'utf8'), before)
    assert.equal(credentialsFile(directory, '111122223333'), first)
    assert.equal(credentialsFile(directory, '999999999999'), second)
    assert.equal(credentialsFile(directory, '444455556666'), undefined)
    rmSync(first)
    assert.equal(credentialsFile(directory, '111122223333'), undefined)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
