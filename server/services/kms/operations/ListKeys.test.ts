import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OTHER_ACCOUNT, refusal, root, user, world } from '../test/world.ts'

test('ListKeys walks through all keys of the account and region, page by page', async () => {
  await using w = await world()
  const made: string[] = []
  for (let i = 0; i < 7; i++) made.push((await w.key()).KeyId)
  await w.key({}, { caller: root(OTHER_ACCOUNT) })
  await w.key({}, { region: 'eu-west-1' })
  const managed = (await w.ask('DescribeKey', { KeyId: 'alias/aws/ssm' })).KeyMetadata.KeyId
  const seen: string[] = []
  let Marker: string | undefined
  for (let pages = 1; ; pages++) {
    const out = await w.ask('ListKeys', { Limit: 3, Marker })
    for (const { KeyId, KeyArn } of out.Keys) {
      assert.equal(KeyArn, `arn:aws:kms:us-east-1:111122223333:key/${KeyId}`)
      seen.push(KeyId)
    }
    assert.equal(out.Truncated, out.NextMarker !== undefined)
    Marker = out.NextMarker
    if (!out.Truncated) {
      assert.equal(pages, 3)
      break
    }
  }
  assert.deepEqual(seen, [...made, managed].sort())
})

test('ListKeys refuses a marker that is not its own, and callers without permission', async () => {
  await using w = await world()
  assert.deepEqual(await w.ask('ListKeys', {}), { Keys: [], Truncated: false })
  await assert.rejects(w.ask('ListKeys', { Marker: 'nonsense' }), refusal('InvalidMarkerException'))
  await assert.rejects(w.ask('ListKeys', {}, { caller: user('u') }), {
    code: 'AccessDeniedException',
    message:
      'User: arn:aws:iam::111122223333:user/u is not authorized to perform: kms:ListKeys because no identity-based policy allows the kms:ListKeys action',
  })
})
