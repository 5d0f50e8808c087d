import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, admin, allow, OTHER_ACCOUNT, user, world } from '../test/world.ts'

const ann = user('ann')
const bob = user('bob')

test('ListRetirableGrants finds the grants of all keys in the Region that a principal may retire, page by page (kms.md 9.1)', async () => {
  await using w = await world()
  const made: string[] = []
  for (let i = 0; i < 3; i++) {
    const { KeyId } = await w.key()
    const input = { KeyId, GranteePrincipal: ann.arn, Operations: ['Encrypt'] }
    made.push((await w.ask('CreateGrant', { ...input, RetiringPrincipal: bob.arn })).GrantId)
    await w.ask('CreateGrant', input)
  }
  const elsewhere = await w.key({}, { region: 'eu-west-1' })
  await w.ask(
    'CreateGrant',
    { KeyId: elsewhere.KeyId, GranteePrincipal: ann.arn, RetiringPrincipal: bob.arn, Operations: ['Encrypt'] },
    { region: 'eu-west-1' },
  )
  const far = await w.key({}, { caller: admin(OTHER_ACCOUNT) })
  const input = { KeyId: far.KeyId, GranteePrincipal: ann.arn, RetiringPrincipal: bob.arn, Operations: ['Encrypt'] }
  made.push((await w.ask('CreateGrant', input, { caller: admin(OTHER_ACCOUNT) })).GrantId)
  const seen: string[] = []
  let Marker: string | undefined
  do {
    const out = await w.ask('ListRetirableGrants', { RetiringPrincipal: bob.arn, Limit: 1, Marker })
    seen.push(...out.Grants.map(({ GrantId }: { GrantId: string }) => GrantId))
    Marker = out.NextMarker
  } while (Marker !== undefined)
  assert.deepEqual(seen, made.sort())
})

test('ListRetirableGrants: identity policies decide, and only of one’s own account’s principals one is told (kms.md 9.1)', async () => {
  await using w = await world()
  const ask = (caller: typeof ann, RetiringPrincipal = bob.arn) =>
    w.ask('ListRetirableGrants', { RetiringPrincipal }, { caller })
  const denied = { code: 'AccessDeniedException' }
  await assert.rejects(ask(ann), denied)
  await ask(user('ann', [allow('kms:ListRetirableGrants')]))
  await assert.rejects(
    ask(user('ann', [allow('kms:ListRetirableGrants', `arn:aws:kms:us-east-1:${ACCOUNT}:key/*`)])),
    denied,
  )
  await assert.rejects(ask(admin(OTHER_ACCOUNT)), denied)
  await assert.rejects(w.ask('ListRetirableGrants', {}), { code: 'ValidationException' })
  w.people.ids.set(bob.arn, undefined)
  await assert.rejects(ask(admin()), { code: 'InvalidArnException' })
})

test('ListRetirableGrants of a service: those of one’s own account, all of them page by page', async () => {
  await using w = await world()
  const RetiringServicePrincipal = 'x.amazonaws.com'
  const grant = async (account: string) => {
    const asked = { caller: admin(account) }
    const { KeyId } = await w.key({}, asked)
    const input = { KeyId, GranteePrincipal: ann.arn, RetiringServicePrincipal, Operations: ['Encrypt'] }
    return (await w.ask('CreateGrant', input, asked)).GrantId as string
  }
  const own: string[] = []
  for (let i = 0; i < 8; i++) {
    await grant(OTHER_ACCOUNT)
    own.push(await grant(ACCOUNT))
  }
  const seen: string[] = []
  let Marker: string | undefined
  do {
    const out = await w.ask('ListRetirableGrants', { RetiringServicePrincipal, Limit: 3, Marker })
    seen.push(...out.Grants.map(({ GrantId }: { GrantId: string }) => GrantId))
    Marker = out.NextMarker
  } while (Marker !== undefined)
  assert.deepEqual(seen, own.sort())
})
