import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scrubbed } from '#kernel/audit/scrub'

test('trap 12: signatures, Authorization headers and session tokens in User-Agent or Host do not reach the trail', () => {
  const token = `FwoGZXIvYXdzE${'aB3'.repeat(100)}==`
  for (const [text, shown] of [
    ['curl https://h/?X-Amz-Signature=abc&x=1', 'curl https://h/?X-Amz-Signature=[hidden]&x=1'],
    ['X-Amz-Security-Token=abc%2F', 'X-Amz-Security-Token=[hidden]'],
    ['AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=abc', 'AWS4-HMAC-SHA256 [hidden], Signature=[hidden]'],
    ['Bearer abc.def', 'Bearer [hidden]'],
    [`agent ${token} more`, 'agent [hidden] more'],
  ] as const)
    assert.equal(scrubbed(text), shown)
  const agents = [
    'aws-sdk-js/3.1162.0 ua/2.1 os/linux#6.1 lang/js md/nodejs#24.1.0 api/secrets-manager#3.1162.0 m/E,n',
    'Boto3/1.43.0 md/Botocore#1.43.0 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.7 cfg/retry-mode#legacy',
    'x'.repeat(5000),
  ]
  for (const agent of agents) assert.equal(scrubbed(agent), agent)
})

test('a header of any length is looked through in no time: 64 KB of what nearly is a token', { timeout: 5000 }, () => {
  for (const text of ['X-Amz-Signature='.repeat(4000), 'aB3'.repeat(22_000), `Bearer ${' '.repeat(64_000)}`])
    assert.ok(scrubbed(text).length <= text.length + 8 * 4000)
})
