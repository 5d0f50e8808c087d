import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { signature } from './webhook-signature.ts'

const KEY = 'signing-key-of-at-least-32-characters'
const BODY = '{"step":"createSecret","apiKey":"é"}'

test('the signature is what openssl makes of the time, a full stop and the body', () => {
  const made = signature(BODY, createSecretKey(KEY, 'utf8'), 1_767_225_600_999)
  const theirs = execFileSync('openssl', ['dgst', '-sha256', '-hmac', KEY, '-r'], { input: `1767225600.${BODY}` })
  assert.equal(made, `t=1767225600,v1=${theirs.toString().slice(0, 64)}`)
})

const guide = readFileSync(new URL('../../docs/how-to/rotate-an-api-key.md', import.meta.url), 'utf8')
const example = (language: string): string => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1] ?? ''

/** Headers, and whether a receiver takes them now. */
function headers(): [string, boolean][] {
  const key = createSecretKey(KEY, 'utf8')
  const now = Date.now()
  const good = signature(BODY, key, now)
  return [
    [good, true],
    [signature(BODY, key, now - 200_000), true],
    [signature(BODY, key, now - 400_000), false],
    [signature(BODY, key, now + 400_000), false],
    [signature(BODY, createSecretKey('another key of at least 32 characters', 'utf8'), now), false],
    [signature(`${BODY} `, key, now), false],
    [good.replace(/t=\d+/, `t=${Math.floor(now / 1000) + 1}`), false],
    [good.replace(/.$/, ''), false],
    [good.toUpperCase(), false],
    [`${good},v1=${'0'.repeat(64)}`, false],
    ['', false],
  ]
}

test('the receiver of the guide, in JavaScript, takes what is signed and new, and nothing else', async () => {
  const { isOurs } = await import(`data:text/javascript,${encodeURIComponent(example('js'))}`)
  for (const [header, answer] of headers()) assert.equal(isOurs(header, Buffer.from(BODY), KEY), answer, header)
  assert.equal(isOurs(undefined, Buffer.from(BODY), KEY), false)
})

test('the receiver of the guide, in Python, does the same', (t) => {
  const cases = headers()
  const program = `${example('python')}
import json, sys
told = json.load(sys.stdin)
print(json.dumps([is_ours(header, told["body"].encode(), told["key"]) for header in told["headers"] + [None]]))`
  const input = JSON.stringify({ body: BODY, key: KEY, headers: cases.map(([header]) => header) })
  const ran = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' })
  if (ran.error !== undefined) {
    t.skip(`no python3: ${ran.error.message}`)
    return
  }
  assert.equal(ran.stderr, '')
  assert.deepEqual(JSON.parse(ran.stdout), [...cases.map(([, answer]) => answer), false])
})
