import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('GetOpenIDConnectProvider says NoSuchEntity for one that is not there, ValidationError for what is no ARN', async () => {
  await using iam = await trial()
  await iam.call('CreateOpenIDConnectProvider', { Url: 'https://example.com' })
  for (const arn of [
    `arn:aws:iam::${ACCOUNT}:oidc-provider/example.com/`,
    `arn:aws:iam::${ACCOUNT}:oidc-provider/EXAMPLE.com`,
    `arn:aws:iam::444455556666:oidc-provider/example.com`,
    `arn:aws:iam::${ACCOUNT}:saml-provider/example.com`,
  ]) {
    const text = `OpenIDConnect Provider not found for arn ${arn}`
    await iam.refused('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn }, 'NoSuchEntity', text)
  }
  const none = { OpenIDConnectProviderArn: 'https://token.example.com' }
  await iam.refused('GetOpenIDConnectProvider', none, 'ValidationError', 'Invalid ARN:  Could not be parsed!')
})

test('GetOpenIDConnectProvider on the wire', async () => {
  await using iam = await trial()
  await iam.call('CreateOpenIDConnectProvider', { Url: 'https://example.com/a&b', ClientIDList: ['<id>'] })
  const arn = encodeURIComponent(`arn:aws:iam::${ACCOUNT}:oidc-provider/example.com/a&b`)
  assert.equal(
    await iam.wire(`Action=GetOpenIDConnectProvider&OpenIDConnectProviderArn=${arn}`),
    '<Url>example.com/a&amp;b</Url><ClientIDList><member>&lt;id&gt;</member></ClientIDList><ThumbprintList/><CreateDate>2026-03-15T10:30:00Z</CreateDate>',
  )
})

test('a provider changed from outside is an error wherever it is read', async () => {
  await using iam = await trial()
  const { OpenIDConnectProviderArn } = await iam.call('CreateOpenIDConnectProvider', {
    Url: 'https://example.com',
    ClientIDList: ['mine'],
  })
  const sql = `update iam_oidc_provider set client_ids = '["mine","theirs"]'`
  await iam.storage.unit('write', (unit) => unit.run({ name: 'test/forge', sql }, {}))
  const forged = /not as this server wrote it/
  await assert.rejects(iam.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn }), forged)
  await assert.rejects(iam.call('ListOpenIDConnectProviders'), forged)
  const add = { OpenIDConnectProviderArn, ClientID: 'x' }
  await assert.rejects(iam.call('AddClientIDToOpenIDConnectProvider', add), forged)
  const provider = iam.storage.unit('read', (unit) => iam.iam.identities(unit).provider(ACCOUNT, 'example.com'))
  await assert.rejects(provider, forged)
})
