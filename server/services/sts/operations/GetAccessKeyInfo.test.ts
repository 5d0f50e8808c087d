import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Unit } from '#kernel/storage/storage'
import type { Identities } from '../../iam/port.ts'
import { sts } from '../service.ts'

test('GetAccessKeyInfo names the account of a key (access.md 4)', async () => {
  const accountOf = async (id: string) => (id === 'AKIAIOSFODNN7EXAMPLE' ? '111122223333' : undefined)
  const service = sts({ identities: () => ({ accountOf }) as unknown as Identities })
  const env = service.env({} as Unit, {} as Call)
  const ask = (AccessKeyId: string) => service.operations.GetAccessKeyInfo?.run({ AccessKeyId }, env, {} as Call)
  assert.deepEqual(await ask('AKIAIOSFODNN7EXAMPLE'), { Account: '111122223333' })
  await assert.rejects(
    async () => ask('AKIAAAAAAAAAAAAAAAAA'),
    (error) => error instanceof ApiError && error.code === 'ValidationError',
  )
})
