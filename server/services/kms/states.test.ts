import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyState } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { present } from './locate.ts'
import { user, type World, world } from './test/world.ts'
import { codesFor, STATES } from './test/states.ts'

// Every cell of the table of key states, through the operations themselves (kms.md 11; 18, 6). Several states are never seen
// from outside, since what they are in between of is done at once: they are set in the store.

const CODES = codesFor('AWS_KMS')

const ann = user('ann')
const Plaintext = Buffer.from('x')

/** A key with all that the operations need, and how each is asked about it. */
async function prepared(w: World) {
  const { KeyId, Arn } = await w.key({ MultiRegion: true })
  const other = await w.key()
  await w.ask('ReplicateKey', { KeyId, ReplicaRegion: 'eu-west-1' })
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext })
  const elsewhere = await w.ask('Encrypt', { KeyId: other.KeyId, Plaintext })
  const grant = (Name: string) =>
    w.ask('CreateGrant', { KeyId, GranteePrincipal: ann.arn, Operations: ['Encrypt'], Name })
  const { GrantId } = await grant('to be revoked')
  const { GrantToken } = await grant('to be retired')
  await w.ask('CreateAlias', { AliasName: 'alias/from', TargetKeyId: KeyId })
  await w.ask('CreateAlias', { AliasName: 'alias/to', TargetKeyId: other.KeyId })
  const { Policy } = await w.ask('GetKeyPolicy', { KeyId })
  const Tags = [{ TagKey: 'a', TagValue: 'b' }]
  const inputs: Readonly<Record<string, object>> = {
    CancelKeyDeletion: {},
    CreateAlias: { AliasName: 'alias/new', TargetKeyId: KeyId },
    CreateGrant: { GranteePrincipal: ann.arn, Operations: ['Encrypt'] },
    Encrypt: { Plaintext },
    Decrypt: { CiphertextBlob },
    'ReEncrypt from it': { CiphertextBlob, DestinationKeyId: other.KeyId },
    'ReEncrypt to it': { CiphertextBlob: elsewhere.CiphertextBlob, DestinationKeyId: KeyId },
    GenerateDataKey: { KeySpec: 'AES_256' },
    GenerateDataKeyWithoutPlaintext: { KeySpec: 'AES_256' },
    GenerateDataKeyPair: { KeyPairSpec: 'ECC_NIST_P256' },
    DeleteAlias: { AliasName: 'alias/from' },
    DescribeKey: {},
    GetKeyPolicy: {},
    GetKeyLastUsage: {},
    PutKeyPolicy: { Policy },
    ListKeyPolicies: {},
    ListGrants: {},
    ListAliases: {},
    ListResourceTags: {},
    ListKeyRotations: {},
    RetireGrant: { GrantToken },
    RevokeGrant: { GrantId },
    DisableKey: {},
    EnableKey: {},
    EnableKeyRotation: {},
    DisableKeyRotation: {},
    RotateKeyOnDemand: {},
    GetKeyRotationStatus: {},
    ReplicateKey: { ReplicaRegion: 'us-west-2' },
    UpdatePrimaryRegion: { PrimaryRegion: 'eu-west-1' },
    ScheduleKeyDeletion: {},
    TagResource: { Tags },
    UntagResource: { TagKeys: ['a'] },
    UpdateKeyDescription: { Description: 'x' },
    'UpdateAlias away from it': { AliasName: 'alias/from', TargetKeyId: other.KeyId },
    'UpdateAlias to it': { AliasName: 'alias/to', TargetKeyId: KeyId },
  }
  /** Which take no KeyId, or another. */
  const apart = /Alias|ReEncrypt|RetireGrant/
  return {
    Arn,
    async set(state: KeyState) {
      await w.storage.unit('write', async (unit) => {
        const { keys } = w.service.env(unit, w.call({}))
        const located = { key: await keys.key(w.call({}), KeyId), arn: Arn, owner: '', named: Arn, alias: undefined }
        await keys.change(present(located), { state })
      })
    },
    ask: (what: string) =>
      w.ask(what.split(' ')[0] as string, {
        ...(apart.test(what) && what !== 'ListAliases' ? {} : { KeyId }),
        ...inputs[what],
      }),
    asked: Object.keys(inputs),
  }
}

const TABLE = `
  CancelKeyDeletion               | NP NP ok ok NP NP NP NP
  CreateAlias                     | ok ok P  P  ok ok ok ok
  CreateGrant                     | ok D  P  P  I  ok C  ok
  Encrypt                         | ok D  P  P  I  U  C  ok
  Decrypt                         | ok D  P  P  I  U  C  ok
  ReEncrypt from it               | ok D  P  P  I  U  C  ok
  ReEncrypt to it                 | ok D  P  P  I  U  C  ok
  GenerateDataKey                 | ok D  P  P  I  U  C  ok
  GenerateDataKeyWithoutPlaintext | ok D  P  P  I  U  C  ok
  GenerateDataKeyPair             | ok D  P  P  I  U  C  ok
  DeleteAlias                     | ok ok ok ok ok ok ok ok
  DescribeKey                     | ok ok ok ok ok ok ok ok
  GetKeyPolicy                    | ok ok ok ok ok ok ok ok
  GetKeyLastUsage                 | ok ok ok ok ok ok ok ok
  PutKeyPolicy                    | ok ok ok ok ok ok ok ok
  ListKeyPolicies                 | ok ok ok ok ok ok ok ok
  ListGrants                      | ok ok ok ok ok ok ok ok
  ListAliases                     | ok ok ok ok ok ok ok ok
  ListResourceTags                | ok ok ok ok ok ok ok ok
  ListKeyRotations                | ok ok ok ok ok ok ok ok
  RetireGrant                     | ok ok ok ok ok ok ok ok
  RevokeGrant                     | ok ok ok ok ok ok ok ok
  DisableKey                      | ok ok P  P  I  ok C  UP
  EnableKey                       | ok ok P  P  I  ok C  UP
  EnableKeyRotation               | ok D  P  P  X  X  C  ok
  DisableKeyRotation              | ok D  P  P  X  X  C  ok
  RotateKeyOnDemand               | ok D  P  P  I  X  C  UP
  GetKeyRotationStatus            | ok ok ok ok X  X  ok ok
  ReplicateKey                    | ok D  P  P  I  ok C  UP
  UpdatePrimaryRegion             | ok D  P  P  I  ok C  ok
  ScheduleKeyDeletion             | ok ok P  P  ok ok ok UP
  TagResource                     | ok ok P  P  ok ok ok ok
  UntagResource                   | ok ok P  P  ok ok ok ok
  UpdateKeyDescription            | ok ok P  P  ok ok ok ok
  UpdateAlias away from it        | ok ok ok ok ok ok ok ok
  UpdateAlias to it               | ok ok P  P  ok ok ok ok`

test('what each operation does in each state of a key, every cell', async () => {
  const rows = TABLE.trim().split('\n')
  const wrong: string[] = []
  for (const [at, state] of STATES.entries()) {
    await using w = await world()
    const names = (await prepared(w)).asked
    assert.deepEqual(
      names,
      rows.map((row) => row.split('|')[0]?.trim()),
    )
    for (const row of rows) {
      const [name = '', codes = ''] = row.split('|').map((part) => part.trim())
      await using own = await world()
      const { Arn, ask, set } = await prepared(own)
      await set(state)
      const got = await ask(name).then(
        () => 'ok',
        (error: unknown) => {
          assert(error instanceof ApiError, String(error))
          const said = `${error.code}: ${error.message.replaceAll(Arn, 'K')}`
          return CODES[said] ?? said
        },
      )
      const expected = codes.split(/\s+/)[at]
      if (got !== expected) wrong.push(`${name} in ${state}: ${got}, not ${expected}`)
    }
  }
  assert.deepEqual(wrong, [])
})
