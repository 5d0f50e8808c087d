import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('ListOpenIDConnectProviderTags pages', async () => {
  await using iam = await trial()
  const Tags = ['b', 'c', 'a'].map((Key) => ({ Key, Value: Key }))
  const { OpenIDConnectProviderArn } = await iam.call('CreateOpenIDConnectProvider', {
    Url: 'https://example.com',
    Tags,
  })
  const keys: string[] = []
  let Marker: string | undefined
  do {
    const page = await iam.call('ListOpenIDConnectProviderTags', {
      OpenIDConnectProviderArn,
      MaxItems: 2,
      ...(Marker && { Marker }),
    })
    keys.push(...page.Tags.map(({ Key }: { Key: string }) => Key))
    assert.equal(page.IsTruncated, page.Marker !== undefined)
    Marker = page.Marker
  } while (Marker !== undefined)
  assert.deepEqual(keys, ['a', 'b', 'c'])
  const gone = { OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/none` }
  await iam.refused('ListOpenIDConnectProviderTags', gone, 'NoSuchEntity')
})
