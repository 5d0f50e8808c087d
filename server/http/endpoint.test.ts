import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { EndpointError, readEndpoint } from './endpoint.ts'

const directory = mkdtempSync(join(tmpdir(), 'strongroom-endpoint-'))
after(() => rmSync(directory, { recursive: true }))

function written(text: string): string {
  const file = join(directory, 'endpoint.json')
  writeFileSync(file, text)
  return file
}

test('a private endpoint has its ids, and its policy compiled, which knows where it stands', () => {
  const policy = { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'secretsmanager:*', Resource: '*' }] }
  const endpoint = readEndpoint(written(JSON.stringify({ id: 'vpce-0a1b', vpc: 'vpc-9f', policy })))
  assert.deepEqual([endpoint.id, endpoint.vpc], ['vpce-0a1b', 'vpc-9f'])
  assert.deepEqual(endpoint.policy?.origin, { kind: 'endpoint', id: 'vpce-0a1b', holder: '' })
  assert.deepEqual(readEndpoint(written('{"id":"vpce-0a1b"}')), { id: 'vpce-0a1b' })
})

test('a file that says no endpoint is refused in words', () => {
  for (const [text, words] of [
    ['{', /is no JSON$/],
    ['[]', /id is not like/],
    ['null', /no JSON object/],
    ['{"id":"x"}', /id is not like vpce-0a1b2c3d/],
    ['{"id":"vpce-1","vpc":7}', /vpc is not like/],
    ['{"id":"vpce-1","polcy":{}}', /there is no member polcy/],
    ['{"id":"vpce-1","policy":{"Statement":[]}}', /Syntax errors in policy/],
  ] as const) {
    assert.throws(
      () => readEndpoint(written(text)),
      (error) => error instanceof EndpointError && words.test(error.message) && error.hint !== '',
      text,
    )
  }
  assert.throws(() => readEndpoint(join(directory, 'none')), /can not be read \(ENOENT\)/)
})
