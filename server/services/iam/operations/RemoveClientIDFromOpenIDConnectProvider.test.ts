import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('RemoveClientIDFromOpenIDConnectProvider removes; one that is not there is no error', async () => {
  await using iam = await trial()
  const made = await iam.call('CreateOpenIDConnectProvider', { Url: 'https://example.com', ClientIDList: ['a', 'b'] })
  for (const ClientID of ['a', 'a', 'B'])
    await iam.call('RemoveClientIDFromOpenIDConnectProvider', { ...made, ClientID })
  assert.deepEqual((await iam.call('GetOpenIDConnectProvider', made)).ClientIDList, ['b'])
  const gone = { OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/none`, ClientID: 'a' }
  await iam.refused('RemoveClientIDFromOpenIDConnectProvider', gone, 'NoSuchEntity')
})
