import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('DeleteOpenIDConnectProvider deletes it; one that is not there is no error (API_DeleteOpenIDConnectProvider)', async () => {
  await using iam = await trial()
  const one = await iam.call('CreateOpenIDConnectProvider', { Url: 'https://example.com' })
  await iam.call('CreateOpenIDConnectProvider', { Url: 'https://example.com/' })
  assert.equal(await iam.call('DeleteOpenIDConnectProvider', one), undefined)
  assert.equal(await iam.call('DeleteOpenIDConnectProvider', one), undefined)
  assert.equal((await iam.call('ListOpenIDConnectProviders')).OpenIDConnectProviderList.length, 1)
  await iam.refused('GetOpenIDConnectProvider', one, 'NoSuchEntity')
  const none = { OpenIDConnectProviderArn: 'https://token.example.com' }
  await iam.refused('DeleteOpenIDConnectProvider', none, 'ValidationError', 'Invalid ARN:  Could not be parsed!')
})
