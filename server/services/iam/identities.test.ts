import assert from 'node:assert/strict'
import { test } from 'node:test'
import { macOf, providerRow } from './rows.ts'
import { FOREIGN, foreigner, role } from './test/roles.ts'
import { ACCOUNT, type Trial, trial, trust } from './test/trial.ts'
import type { Identities } from './port.ts'

const ask = <T>(iam: Trial, question: (identities: Identities) => Promise<T>): Promise<T> =>
  iam.storage.unit('read', (unit) => question(iam.iam.identities(unit)))

test('a role is found by exactly its ARN, in whatever account it is', async () => {
  await using iam = await trial()
  const Tags = [{ Key: 'team', Value: 'red' }]
  const { Arn, RoleId } = await role(iam, 'App', undefined, { Path: '/x/', Tags, MaxSessionDuration: 7200 })
  const root = await foreigner(iam)
  const theirs = { RoleName: 'App', AssumeRolePolicyDocument: trust(FOREIGN) }
  const other = (await iam.call('CreateRole', theirs, root)).Role
  const found = await ask(iam, (it) => it.role(Arn))
  assert.ok(found)
  const { trust: policy, tags, ...rest } = found
  assert.deepEqual(rest, { account: ACCOUNT, id: RoleId, name: 'App', arn: Arn, maxSession: 7200 })
  assert.deepEqual([...tags], [['team', 'red']])
  assert.deepEqual(policy.origin, { kind: 'resource', id: Arn, holder: '' })
  assert.equal((await ask(iam, (it) => it.role(other.Arn)))?.id, other.RoleId)
  const nobody = [
    `arn:aws:iam::${ACCOUNT}:role/App`,
    `arn:aws:iam::${ACCOUNT}:role/x/app`,
    `arn:aws:iam::${ACCOUNT}:role/X/App`,
    `arn:aws:iam::${ACCOUNT}:role//x/App`,
    `arn:aws:iam::${ACCOUNT}:role/y/../x/App`,
    `arn:aws:iam::${ACCOUNT}:role/x/App/`,
    `arn:aws:iam::${ACCOUNT}:role/x/*`,
    `arn:aws:iam::${ACCOUNT}:user/x/App`,
    `arn:aws:iam::${FOREIGN}:role/x/App`,
    `arn:aws-cn:iam::${ACCOUNT}:role/x/App`,
    `arn:aws:iam:us-east-1:${ACCOUNT}:role/x/App`,
    `arn:aws:sts::${ACCOUNT}:role/x/App`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/App/s1`,
    RoleId,
    '',
  ]
  for (const arn of nobody) assert.equal(await ask(iam, (it) => it.role(arn)), undefined, arn)
})

test('a provider is found by its URL in its account, and is an error when its row was changed from outside', async () => {
  await using iam = await trial()
  const url = 'idp.example.com/a'
  const row = { url, client_ids: '["app"]', thumbprints: '[]', tags: null }
  const write = (sql: string, parameters: Record<string, string | Uint8Array>) =>
    iam.storage.unit('write', (unit) => unit.run({ name: `test/${sql}`, sql }, parameters))
  await write(
    `insert into iam_oidc_provider (account, region, url, client_ids, thumbprints, created_at, mac)
     values (:account, 'global', :url, '["app"]', '[]', 0, :mac)`,
    { account: ACCOUNT, url, mac: macOf(iam.vault, providerRow(ACCOUNT, row)) },
  )
  assert.deepEqual(await ask(iam, (it) => it.provider(ACCOUNT, url)), {
    arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/${url}`,
    url,
    clientIds: ['app'],
    thumbprints: [],
  })
  for (const other of [`${url}/`, 'IDP.example.com/a', 'idp.example.com', `https://${url}`]) {
    assert.equal(await ask(iam, (it) => it.provider(ACCOUNT, other)), undefined, other)
  }
  assert.equal(await ask(iam, (it) => it.provider(FOREIGN, url)), undefined)
  const Federated = `arn:aws:iam::${ACCOUNT}:oidc-provider/${url}`
  const web = trust(undefined, { Principal: { Federated }, Action: 'sts:AssumeRoleWithWebIdentity' })
  await role(iam, 'web', web)
  for (const wrong of [`${Federated}/`, Federated.replace(':aws:', ':aws-cn:'), Federated.replace('idp', 'IDP')]) {
    const members = { RoleName: 'other', AssumeRolePolicyDocument: web.replace(Federated, wrong) }
    await iam.refused(
      'CreateRole',
      members,
      'MalformedPolicyDocument',
      `Invalid principal in policy: "FEDERATED":"${wrong}"`,
    )
  }
  await write(`update iam_oidc_provider set client_ids = '["evil"]' where url = :url`, { url })
  await assert.rejects(
    ask(iam, (it) => it.provider(ACCOUNT, url)),
    /idp\.example\.com\/a/,
  )
})

test('the account of a key, and whether an account is there', async () => {
  await using iam = await trial()
  const root = await foreigner(iam)
  assert.equal(await ask(iam, (it) => it.accountOf(root.accessKeyId)), FOREIGN)
  assert.equal(await ask(iam, (it) => it.accountOf('AKIAIOSFODNN7EXAMPLE')), undefined)
  assert.deepEqual(
    await Promise.all(
      [ACCOUNT, FOREIGN, '999999999999', ''].map((account) => ask(iam, (it) => it.hasAccount(account))),
    ),
    [true, true, false, false],
  )
})
