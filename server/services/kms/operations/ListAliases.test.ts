import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OTHER_ACCOUNT, refusal, root, user, world } from '../test/world.ts'

const PREFIX = 'arn:aws:kms:us-east-1:111122223333:'

test('ListAliases answers aliases by name; those of AWS before their first use have neither key nor dates (kms.md 5)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  const { KeyId: ssm } = (await w.ask('DescribeKey', { KeyId: 'alias/aws/ssm' })).KeyMetadata
  const now = new Date(w.clock.now())
  assert.deepEqual(await w.ask('ListAliases', {}), {
    Aliases: [
      {
        AliasName: 'alias/app',
        AliasArn: `${PREFIX}alias/app`,
        TargetKeyId: KeyId,
        CreationDate: now,
        LastUpdatedDate: now,
      },
      { AliasName: 'alias/aws/secretsmanager', AliasArn: `${PREFIX}alias/aws/secretsmanager` },
      {
        AliasName: 'alias/aws/ssm',
        AliasArn: `${PREFIX}alias/aws/ssm`,
        TargetKeyId: ssm,
        CreationDate: now,
        LastUpdatedDate: now,
      },
    ],
    Truncated: false,
  })
})

test('ListAliases walks page by page, clamps a limit over 100, and filters by key', async () => {
  await using w = await world()
  const names: string[] = []
  for (let k = 0; k < 3; k++) {
    const { KeyId } = await w.key()
    for (let i = 0; i < 40; i++) {
      names.push(`alias/k${k}-${String(i).padStart(2, '0')}`)
      await w.ask('CreateAlias', { AliasName: names.at(-1), TargetKeyId: KeyId })
    }
    const filtered = await w.ask('ListAliases', { KeyId })
    assert.deepEqual(
      filtered.Aliases.map((alias: { AliasName: string }) => alias.AliasName),
      names.slice(-40),
    )
  }
  const seen: string[] = []
  const sizes: number[] = []
  let Marker: string | undefined
  do {
    const out = await w.ask('ListAliases', { Limit: 1000, Marker })
    sizes.push(out.Aliases.length)
    seen.push(...out.Aliases.map((alias: { AliasName: string }) => alias.AliasName))
    Marker = out.NextMarker
  } while (Marker !== undefined)
  assert.deepEqual(sizes, [100, 22])
  assert.deepEqual(seen, ['alias/aws/secretsmanager', 'alias/aws/ssm', ...names])
  assert.equal((await w.ask('ListAliases', {})).Aliases.length, 50)
})

test('ListAliases of an alias, of another account’s key, and without permission', async () => {
  await using w = await world()
  await assert.rejects(
    w.ask('ListAliases', { KeyId: 'alias/x' }),
    refusal('NotFoundException', "Invalid keyId 'alias/x'"),
  )
  const theirs = await w.key({}, { caller: root(OTHER_ACCOUNT) })
  await assert.rejects(w.ask('ListAliases', { KeyId: theirs.Arn }), { code: 'AccessDeniedException' })
  await assert.rejects(w.ask('ListAliases', {}, { caller: user('u') }), { code: 'AccessDeniedException' })
})
