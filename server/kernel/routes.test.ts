import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Routes } from '#kernel/routes'
import type { Service } from '#kernel/service'

const service: Service = {
  name: 'tiny',
  signingName: 'tiny',
  eventSource: 'tiny.amazonaws.com',
  clockWindowMinutes: 5,
  json: { version: '1.1', targetPrefix: 'Tiny' },
  compressed: true,
  wording: { validation: 'ValidationException', modelled: 'Message' },
  operations: {
    Large: {
      name: 'Large',
      effect: 'read',
      input: {},
      errors: [],
      bodyBytes: 5_000_000,
      target: async () => [],
      run: async () => ({}),
    },
  },
  notYet: [],
  env: () => ({}),
}

const signedBy = (accessKeyId: string, signedFor = 'tiny') =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261122/us-east-1/${signedFor}/aws4_request, SignedHeaders=host, Signature=00`

test('what an operation takes beyond the usual it takes of every access key id that the server may know, those of dev too', () => {
  const routes = new Routes([service])
  for (const accessKeyId of ['AKIAIOSFODNN7EXAMPLE', '000000000000', 'test', 'my-key']) {
    const large = routes.allowance('POST', '/', signedBy(accessKeyId), 'Tiny.Large')
    assert.equal(large?.bodyBytes, 5_000_000, accessKeyId)
    const compressed = routes.allowance('POST', '/', signedBy(accessKeyId), 'Tiny.Other')
    assert.equal(compressed?.compressed, true, accessKeyId)
  }
  assert.equal(routes.allowance('POST', '/', signedBy('AKIAIOSFODNN7EXAMPLE', 'other'), 'Tiny.Large'), undefined)
  assert.equal(routes.allowance('POST', '/', undefined, 'Tiny.Large'), undefined)
})
