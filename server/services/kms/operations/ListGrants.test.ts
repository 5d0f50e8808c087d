import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, allow, OTHER_ACCOUNT, refusal, user, world } from '../test/world.ts'

const ann = user('ann')
const bob = user('bob')

test('ListGrants answers all that a grant is, with an empty name for none (kms.md 9.1)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const Constraints = { EncryptionContextSubset: { a: '1' } }
  const input = { KeyId, GranteePrincipal: ann.arn, RetiringPrincipal: bob.arn, Operations: ['Encrypt', 'Decrypt'] }
  const { GrantId } = await w.ask('CreateGrant', { ...input, Constraints, Name: 'n' })
  const entry = {
    KeyId: Arn,
    GrantId,
    Name: 'n',
    CreationDate: new Date(w.clock.now()),
    GranteePrincipal: ann.arn,
    RetiringPrincipal: bob.arn,
    IssuingAccount: `arn:aws:iam::${ACCOUNT}:root`,
    Operations: ['Encrypt', 'Decrypt'],
    Constraints,
  }
  assert.deepEqual(await w.ask('ListGrants', { KeyId }), { Grants: [entry], Truncated: false })
  const service = await w.ask('CreateGrant', {
    KeyId,
    GranteeServicePrincipal: 'x.amazonaws.com',
    RetiringServicePrincipal: 'y.amazonaws.com',
    Operations: ['Encrypt'],
  })
  const [shown] = (await w.ask('ListGrants', { KeyId, GrantId: service.GrantId })).Grants
  assert.deepEqual(
    [shown.Name, shown.GranteeServicePrincipal, shown.RetiringServicePrincipal, shown.GranteePrincipal],
    ['', 'x.amazonaws.com', 'y.amazonaws.com', undefined],
  )
})

test('ListGrants walks page by page, at most 100, and filters by grantee and id (kms.md 9.1)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const made: string[] = []
  for (let i = 0; i < 7; i++) {
    const GranteePrincipal = i % 2 === 0 ? ann.arn : bob.arn
    made.push((await w.ask('CreateGrant', { KeyId, GranteePrincipal, Operations: ['Encrypt'] })).GrantId)
  }
  const walk = async (more: object = {}) => {
    const seen: string[] = []
    let Marker: string | undefined
    do {
      const out = await w.ask('ListGrants', { KeyId, Limit: 2, Marker, ...more })
      assert.equal(out.Truncated, out.NextMarker !== undefined)
      seen.push(...out.Grants.map(({ GrantId }: { GrantId: string }) => GrantId))
      Marker = out.NextMarker
    } while (Marker !== undefined)
    return seen
  }
  assert.deepEqual(await walk(), [...made].sort())
  assert.deepEqual(await walk({ GranteePrincipal: ann.arn }), made.filter((_, i) => i % 2 === 0).sort())
  assert.deepEqual(await walk({ GrantId: made[0] }), [made[0]])
  assert.deepEqual(await walk({ GrantId: made[0], GranteePrincipal: bob.arn }), [])
  assert.deepEqual(await walk({ GrantId: '0'.repeat(64) }), [])
  assert.equal((await w.ask('ListGrants', { KeyId, Limit: 1000 })).Grants.length, 7)
  await assert.rejects(walk({ GrantId: 'x' }), refusal('InvalidGrantIdException'))
  await assert.rejects(w.ask('ListGrants', { KeyId, Marker: 'x' }), refusal('InvalidMarkerException'))
})

test('ListGrants shows a grantee that is gone by its unique id (kms.md 8.2)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  await w.ask('CreateGrant', { KeyId, GranteePrincipal: ann.arn, Operations: ['Encrypt'] })
  w.people.ids.set(ann.arn, undefined)
  assert.equal((await w.ask('ListGrants', { KeyId })).Grants[0].GranteePrincipal, 'AIDAann')
})

test('ListGrants works across accounts when the key’s policy lets in (kms.md 8.3, 5)', async () => {
  await using w = await world()
  const far = user('far', [allow('kms:ListGrants')], OTHER_ACCOUNT)
  const { Arn } = await w.key()
  await assert.rejects(w.ask('ListGrants', { KeyId: Arn }, { caller: far }), { code: 'AccessDeniedException' })
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Allow', Principal: { AWS: OTHER_ACCOUNT }, Action: 'kms:ListGrants', Resource: '*' },
    ],
  })
  await w.ask('PutKeyPolicy', { KeyId: Arn, Policy })
  assert.deepEqual((await w.ask('ListGrants', { KeyId: Arn }, { caller: far })).Grants, [])
})
