import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('AddClientIDToOpenIDConnectProvider adds up to 100; twice is as once (API_AddClientIDToOpenIDConnectProvider)', async () => {
  await using iam = await trial()
  const ClientIDList = Array.from({ length: 98 }, (_, n) => `id-${n}`)
  const made = await iam.call('CreateOpenIDConnectProvider', { Url: 'https://example.com', ClientIDList })
  const add = (ClientID: string) => iam.call('AddClientIDToOpenIDConnectProvider', { ...made, ClientID })
  for (const ClientID of ['x', 'x', 'y', 'y']) assert.equal(await add(ClientID), undefined)
  const got = await iam.call('GetOpenIDConnectProvider', made)
  assert.deepEqual(got.ClientIDList, [...ClientIDList, 'x', 'y'])
  const quota = 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100'
  await iam.refused('AddClientIDToOpenIDConnectProvider', { ...made, ClientID: 'z' }, 'LimitExceeded', quota)
  const gone = { OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/none`, ClientID: 'z' }
  await iam.refused('AddClientIDToOpenIDConnectProvider', gone, 'NoSuchEntity')
})
