import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, trial } from '../test/trial.ts'
import { ListObjectsV2 } from './ListObjectsV2.ts'

test('ListObjectsV2 walks all keys page by page, each once (API_ListObjectsV2)', async () => {
  const { run } = await trial()
  for (const Delimiter of [undefined, '/'])
    for (const MaxKeys of [1, 2, 5, 1000]) {
      const seen: string[] = []
      let ContinuationToken: string | undefined
      do {
        const page = await run(ListObjectsV2, { Bucket: 'mine', MaxKeys, Delimiter, ContinuationToken })
        assert.equal(page.KeyCount, page.Contents.length + page.CommonPrefixes.length)
        seen.push(...page.Contents.map(({ Key }: { Key: string }) => Key))
        seen.push(...page.CommonPrefixes.map(({ Prefix }: { Prefix: string }) => Prefix))
        ContinuationToken = page.NextContinuationToken
      } while (ContinuationToken !== undefined)
      const expected = Delimiter === undefined ? ['a-b', 'a/1', 'a/2', 'b/c/3', 'b/d 4', 'z'] : ['a-b', 'a/', 'b/', 'z']
      assert.deepEqual(seen.sort(), expected.sort(), `${Delimiter} ${MaxKeys}`)
    }
})

test('owners are told when they are asked for; a token that is none is refused', async () => {
  const { run } = await trial()
  const [first] = (await run(ListObjectsV2, { Bucket: 'mine', StartAfter: 'b', FetchOwner: true })).Contents
  assert.deepEqual([first.Key, first.Owner.ID], ['b/c/3', '111122223333'])
  for (const ContinuationToken of ['', '!', '=='])
    await assert.rejects(run(ListObjectsV2, { Bucket: 'mine', ContinuationToken }), code('InvalidArgument', 400))
})
