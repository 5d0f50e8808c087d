import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('by name, page after page, or those of one version', async () => {
  await using t = await trial()
  const fun = { FunctionName: 'fun' }
  await t.made({ Publish: true })
  for (const Name of ['b', 'A', 'a', 'Z'])
    await t.call('CreateAlias', { ...fun, Name, FunctionVersion: Name === 'a' ? '$LATEST' : '1' })
  const names = ({ Aliases }: { Aliases: { Name: string }[] }) => Aliases.map(({ Name }) => Name)
  const first = await t.call('ListAliases', { ...fun, MaxItems: 3 })
  assert.deepEqual(names(first), ['A', 'Z', 'a'])
  assert.deepEqual(names(await t.call('ListAliases', { ...fun, Marker: first.NextMarker })), ['b'])
  assert.deepEqual(names(await t.call('ListAliases', { ...fun, FunctionVersion: '1' })), ['A', 'Z', 'b'])
  await t.refused(
    'ListAliases',
    { ...fun, FunctionVersion: '1', Marker: first.NextMarker },
    'InvalidParameterValueException',
  )
})
