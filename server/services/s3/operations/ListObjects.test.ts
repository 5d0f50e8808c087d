import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, trial } from '../test/trial.ts'
import { ListObjects } from './ListObjects.ts'

const keys = ({ Contents }: { Contents: readonly { Key: string }[] }) => Contents.map(({ Key }) => Key)
const common = ({ CommonPrefixes }: { CommonPrefixes: readonly { Prefix: string }[] }) =>
  CommonPrefixes.map(({ Prefix }) => Prefix)

test('ListObjects lists by bytes, from behind the marker, with the prefix (API_ListObjects; trap 8)', async () => {
  const { run } = await trial()
  assert.deepEqual(keys(await run(ListObjects, { Bucket: 'mine' })), ['a-b', 'a/1', 'a/2', 'b/c/3', 'b/d 4', 'z'])
  assert.deepEqual(keys(await run(ListObjects, { Bucket: 'mine', Prefix: 'a/', Marker: 'a/1' })), ['a/2'])
  const page = await run(ListObjects, { Bucket: 'mine', MaxKeys: 2 })
  assert.deepEqual([keys(page), page.IsTruncated, page.NextMarker], [['a-b', 'a/1'], true, undefined])
  const none = await run(ListObjects, { Bucket: 'mine', MaxKeys: 0 })
  assert.deepEqual([keys(none), none.IsTruncated], [[], false])
})

test('a delimiter brings keys together; the page goes on behind the last of them', async () => {
  const { run } = await trial()
  const all = await run(ListObjects, { Bucket: 'mine', Delimiter: '/' })
  assert.deepEqual(
    [keys(all), common(all)],
    [
      ['a-b', 'z'],
      ['a/', 'b/'],
    ],
  )
  const page = await run(ListObjects, { Bucket: 'mine', Delimiter: '/', MaxKeys: 2 })
  assert.deepEqual([keys(page), common(page), page.NextMarker], [['a-b'], ['a/'], 'a/'])
  const rest = await run(ListObjects, { Bucket: 'mine', Delimiter: '/', Marker: 'a/' })
  assert.deepEqual([keys(rest), common(rest), rest.IsTruncated], [['z'], ['b/'], false])
  assert.deepEqual(common(await run(ListObjects, { Bucket: 'mine', Delimiter: '/', Prefix: 'b/' })), ['b/c/'])
})

test('keys are encoded where that is asked for; nobody lists what is not theirs', async () => {
  const { run, target } = await trial()
  const encoded = await run(ListObjects, { Bucket: 'mine', Prefix: 'b/d', EncodingType: 'url' })
  assert.deepEqual([keys(encoded), encoded.EncodingType], [['b/d%204'], 'url'])
  await assert.rejects(run(ListObjects, { Bucket: 'theirs' }), code('NoSuchBucket', 404))
  assert.deepEqual(await target(ListObjects, { Bucket: 'mine', Prefix: 'a' }), {
    action: 's3:ListBucket',
    resource: 'arn:aws:s3:::mine',
    shown: '"arn:aws:s3:::mine"',
    context: { 's3:prefix': 'a', 's3:delimiter': undefined },
  })
})
