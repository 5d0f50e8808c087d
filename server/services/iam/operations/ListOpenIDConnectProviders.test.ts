import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, trial } from '../test/trial.ts'

test('ListOpenIDConnectProviders lists all ARNs', async () => {
  await using iam = await trial()
  for (const Url of ['https://b.example', 'https://a.example/x']) await iam.call('CreateOpenIDConnectProvider', { Url })
  assert.deepEqual(await iam.call('ListOpenIDConnectProviders'), {
    OpenIDConnectProviderList: [
      { Arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/a.example/x` },
      { Arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/b.example` },
    ],
  })
})

test('ListOpenIDConnectProviders is refused on all providers', async () => {
  await using iam = await trial()
  const alice = await iam.user('alice', document('iam:GetUser'))
  const text = `User: ${alice.arn} is not authorized to perform: iam:ListOpenIDConnectProviders on resource: arn:aws:iam::${ACCOUNT}:oidc-provider/* because no identity-based policy allows the iam:ListOpenIDConnectProviders action`
  await iam.refused('ListOpenIDConnectProviders', {}, 'AccessDenied', text, alice)
})
