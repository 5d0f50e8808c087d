import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUILT_IN, trial } from '../test/trial.ts'

type Shown = { FunctionName: string; Version: string; Environment?: object }

test('own and built-in functions by name, page after page; a marker is good for its own list only', async () => {
  await using t = await trial()
  for (const FunctionName of ['a', 'Z', 'b'])
    await t.made({ FunctionName, Environment: { Variables: { AA: FunctionName } } })
  const seen: string[] = []
  let Marker: string | undefined
  do {
    const page: { Functions: Shown[]; NextMarker?: string } = await t.call('ListFunctions', {
      MaxItems: 2,
      ...(Marker && { Marker }),
    })
    seen.push(...page.Functions.map(({ FunctionName }) => FunctionName))
    Marker = page.NextMarker
  } while (Marker !== undefined)
  assert.deepEqual(seen, [BUILT_IN, 'Z', 'a', 'b'])
  const { NextMarker, Functions } = await t.call('ListFunctions', { MaxItems: 2 })
  assert.deepEqual(Functions[1].Environment, { Variables: { AA: 'Z' } })
  await t.refused('ListFunctions', { FunctionVersion: 'ALL', Marker: NextMarker }, 'InvalidParameterValueException')
  await t.refused('ListFunctions', { Marker: 'made up' }, 'InvalidParameterValueException')
})

test('FunctionVersion ALL shows every version', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  const { Functions } = await t.call('ListFunctions', { FunctionVersion: 'ALL' })
  const own = (Functions as Shown[]).filter(({ FunctionName }) => FunctionName === 'fun')
  assert.deepEqual(
    own.map(({ Version }) => Version),
    ['$LATEST', '1'],
  )
})

test('variables under a key of KMS are not decrypted for a list', async () => {
  await using t = await trial()
  await t.made({ KMSKeyArn: await t.key(), Environment: { Variables: { AA: 'b' } } })
  const { Functions } = await t.call('ListFunctions', {})
  assert.equal(Functions.at(-1).Environment.Error.ErrorCode, 'AccessDeniedException')
})
