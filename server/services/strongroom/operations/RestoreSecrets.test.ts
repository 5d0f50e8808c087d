import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { allow, deny, documentOf, personOf } from '../../../test/conformance/secretsmanager/rig.ts'
import { clientsOf, type Credentials } from '../../../test/conformance/session.ts'
import { start } from '../../../test/start.ts'
import { startForgetting } from '../../secretsmanager/history/forgetting.ts'
import { ownOf, ownServer, recordsOf } from '../test/own.ts'

/* RestoreSecrets against a started server whose clock stands still, the changes made by the official client. */

const { server, clients, own, person } = await ownServer(5, 'operator')

const DAY = 86_400_000
const later = () => server.clock.advance({ seconds: 1 })
/** The time now; what happens next is later. */
async function mark(): Promise<number> {
  const at = server.clock.now()
  await later()
  return at / 1000
}
const make = (Name: string, SecretString: string, more: object = {}) =>
  clients.secrets.createSecret({ Name, SecretString, ...more })
/** Changes the store from outside. */
const store = (sql: string) => server.inside.storage.unit('write', (unit) => unit.run({ name: sql, sql }, {}))
const put = (SecretId: string, SecretString: string) => clients.secrets.putSecretValue({ SecretId, SecretString })
const value = async (SecretId: string) => (await clients.secrets.getSecretValue({ SecretId })).SecretString
const plan = (Prefix: string, AsOf: number, more: object = {}, keys?: Credentials) =>
  own('RestoreSecrets', { Prefix, AsOf, DryRun: true, ...more }, keys)
const restore = (Prefix: string, AsOf: number, more: object = {}, keys?: Credentials) =>
  own('RestoreSecrets', { Prefix, AsOf, DryRun: false, ...more }, keys)

// biome-ignore lint/suspicious/noExplicitAny: an answer of the wire
type Item = any
const changes = ({ Changes }: Item) => Changes.map(({ Member, From, To }: Item) => [Member, From, To])
const statuses = ({ Secrets }: { Secrets: Item[] }) => Object.fromEntries(Secrets.map((one) => [one.Name, one.Status]))

/** All that can be brought back of a secret, as the official client sees it. */
async function seen(SecretId: string) {
  const { Description, KmsKeyId, Tags, VersionIdsToStages, DeletedDate } = await clients.secrets.describeSecret({
    SecretId,
  })
  const { ResourcePolicy } =
    DeletedDate === undefined ? await clients.secrets.getResourcePolicy({ SecretId }) : { ResourcePolicy: undefined }
  return { Description, KmsKeyId, Tags, VersionIdsToStages, ResourcePolicy, deleted: DeletedDate !== undefined }
}

const LISTS = allow('secretsmanager:ListSecrets')
const policyFor = (who: string) => documentOf(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: who } }))

test('all of a secret goes back: value, labels, description, tags, key and policy; the dry run lists it and changes nothing', async () => {
  const { KeyMetadata } = await clients.kms.createKey({})
  await make('all/db', 'one', {
    Description: 'first',
    Tags: [
      { Key: 'team', Value: 'a' },
      { Key: 'old', Value: '1' },
    ],
  })
  const first = await put('all/db', 'two')
  await clients.secrets.putResourcePolicy({ SecretId: 'all/db', ResourcePolicy: policyFor(person.arn) })
  const then = await seen('all/db')
  const asOf = await mark()
  await clients.secrets.updateSecret({ SecretId: 'all/db', Description: 'second', KmsKeyId: KeyMetadata?.KeyId })
  const second = await put('all/db', 'three')
  await clients.secrets.tagResource({
    SecretId: 'all/db',
    Tags: [
      { Key: 'team', Value: 'b' },
      { Key: 'new', Value: '2' },
    ],
  })
  await clients.secrets.untagResource({ SecretId: 'all/db', TagKeys: ['old'] })
  await clients.secrets.deleteResourcePolicy({ SecretId: 'all/db' })
  await clients.secrets.updateSecretVersionStage({
    SecretId: 'all/db',
    VersionStage: 'MINE',
    MoveToVersionId: first.VersionId,
  })
  await later()
  const now = await seen('all/db')
  const dry = await plan('all/', asOf)
  assert.deepEqual(await seen('all/db'), now)
  assert.equal(dry.Unchanged, 0)
  assert.equal(dry.NotPermitted, 0)
  const [item] = dry.Secrets
  assert.equal(item.Status, 'Differs')
  const previous = Object.entries(then.VersionIdsToStages ?? {}).find(([, [stage]]) => stage === 'AWSPREVIOUS')?.[0]
  assert.deepEqual(
    changes(item),
    [
      ['VersionStages/AWSCURRENT', second.VersionId, first.VersionId],
      ['VersionStages/AWSPREVIOUS', first.VersionId, previous],
      ['VersionStages/MINE', first.VersionId, undefined],
      ['Description', 'second', 'first'],
      ['KmsKeyId', KeyMetadata?.KeyId, undefined],
      ['Tags/team', 'b', 'a'],
      ['Tags/new', '2', undefined],
      ['Tags/old', undefined, '1'],
      ['ResourcePolicy', undefined, policyFor(person.arn)],
    ].sort(([a], [b]) => order(item, a) - order(item, b)),
  )
  const done = await restore('all/', asOf, { Secrets: [{ SecretId: item.ARN, PlanToken: item.PlanToken }] })
  assert.deepEqual(statuses(done), { 'all/db': 'Restored' })
  assert.deepEqual(await seen('all/db'), then)
  assert.equal(await value('all/db'), 'two')
  assert.deepEqual(await plan('all/', asOf), { Secrets: [], Unchanged: 1, NotPermitted: 0 })
  const { Entries } = await own('ListSecretHistory', { SecretId: 'all/db', MaxResults: 1 })
  assert.equal(Entries[0].EventName, 'RestoreSecrets')
})

const order = ({ Changes }: Item, member: string | undefined) =>
  Changes.findIndex(({ Member }: Item) => Member === member)

test('a deletion since is taken back, and one that was planned then is planned again, for seven days at the least', async () => {
  await make('del/was', 'x')
  await make('del/is', 'x')
  await clients.secrets.deleteSecret({ SecretId: 'del/was', RecoveryWindowInDays: 7 })
  const asOf = await mark()
  await clients.secrets.restoreSecret({ SecretId: 'del/was' })
  await clients.secrets.deleteSecret({ SecretId: 'del/is' })
  await server.clock.advance({ days: 3 })
  const dry = await plan('del/', asOf)
  assert.deepEqual(dry.Secrets.map(changes), [
    [['DeletedDate', new Date(asOf * 1000 + 1000).toISOString(), undefined]],
    [['DeletionDate', undefined, new Date(server.clock.now() + 7 * DAY).toISOString()]],
  ])
  await restore('del/', asOf)
  assert.equal(await value('del/is'), 'x')
  assert.ok((await seen('del/was')).deleted)
  await server.clock.advance({ days: 6 })
  assert.ok((await seen('del/was')).deleted)
  await server.clock.advance({ days: 2 })
  await assert.rejects(clients.secrets.describeSecret({ SecretId: 'del/was' }), { name: 'ResourceNotFoundException' })
})

test('what was made since stays, unless it is asked for: then it can be restored for 30 days', async () => {
  const asOf = await mark()
  await make('made/new', 'x')
  await later()
  assert.deepEqual(statuses(await plan('made/', asOf)), { 'made/new': 'CreatedSince' })
  assert.deepEqual(statuses(await restore('made/', asOf)), { 'made/new': 'CreatedSince' })
  assert.equal(await value('made/new'), 'x')
  const [item] = (await plan('made/', asOf, { DeleteCreated: true })).Secrets
  assert.deepEqual(changes(item), [['DeletionDate', undefined, new Date(server.clock.now() + 30 * DAY).toISOString()]])
  // the plan was another: without the deletion
  const [{ PlanToken, ARN }] = (await plan('made/', asOf)).Secrets
  const asked = { DeleteCreated: true, Secrets: [{ SecretId: ARN, PlanToken }] }
  assert.deepEqual(statuses(await restore('made/', asOf, asked)), { 'made/new': 'ChangedMeanwhile' })
  assert.deepEqual(statuses(await restore('made/', asOf, { DeleteCreated: true })), { 'made/new': 'Deleted' })
  assert.ok((await seen('made/new')).deleted)
  await clients.secrets.restoreSecret({ SecretId: 'made/new' })
})

test('what is gone for good is listed, and nothing of it is invented; its namesake of today was made since', async () => {
  const { ARN } = await make('gone/a', 'x')
  const asOf = await mark()
  await make('gone/never', 'x')
  await clients.secrets.deleteSecret({ SecretId: 'gone/a', ForceDeleteWithoutRecovery: true })
  await clients.secrets.deleteSecret({ SecretId: 'gone/never', ForceDeleteWithoutRecovery: true })
  const GoneDate = server.clock.now() / 1000
  await later()
  await make('gone/a', 'another')
  const dry = await plan('gone/', asOf)
  const told = dry.Secrets.map(({ Name, Status }: Item) => [Name, Status])
  assert.deepEqual(told, [
    ['gone/a', 'CreatedSince'],
    ['gone/a', 'Gone'],
  ])
  assert.deepEqual(dry.Secrets[1], { ARN, Name: 'gone/a', Status: 'Gone', Changes: [], GoneDate })
  await restore('gone/', asOf)
  assert.equal(await value('gone/a'), 'another')
})

test('what changes between the dry run and the run is noticed, and that secret left alone', async () => {
  for (const name of ['race/a', 'race/b']) await make(name, 'one')
  const asOf = await mark()
  for (const name of ['race/a', 'race/b']) await put(name, 'two')
  await later()
  const { Secrets } = await plan('race/', asOf)
  await clients.secrets.updateSecret({ SecretId: 'race/b', Description: 'meanwhile' })
  const asked = { Secrets: Secrets.map(({ ARN, PlanToken }: Item) => ({ SecretId: ARN, PlanToken })) }
  const done = await restore('race/', asOf, asked)
  assert.deepEqual(statuses(done), { 'race/a': 'Restored', 'race/b': 'ChangedMeanwhile' })
  assert.equal(await value('race/a'), 'one')
  assert.equal(await value('race/b'), 'two')
  // the answer got lost, and the call comes again: what is done is as it was
  assert.equal((await restore('race/', asOf, { Secrets: asked.Secrets.slice(0, 1) })).Unchanged, 1)
})

test('a version that AWS has forgotten comes back under its own id', async () => {
  const { VersionId } = await make('old/a', 'one', { Description: 'first' })
  const asOf = await mark()
  for (const text of ['two', 'three', 'four', 'five']) await put('old/a', text)
  await clients.secrets.updateSecret({ SecretId: 'old/a', Description: 'second' })
  await server.clock.advance({ days: 2 })
  await put('old/a', 'six')
  await later()
  await assert.rejects(clients.secrets.getSecretValue({ SecretId: 'old/a', VersionId }), {
    name: 'ResourceNotFoundException',
  })
  const [item] = (await plan('old/', asOf)).Secrets
  assert.deepEqual(item.FromHistory, [VersionId])
  await restore('old/', asOf)
  assert.equal(await value('old/a'), 'one')
  assert.equal((await clients.secrets.getSecretValue({ SecretId: 'old/a', VersionId })).SecretString, 'one')
})

test('a value that nobody has kept is not invented: that is said, and all else goes back', async () => {
  const { VersionId } = await make('lost/a', 'one', { Description: 'first' })
  const asOf = await mark()
  for (const text of ['two', 'three', 'four', 'five']) await put('lost/a', text)
  await clients.secrets.updateSecret({ SecretId: 'lost/a', Description: 'second' })
  await server.clock.advance({ days: 2 })
  await put('lost/a', 'six')
  await later()
  // as the job that forgets does it
  await store('delete from secret_version_past')
  const [item] = (await plan('lost/', asOf)).Secrets
  assert.deepEqual(changes(item), [['Description', 'second', 'first']])
  assert.deepEqual(item.NotKept, [{ VersionStage: 'AWSCURRENT', VersionId }])
  assert.deepEqual(statuses(await restore('lost/', asOf)), { 'lost/a': 'RestoredInPart' })
  assert.equal(await value('lost/a'), 'six')
  assert.equal((await seen('lost/a')).Description, 'first')
  assert.deepEqual(statuses(await restore('lost/', asOf)), { 'lost/a': 'Differs' })
})

test('a history that is not whole is not guessed at, and one that was written from outside is refused', async () => {
  await make('hole/a', 'one')
  await server.clock.advance({ seconds: 5 })
  const asOf = await mark()
  const KnownSince = server.clock.now() / 1000
  for (const text of ['two', 'three', 'four']) {
    await put('hole/a', text)
    await later()
  }
  const entry = "secret = (select id from secret where name = 'hole/a') and entry"
  await store(`delete from secret_history where ${entry} <= 2`)
  const dry = await plan('hole/', asOf)
  assert.deepEqual([dry.Secrets[0].Status, dry.Secrets[0].KnownSince], ['NotKnown', KnownSince])
  assert.deepEqual(statuses(await restore('hole/', asOf)), { 'hole/a': 'NotKnown' })
  assert.equal(await value('hole/a'), 'four')
  await store(`update secret_history set changes = '[]' where ${entry} = 4`)
  const { status, json } = await own.raw('RestoreSecrets', { Prefix: 'hole/', AsOf: asOf, DryRun: true })
  assert.deepEqual([status, json.__type], [500, 'InternalFailure'])
})

test('a policy comes back with the people it meant: who was made anew under the name of one gets nothing', async () => {
  const { User } = await clients.iam.createUser({ UserName: 'leaver' })
  await make('people/a', 'x')
  await clients.secrets.putResourcePolicy({ SecretId: 'people/a', ResourcePolicy: policyFor(User?.Arn ?? '') })
  const asOf = await mark()
  await clients.secrets.deleteResourcePolicy({ SecretId: 'people/a' })
  await clients.iam.deleteUser({ UserName: 'leaver' })
  const namesake = await personOf(server, clients, 'leaver')
  await later()
  assert.deepEqual(statuses(await restore('people/', asOf)), { 'people/a': 'Restored' })
  await assert.rejects(namesake.secrets.getSecretValue({ SecretId: 'people/a' }), { name: 'AccessDeniedException' })
})

test('each secret asks for what AWS would ask for the same: what is refused is said and left whole, the others go back', async () => {
  for (const name of ['who/a', 'who/b', 'who/c', 'who/hidden']) await make(name, 'one', { Description: 'first' })
  const asOf = await mark()
  for (const SecretId of ['who/a', 'who/b', 'who/c', 'who/hidden']) await put(SecretId, 'two')
  await clients.secrets.updateSecret({ SecretId: 'who/b', Description: 'second' })
  await clients.secrets.putResourcePolicy({ SecretId: 'who/c', ResourcePolicy: policyFor(person.arn) })
  await later()
  const base = [
    LISTS,
    allow(['strongroom:RestoreSecrets', 'secretsmanager:DescribeSecret'], 'arn:aws:secretsmanager:*:*:secret:who/*'),
    deny('strongroom:RestoreSecrets', 'arn:aws:secretsmanager:*:*:secret:who/hidden-??????'),
  ]
  await person.may(...base, allow('secretsmanager:UpdateSecretVersionStage'))
  const dry = await plan('who/', asOf, {}, person.credentials)
  assert.equal(dry.NotPermitted, 1)
  assert.doesNotMatch(JSON.stringify(dry), /hidden/)
  const errors = Object.fromEntries(dry.Secrets.map(({ Name, ErrorMessage }: Item) => [Name, ErrorMessage]))
  assert.equal(errors['who/a'], undefined)
  assert.match(errors['who/b'], /is not authorized to perform: secretsmanager:UpdateSecret on resource: /)
  assert.match(errors['who/c'], /is not authorized to perform: secretsmanager:DeleteResourcePolicy on resource: /)
  // who may not read the policy is told that it changes, and no more
  assert.deepEqual(dry.Secrets[2].Changes.at(-1), { Member: 'ResourcePolicy' })
  const done = await restore('who/', asOf, {}, person.credentials)
  assert.deepEqual(statuses(done), { 'who/a': 'Restored', 'who/b': 'Refused', 'who/c': 'Refused' })
  assert.deepEqual([await value('who/a'), await value('who/b'), await value('who/hidden')], ['one', 'two', 'two'])
  await person.may(
    ...base,
    allow('secretsmanager:*'),
    deny('secretsmanager:UpdateSecretVersionStage', '*', {
      Condition: { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } },
    }),
  )
  const denied = (await restore('who/', asOf, {}, person.credentials)).Secrets
  assert.match(denied[0].ErrorMessage, /UpdateSecretVersionStage .* with an explicit deny in an identity-based policy$/)
  assert.equal(await value('who/b'), 'two')
})

test('a change of tags by which the caller would lose his access is refused, as TagResource refuses it', async () => {
  await make('tags/a', 'x', { Tags: [{ Key: 'team', Value: 'others' }] })
  const asOf = await mark()
  await clients.secrets.tagResource({ SecretId: 'tags/a', Tags: [{ Key: 'team', Value: 'mine' }] })
  await later()
  await person.may(
    LISTS,
    allow(['strongroom:*', 'secretsmanager:DescribeSecret']),
    allow('secretsmanager:TagResource', '*', { Condition: { StringEquals: { 'aws:ResourceTag/team': 'mine' } } }),
  )
  const [item] = (await restore('tags/', asOf, {}, person.credentials)).Secrets
  assert.equal(item.ErrorMessage, 'This resource policy will not allow you to manage this secret in the future.')
})

test('a policy that would lock the caller out is refused, as PutResourcePolicy refuses it', async () => {
  await make('lock/a', 'x')
  await person.may(allow(['strongroom:*', 'secretsmanager:*']))
  const ResourcePolicy = documentOf(deny('secretsmanager:PutResourcePolicy', '*', { Principal: { AWS: person.arn } }))
  await clients.secrets.putResourcePolicy({ SecretId: 'lock/a', ResourcePolicy })
  const asOf = await mark()
  await clients.secrets.deleteResourcePolicy({ SecretId: 'lock/a' })
  await later()
  const [item] = (await restore('lock/', asOf, {}, person.credentials)).Secrets
  assert.equal(item.Status, 'Refused')
  assert.match(item.ErrorMessage, /will not allow you to manage this secret in the future/)
})

test('a key that may not be used refuses the secret before anything of it is written', async () => {
  const { KeyMetadata } = await clients.kms.createKey({})
  const KeyId = KeyMetadata?.KeyId
  await make('key/a', 'x', { KmsKeyId: KeyId, Description: 'first' })
  const asOf = await mark()
  await clients.secrets.updateSecret({ SecretId: 'key/a', KmsKeyId: 'alias/aws/secretsmanager', Description: 'second' })
  await clients.kms.disableKey({ KeyId })
  await later()
  const [planned] = (await plan('key/', asOf)).Secrets
  assert.deepEqual([planned.Status, planned.ErrorCode], ['Differs', 'EncryptionFailure'], 'the dry run says so')
  const [item] = (await restore('key/', asOf)).Secrets
  assert.equal(item.Status, 'Refused')
  assert.equal(item.ErrorCode, 'EncryptionFailure')
  assert.equal((await seen('key/a')).Description, 'second')
})

test('permission under the prefix is asked for before anything is told', async () => {
  await person.may(
    LISTS,
    allow(['strongroom:RestoreSecrets', 'secretsmanager:*'], 'arn:aws:secretsmanager:*:*:secret:mine/*'),
  )
  const AsOf = server.clock.now() / 1000
  await own.refused(
    'AccessDeniedException',
    /is not authorized to perform: strongroom:RestoreSecrets on resource: who\/\* /,
    'RestoreSecrets',
    { Prefix: 'who/', AsOf, DryRun: true },
    person.credentials,
  )
  assert.deepEqual(await plan('mine/', AsOf, {}, person.credentials), { Secrets: [], Unchanged: 0, NotPermitted: 0 })
})

test('who may not list secrets finds none by prefixes: neither a count nor a token of what is hidden', async () => {
  await make('hush/pay', 'x')
  const AsOf = await mark()
  await person.may(allow('strongroom:RestoreSecrets'))
  for (const Prefix of ['hush/p', 'hush/q']) {
    const { status, json } = await own.raw('RestoreSecrets', { Prefix, AsOf, DryRun: true }, person.credentials)
    assert.deepEqual([status, json.__type], [400, 'AccessDeniedException'])
    assert.match(json.Message, /perform: secretsmanager:ListSecrets because/)
  }
  // by name it is as if there were none
  for (const SecretId of ['hush/pay', 'hush/none'])
    assert.equal((await plan('hush/', AsOf, { Secrets: [{ SecretId }] }, person.credentials)).NotPermitted, 1)
})

test('a secret that is gone shows to whom its tags and its policy showed it, and to nobody else', async () => {
  await make('went/a', 'x')
  await make('went/b', 'x', { Tags: [{ Key: 'closed', Value: 'yes' }] })
  await make('went/c', 'x')
  const ResourcePolicy = documentOf(deny('secretsmanager:DescribeSecret', '*', { Principal: { AWS: person.arn } }))
  await clients.secrets.putResourcePolicy({ SecretId: 'went/c', ResourcePolicy })
  const asOf = await mark()
  for (const SecretId of ['went/a', 'went/b', 'went/c'])
    await clients.secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })
  const closed = { Condition: { StringEquals: { 'aws:ResourceTag/closed': 'yes' } } }
  await person.may(allow(['strongroom:*', 'secretsmanager:*']), deny('secretsmanager:DescribeSecret', '*', closed))
  const told = await plan('went/', asOf, {}, person.credentials)
  assert.deepEqual(statuses(told), { 'went/a': 'Gone' })
  assert.equal(told.NotPermitted, 2)
})

test('an id that was used again after its version was pruned does not bring the younger value back', async () => {
  const token = (n: number) => `again-${n}`.padEnd(36, '-')
  const putAs = (n: number, SecretString: string) =>
    clients.secrets.putSecretValue({ SecretId: 'again/a', SecretString, ClientRequestToken: token(n) })
  await make('again/a', 'first life', { ClientRequestToken: token(1) })
  const asOf = await mark()
  for (const n of [2, 3, 4, 5, 6, 7]) {
    await putAs(n, `value ${n}`)
    await server.clock.advance({ seconds: 2 * 86_400 })
  }
  await putAs(1, 'second life')
  await later()
  const one = (await restore('again/', asOf)).Secrets[0]
  assert.deepEqual(one.NotKept, [{ VersionStage: 'AWSCURRENT', VersionId: token(1) }])
  assert.equal(await value('again/a'), 'second life')
})

test('nor does one that an import has brought under such an id, with a date from before', async () => {
  const token = (n: number) => `dated-${n}`.padEnd(36, '-')
  const CreatedDate = server.clock.now() / 1000
  await make('dated/a', 'first life', { ClientRequestToken: token(1) })
  const asOf = await mark()
  for (const n of [2, 3, 4, 5, 6, 7]) {
    const asked = { SecretId: 'dated/a', SecretString: `value ${n}`, ClientRequestToken: token(n) }
    await clients.secrets.putSecretValue(asked)
    await server.clock.advance({ seconds: 2 * 86_400 })
  }
  const Versions = [{ VersionId: token(1), CreatedDate, SecretString: 'second life' }]
  const { Outcome } = await own('ImportSecret', { Name: 'dated/a', OnConflict: 'Overwrite', Versions })
  assert.equal(Outcome, 'Overwritten')
  const now = server.clock.now()
  const { Versions: listed = [] } = await clients.secrets.listSecretVersionIds({
    SecretId: 'dated/a',
    IncludeDeprecated: true,
  })
  assert.equal(listed.find(({ VersionId }) => VersionId === token(1))?.CreatedDate?.getTime(), now)
  const one = (await restore('dated/', asOf)).Secrets[0]
  assert.deepEqual(one.NotKept, [{ VersionStage: 'AWSCURRENT', VersionId: token(1) }])
  assert.equal(await value('dated/a'), 'value 7')
  // what was current then is still to be had, under an id of its own
  const To = new Date(asOf * 1000).toISOString()
  await own('RollBackSecret', { SecretId: 'dated/a', To, ClientRequestToken: token(8) })
  assert.equal(await value('dated/a'), 'first life')
})

test('a plan names secrets under its prefix only, and what lies elsewhere is refused alike whether it is there or not', async () => {
  const { ARN = '' } = await make('mine/a', 'x')
  const { ARN: other = '' } = await make('yours/a', 'x')
  await person.may(allow(['strongroom:RestoreSecrets', 'secretsmanager:*'], 'arn:aws:secretsmanager:*:*:secret:mine/*'))
  const AsOf = await mark()
  const texts: string[] = []
  for (const SecretId of [
    other,
    other.replace('yours/a', 'yours/b'),
    ARN.replace('111122223333', '999999999999'),
    'arn:x',
  ]) {
    const Secrets = [{ SecretId, PlanToken: 'x' }]
    const { json } = await own.raw(
      'RestoreSecrets',
      { Prefix: 'mine/', AsOf, DryRun: true, Secrets },
      person.credentials,
    )
    texts.push(`${json.__type} ${json.Message.replace(SecretId, '')}`)
  }
  assert.equal(new Set(texts).size, 1, texts.join())
  assert.match(texts[0] ?? '', /^InvalidParameterException/)
  const Secrets = [{ SecretId: `${ARN.slice(0, -6)}aaaaaa`, PlanToken: 'x' }]
  assert.equal((await plan('mine/', AsOf, { Secrets }, person.credentials)).NotPermitted, 1)
})

test('each secret that is brought back, or refused, has a record of its own; no value is in any', async () => {
  for (const name of ['rec/a', 'rec/b']) await make(name, 'canary-1', { Description: 'first' })
  const asOf = await mark()
  for (const SecretId of ['rec/a', 'rec/b']) await put(SecretId, 'canary-2')
  await clients.secrets.updateSecret({ SecretId: 'rec/b', Description: 'second' })
  await later()
  await person.may(
    LISTS,
    allow(['strongroom:*', 'secretsmanager:DescribeSecret', 'secretsmanager:UpdateSecretVersionStage']),
  )
  await restore('rec/', asOf, {}, person.credentials)
  const records: Item[] = JSON.parse(await recordsOf(server)).filter(
    ({ eventSource, requestParameters }: Item) =>
      eventSource === 'strongroom.local' && /rec\//.test(JSON.stringify(requestParameters)),
  )
  const own = records.filter(({ additionalEventData }) => additionalEventData !== undefined)
  assert.equal(records.length, 3)
  assert.deepEqual(
    own
      .map(({ eventName, errorCode, additionalEventData: { SecretId, restored } }) => [
        eventName,
        SecretId.slice(-12, -7),
        errorCode,
        restored,
      ])
      .sort((a, b) => (a[1] < b[1] ? -1 : 1)),
    [
      ['RestoreSecrets', 'rec/a', undefined, ['VersionStages/AWSCURRENT', 'VersionStages/AWSPREVIOUS']],
      ['RestoreSecrets', 'rec/b', 'AccessDeniedException', undefined],
    ],
  )
  const whole = records.find(({ additionalEventData }) => additionalEventData === undefined)
  assert.deepEqual(
    whole.responseElements.secrets.map(({ status }: Item) => status),
    ['Restored', 'Refused'],
  )
  assert.doesNotMatch(JSON.stringify(records) + server.log(), /canary-/)
})

test('pages: all secrets under the prefix once, in the order of their names, and no others', async () => {
  const names = Array.from({ length: 23 }, (_, at) => `page/${String(at).padStart(2, '0')}`)
  for (const name of [...names, 'page', 'page.x', 'page0', 'pag/x']) await make(name, 'x')
  const asOf = await mark()
  for (const name of [...names, 'page', 'page0'])
    await clients.secrets.updateSecret({ SecretId: name, Description: 'y' })
  await later()
  const seenNames: string[] = []
  let NextToken: string | undefined
  let pages = 0
  do {
    const page: Item = await plan('page/', asOf, { MaxResults: 5, ...(NextToken && { NextToken }) })
    seenNames.push(...page.Secrets.map(({ Name }: Item) => Name))
    NextToken = page.NextToken
    pages++
  } while (NextToken !== undefined && pages < 20)
  assert.deepEqual(seenNames, names)
  await own.refused('InvalidNextTokenException', /./, 'RestoreSecrets', {
    ...{ Prefix: 'page/', AsOf: asOf, DryRun: true, NextToken: 'none of ours' },
  })
})

test('what makes no sense is refused', async () => {
  const { ARN } = await make('sense/a', 'x')
  const AsOf = await mark()
  const refused = (text: string | RegExp, input: object) =>
    own.refused('InvalidParameterException', text, 'RestoreSecrets', { Prefix: 'sense/', AsOf, DryRun: true, ...input })
  await refused('You must provide a time in the past for AsOf.', { AsOf: AsOf + 3600 })
  const one = { SecretId: ARN, PlanToken: 'x' }
  await refused(/name each secret in Secrets once/, { Secrets: [one, one] })
  await refused(/in conjunction with NextToken/, { Secrets: [one], MaxResults: 5 })
  await refused(/whose name begins with the Prefix/, { Prefix: 'other/', Secrets: [one] })
  await own.refused('ValidationException', /'prefix' failed to satisfy constraint/, 'RestoreSecrets', {
    ...{ Prefix: 'a*', AsOf, DryRun: true },
  })
})

test('rotation goes on: AWSPENDING is left to it, and what a rotation has finished is no rotation any more', async () => {
  const first = await make('rot/a', 'one')
  const asOf = await mark()
  const pending = randomUUID()
  await clients.secrets.putSecretValue({
    SecretId: 'rot/a',
    SecretString: 'two',
    ClientRequestToken: pending,
    VersionStages: ['AWSPENDING'],
  })
  await clients.secrets.updateSecretVersionStage({
    SecretId: 'rot/a',
    VersionStage: 'AWSCURRENT',
    MoveToVersionId: pending,
    RemoveFromVersionId: first.VersionId,
  })
  await later()
  await restore('rot/', asOf)
  assert.deepEqual((await seen('rot/a')).VersionIdsToStages, { [first.VersionId ?? '']: ['AWSCURRENT'] })
})

test('name reuse: the deleted one comes back beside its namesake, by its ARN; the namesake goes only when that is asked for', async () => {
  await using reusing = await start({ standing: true, secretLimits: { nameReuse: true } })
  const { secrets, destroy } = clientsOf(reusing, reusing.credentials)
  const call = ownOf(reusing)
  const first = await secrets.createSecret({ Name: 'twin', SecretString: 'one' })
  const AsOf = reusing.clock.now() / 1000
  await reusing.clock.advance({ seconds: 1 })
  await secrets.deleteSecret({ SecretId: 'twin' })
  const second = await secrets.createSecret({ Name: 'twin', SecretString: 'two' })
  await reusing.clock.advance({ seconds: 1 })
  const { Secrets } = await call('RestoreSecrets', { Prefix: 'twin', AsOf, DryRun: false })
  const by = Object.fromEntries(Secrets.map(({ ARN, Status }: Item) => [ARN, Status]))
  assert.deepEqual(by, { [first.ARN as string]: 'Restored', [second.ARN as string]: 'CreatedSince' })
  assert.equal((await secrets.getSecretValue({ SecretId: first.ARN })).SecretString, 'one')
  assert.equal((await secrets.getSecretValue({ SecretId: 'twin' })).SecretString, 'two')
  await reusing.clock.advance({ seconds: 1 })
  await call('RestoreSecrets', { Prefix: 'twin', AsOf, DryRun: false, DeleteCreated: true })
  await assert.rejects(secrets.getSecretValue({ SecretId: second.ARN }), { name: 'InvalidRequestException' })
  assert.equal((await secrets.getSecretValue({ SecretId: first.ARN })).SecretString, 'one')
  destroy()
})

test('without a history nothing that was changed is guessed at, and what was not stays as it is', async () => {
  await using forgetful = await start({ standing: true, history: { keptMs: 0, versions: 0 } })
  const { secrets, destroy } = clientsOf(forgetful, forgetful.credentials)
  const call = ownOf(forgetful)
  for (const Name of ['a', 'b']) await secrets.createSecret({ Name, SecretString: 'one' })
  const AsOf = forgetful.clock.now() / 1000
  await forgetful.clock.advance({ seconds: 1 })
  for (const Description of ['x', 'y']) {
    await secrets.updateSecret({ SecretId: 'b', Description })
    await forgetful.clock.advance({ seconds: 1 })
  }
  await forgetful.inside.storage.unit('write', (unit) => startForgetting(unit, forgetful.clock.now()))
  await forgetful.clock.advance({ days: 2 })
  const { Secrets, Unchanged } = await call('RestoreSecrets', { Prefix: '', AsOf, DryRun: false })
  assert.equal(Unchanged, 1)
  assert.deepEqual(
    Secrets.map(({ Name, Status }: Item) => [Name, Status]),
    [['b', 'NotKnown']],
  )
  assert.equal((await secrets.describeSecret({ SecretId: 'b' })).Description, 'y')
  destroy()
})
