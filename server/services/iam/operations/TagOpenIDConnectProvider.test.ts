import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('TagOpenIDConnectProvider adds tags and changes values; policies see them', async () => {
  await using iam = await trial()
  const made = await iam.call('CreateOpenIDConnectProvider', {
    Url: 'https://example.com',
    Tags: [{ Key: 'a', Value: '1' }],
  })
  const Tags = [
    { Key: 'A', Value: '2' },
    { Key: 'b', Value: '' },
  ]
  assert.equal(await iam.call('TagOpenIDConnectProvider', { ...made, Tags }), undefined)
  assert.deepEqual((await iam.call('GetOpenIDConnectProvider', made)).Tags, Tags)
  const policy = document('iam:*', '*', {
    Condition: { StringEquals: { 'aws:ResourceTag/b': 'x', 'aws:RequestTag/b': 'y' } },
  })
  const alice = await iam.user('alice', policy)
  const y = { ...made, Tags: [{ Key: 'b', Value: 'y' }] }
  await iam.refused('TagOpenIDConnectProvider', y, 'AccessDenied', undefined, alice)
  await iam.call('TagOpenIDConnectProvider', { ...made, Tags: [{ Key: 'b', Value: 'x' }] })
  await iam.call('TagOpenIDConnectProvider', y, alice)
})

test('TagOpenIDConnectProvider refuses what AWS refuses', async () => {
  await using iam = await trial()
  const { OpenIDConnectProviderArn } = await iam.call('CreateOpenIDConnectProvider', { Url: 'https://example.com' })
  const refused = (Tags: unknown, code: string, text?: RegExp) =>
    iam.refused('TagOpenIDConnectProvider', { OpenIDConnectProviderArn, Tags }, code, text)
  await refused([], 'InvalidInput')
  await refused([{ Key: 'a\u0301', Value: '' }], 'ValidationError', /tags\.1\.member\.key/)
  const tags = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ Key: `k${from + n}`, Value: '' }))
  await iam.call('TagOpenIDConnectProvider', { OpenIDConnectProviderArn, Tags: tags(0, 50) })
  await refused(tags(50, 1), 'LimitExceeded')
  const gone = { OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/none`, Tags: tags(0, 1) }
  await iam.refused('TagOpenIDConnectProvider', gone, 'NoSuchEntity')
})
