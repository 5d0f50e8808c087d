import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '#kernel/random'
import { bootstrap } from '../../iam/accounts.ts'
import { allow, deny, documentOf } from '../../../test/conformance/secretsmanager/rig.ts'
import { ownServer } from '../test/own.ts'

/* ListSecretHistory against a started server whose clock stands still, the changes made by the official client. */

const { server, clients, own, person } = await ownServer(3, 'operator')

const id = (name: string) => name.padEnd(36, '-')
const later = () => server.clock.advance({ seconds: 1 })
const seconds = () => server.clock.now() / 1000
const history = (SecretId: string, more: object = {}) => own('ListSecretHistory', { SecretId, ...more })

interface Entry {
  readonly EntryId: string
  readonly Time: number
  readonly Kind: string
  readonly VersionId?: string
  readonly ValueKept?: boolean
  readonly Changes: readonly { readonly Member: string; readonly From?: string; readonly To?: string }[]
}
const kinds = ({ Entries }: { Entries: Entry[] }) => Entries.map(({ Kind }) => Kind)

test('each change says who made it, when, and by which request: newest first', async () => {
  await person.may(allow(['secretsmanager:*', 'kms:*']))
  const at = seconds()
  const made = await person.secrets.createSecret({ Name: 'a', SecretString: 'one', ClientRequestToken: id('a-v1') })
  await later()
  const put = await clients.secrets.putSecretValue({
    SecretId: 'a',
    SecretString: 'two',
    ClientRequestToken: id('a-v2'),
  })
  const answer = await history('a')
  assert.equal(answer.ARN, made.ARN)
  assert.equal(answer.Name, 'a')
  assert.equal(answer.NextToken, undefined)
  const { User } = await clients.iam.getUser({ UserName: 'operator' })
  assert.deepEqual(answer.Entries, [
    {
      EntryId: '2',
      Time: at + 1,
      PrincipalArn: `arn:aws:iam::${server.account}:root`,
      PrincipalId: server.account,
      SourceIPAddress: '127.0.0.1',
      RequestId: put.$metadata.requestId,
      EventName: 'PutSecretValue',
      Kind: 'Version',
      VersionId: id('a-v2'),
      ValueKept: true,
      Changes: [
        { Member: 'Version', To: id('a-v2') },
        { Member: 'VersionStages/AWSCURRENT', From: id('a-v1'), To: id('a-v2') },
        { Member: 'VersionStages/AWSPREVIOUS', To: id('a-v1') },
      ],
    },
    {
      EntryId: '1',
      Time: at,
      PrincipalArn: person.arn,
      PrincipalId: User?.UserId,
      SourceIPAddress: '127.0.0.1',
      RequestId: made.$metadata.requestId,
      EventName: 'CreateSecret',
      Kind: 'Created',
      VersionId: id('a-v1'),
      ValueKept: true,
      Changes: [
        { Member: 'Version', To: id('a-v1') },
        { Member: 'VersionStages/AWSCURRENT', To: id('a-v1') },
      ],
    },
  ])
})

test('tags are told one by one, dates as dates; the ids that policies are bound to are not told', async () => {
  await clients.secrets.createSecret({ Name: 'b', SecretString: 'one', Tags: [{ Key: 'team', Value: 'blue' }] })
  await clients.secrets.tagResource({ SecretId: 'b', Tags: [{ Key: 'stage', Value: 'prod' }] })
  await clients.secrets.putResourcePolicy({
    SecretId: 'b',
    ResourcePolicy: documentOf(deny('secretsmanager:DeleteSecret', '*', { Principal: { AWS: person.arn } })),
  })
  await clients.secrets.deleteSecret({ SecretId: 'b', RecoveryWindowInDays: 7 })
  const { Entries } = await history('b')
  assert.deepEqual(kinds({ Entries }), ['Deletion', 'Policy', 'Metadata', 'Created'])
  const date = (days: number) => new Date(server.clock.now() + days * 86_400_000).toISOString()
  assert.deepEqual(Entries[0].Changes, [
    { Member: 'DeletedDate', To: date(0) },
    { Member: 'DeletionDate', To: date(7) },
  ])
  assert.deepEqual(
    Entries[1].Changes.map(({ Member }: { Member: string }) => Member),
    ['ResourcePolicy'],
  )
  assert.deepEqual(Entries[2].Changes, [{ Member: 'Tags/stage', To: 'prod' }])
})

test('pages and times: MaxResults, NextToken, StartTime and EndTime', async () => {
  await clients.secrets.createSecret({ Name: 'c', SecretString: 'one' })
  const began = seconds()
  for (const Description of ['1', '2', '3', '4', '5']) {
    await later()
    await clients.secrets.updateSecret({ SecretId: 'c', Description })
  }
  const seen: string[] = []
  let NextToken: string | undefined
  do {
    const page = await history('c', { MaxResults: 2, ...(NextToken && { NextToken }) })
    assert.ok(page.Entries.length <= 2)
    seen.push(...page.Entries.map(({ EntryId }: Entry) => EntryId))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  assert.deepEqual(seen, ['6', '5', '4', '3', '2', '1'])
  const between = await history('c', { StartTime: began + 2, EndTime: began + 4 })
  assert.deepEqual(
    between.Entries.map(({ Time }: Entry) => Time - began),
    [4, 3, 2],
  )
  const first = await history('c', { MaxResults: 1 })
  const other = { SecretId: 'a', NextToken: first.NextToken }
  await own.refused('InvalidNextTokenException', /./, 'ListSecretHistory', other)
  await own.refused('InvalidNextTokenException', /./, 'ListSecretHistory', { SecretId: 'c', NextToken: 'no token' })
  await own.refused('InvalidParameterException', 'StartTime must not be after EndTime.', 'ListSecretHistory', {
    SecretId: 'c',
    StartTime: began + 1,
    EndTime: began,
  })
  await own.refused('ValidationException', /maxResults/, 'ListSecretHistory', { SecretId: 'c', MaxResults: 101 })
})

test('authors are kept past AWS’s pruning, which has an entry of its own; whether the value is kept is told', async () => {
  await clients.secrets.createSecret({ Name: 'd', SecretString: 'v1', ClientRequestToken: id('d-v1') })
  for (let i = 2; i <= 6; i++) {
    await server.clock.advance({ days: 2 })
    await clients.secrets.putSecretValue({ SecretId: 'd', SecretString: `v${i}`, ClientRequestToken: id(`d-v${i}`) })
    await later()
  }
  const { Entries } = (await history('d')) as { Entries: Entry[] }
  const made = Entries.filter(({ Kind }) => Kind === 'Version' || Kind === 'Created')
  assert.deepEqual(
    made.map(({ VersionId, ValueKept }) => [VersionId, ValueKept]),
    ['d-v6', 'd-v5', 'd-v4', 'd-v3', 'd-v2', 'd-v1'].map((name) => [id(name), true]),
  )
  const pruned = Entries.filter(({ Kind }) => Kind === 'Pruned') as (Entry & { PrincipalArn: string })[]
  assert.equal(pruned.length, 3)
  for (const { PrincipalArn } of pruned) assert.equal(PrincipalArn, 'secretsmanager.amazonaws.com')
})

test('the history of a secret that is gone is told by its ARN, and by its name, the one that went last', async () => {
  const first = await clients.secrets.createSecret({ Name: 'e', SecretString: 'one', Tags: [{ Key: 'n', Value: '1' }] })
  await later()
  await clients.secrets.deleteSecret({ SecretId: 'e', ForceDeleteWithoutRecovery: true })
  await later()
  const second = await clients.secrets.createSecret({ Name: 'e', SecretString: 'two' })
  await later()
  // The one that is there goes before those that are gone.
  assert.deepEqual([(await history('e')).ARN, (await history('e')).GoneDate], [second.ARN, undefined])
  const gone = await history(first.ARN as string)
  assert.deepEqual(kinds(gone), ['Removed', 'Created'])
  assert.equal(gone.GoneDate, seconds() - 2)
  assert.deepEqual(gone.Entries[0].Changes, [
    { Member: 'Tags/n', From: '1' },
    { Member: 'VersionStages/AWSCURRENT', From: gone.Entries[1].VersionId },
  ])
  assert.equal(gone.Entries[1].ValueKept, false)
  await clients.secrets.deleteSecret({ SecretId: 'e', ForceDeleteWithoutRecovery: true })
  assert.equal((await history('e')).ARN, second.ARN)
  assert.equal((await history(first.ARN as string)).ARN, first.ARN)
})

test('permission: its own action and what DescribeSecret and ListSecretVersionIds need; a policy is shown to who may read it', async () => {
  const { ARN = '' } = await clients.secrets.createSecret({ Name: 'f', SecretString: 'one' })
  const ResourcePolicy = documentOf(deny('secretsmanager:DeleteSecret', '*', { Principal: '*' }))
  await clients.secrets.putResourcePolicy({ SecretId: 'f', ResourcePolicy })
  const ask = () => own.raw('ListSecretHistory', { SecretId: 'f' }, person.credentials)
  const needed = [
    'strongroom:ListSecretHistory',
    'secretsmanager:DescribeSecret',
    'secretsmanager:ListSecretVersionIds',
  ]
  for (const left of needed) {
    await person.may(allow(needed.filter((action) => action !== left)))
    const { status, json } = await ask()
    assert.equal(status, 400)
    assert.equal(json.__type, 'AccessDeniedException')
    assert.equal(
      json.Message,
      `User: ${person.arn} is not authorized to perform: ${left} on resource: f because no identity-based policy allows the ${left} action`,
    )
  }
  await person.may(allow(needed, ARN))
  const hidden = await ask()
  assert.equal(hidden.status, 200, hidden.text)
  assert.deepEqual(hidden.json.Entries[0].Changes, [{ Member: 'ResourcePolicy' }])
  await person.may(allow([...needed, 'secretsmanager:GetResourcePolicy'], ARN))
  assert.deepEqual((await ask()).json.Entries[0].Changes, [{ Member: 'ResourcePolicy', To: ResourcePolicy }])
})

test('who may not see a secret does not learn whether it is there, was there, or never was', async () => {
  await clients.secrets.createSecret({ Name: 'here-g', SecretString: 'one' })
  await clients.secrets.createSecret({ Name: 'gone-g', SecretString: 'one' })
  await clients.secrets.deleteSecret({ SecretId: 'gone-g', ForceDeleteWithoutRecovery: true })
  await person.may(allow('sts:GetCallerIdentity'))
  const said = await Promise.all(
    ['here-g', 'gone-g', 'none-g'].map(async (SecretId) => {
      const { status, json } = await own.raw('ListSecretHistory', { SecretId }, person.credentials)
      return [status, json.Message.replace(SecretId, 'NAME')]
    }),
  )
  assert.deepEqual(said[0], said[1])
  assert.deepEqual(said[1], said[2])
})

test('tags and policy of a secret that is gone still decide who sees its history', async () => {
  const Tags = [{ Key: 'team', Value: 'blue' }]
  await clients.secrets.createSecret({ Name: 'h', SecretString: 'one', Tags })
  await clients.secrets.putResourcePolicy({
    SecretId: 'h',
    ResourcePolicy: documentOf(deny('strongroom:ListSecretHistory', '*', { Principal: { AWS: person.arn } })),
  })
  await clients.secrets.createSecret({ Name: 'i', SecretString: 'one', Tags })
  for (const SecretId of ['h', 'i']) await clients.secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })
  const may = (Condition: object) => person.may(allow(['strongroom:*', 'secretsmanager:*'], '*', { Condition }))
  const status = async (SecretId: string) =>
    (await own.raw('ListSecretHistory', { SecretId }, person.credentials)).status
  await may({ StringEquals: { 'aws:ResourceTag/team': 'blue' } })
  assert.deepEqual([await status('h'), await status('i')], [400, 200])
  await may({ StringEquals: { 'secretsmanager:ResourceTag/team': 'blue' } })
  assert.deepEqual([await status('h'), await status('i')], [400, 200])
  await may({ StringEquals: { 'secretsmanager:ResourceTag/team': 'red' } })
  assert.deepEqual([await status('h'), await status('i')], [400, 400])
})

test('another account sees the history of a secret whose policy lets it, and nothing of others', async () => {
  const made = await bootstrap({
    storage: server.inside.storage,
    vault: server.inside.vault,
    random: systemRandom,
    now: server.clock.now(),
    account: '444455556666',
  })
  assert.ok(made.accessKeyId !== undefined && made.secretAccessKey !== undefined)
  const stranger = { accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey.reveal() }
  const { ARN = '' } = await clients.secrets.createSecret({ Name: 'shared', SecretString: 'one' })
  const { ARN: own2 = '' } = await clients.secrets.createSecret({ Name: 'unshared', SecretString: 'one' })
  const actions = [
    'strongroom:ListSecretHistory',
    'secretsmanager:DescribeSecret',
    'secretsmanager:ListSecretVersionIds',
  ]
  await clients.secrets.putResourcePolicy({
    SecretId: 'shared',
    ResourcePolicy: documentOf(allow(actions, '*', { Principal: { AWS: '444455556666' } })),
  })
  const ask = (SecretId: string) => own.raw('ListSecretHistory', { SecretId }, stranger)
  const seen = await ask(ARN)
  assert.equal(seen.status, 200, seen.text)
  assert.deepEqual(kinds(seen.json), ['Policy', 'Created'])
  // The policy itself is shown to who may read it.
  assert.deepEqual(seen.json.Entries[0].Changes, [{ Member: 'ResourcePolicy' }])
  const [hidden, none] = [await ask(own2), await ask(`${own2.slice(0, -6)}nothin`)]
  assert.equal(hidden.json.__type, 'AccessDeniedException')
  assert.equal(hidden.json.Message.replaceAll(own2.slice(-6), 'nothin'), none.json.Message)
  // A name means one's own account.
  assert.equal((await ask('shared')).json.__type, 'ResourceNotFoundException')
})
