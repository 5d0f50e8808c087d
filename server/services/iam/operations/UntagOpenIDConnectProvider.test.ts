import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('UntagOpenIDConnectProvider takes tags off in any spelling; others are passed over', async () => {
  await using iam = await trial()
  const Tags = ['a', 'b', 'c'].map((Key) => ({ Key, Value: '' }))
  const { OpenIDConnectProviderArn } = await iam.call('CreateOpenIDConnectProvider', {
    Url: 'https://example.com',
    Tags,
  })
  const untag = (TagKeys: string[]) => iam.call('UntagOpenIDConnectProvider', { OpenIDConnectProviderArn, TagKeys })
  assert.equal(await untag(['A', 'c', 'none']), undefined)
  const { Tags: left } = await iam.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn })
  assert.deepEqual(left, [{ Key: 'b', Value: '' }])
  const gone = { OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/none`, TagKeys: ['a'] }
  await iam.refused('UntagOpenIDConnectProvider', gone, 'NoSuchEntity')
})
