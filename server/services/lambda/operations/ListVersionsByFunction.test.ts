import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUILT_IN, trial } from '../test/trial.ts'

test('$LATEST, then the numbers in their order, page after page', async () => {
  await using t = await trial()
  const fun = { FunctionName: 'fun' }
  await t.made({ Publish: true })
  for (let Timeout = 10; Timeout < 20; Timeout++) {
    await t.call('UpdateFunctionConfiguration', { ...fun, Timeout })
    await t.call('PublishVersion', fun)
  }
  const seen: string[] = []
  let Marker: string | undefined
  do {
    const page: { Versions: { Version: string }[]; NextMarker?: string } = await t.call('ListVersionsByFunction', {
      ...fun,
      MaxItems: 4,
      ...(Marker && { Marker }),
    })
    seen.push(...page.Versions.map(({ Version }) => Version))
    Marker = page.NextMarker
  } while (Marker !== undefined)
  assert.deepEqual(seen, ['$LATEST', ...Array.from({ length: 11 }, (_, i) => String(i + 1))])
  const { Versions } = await t.call('ListVersionsByFunction', { FunctionName: BUILT_IN })
  assert.equal(Versions.length, 1)
  await t.refused('ListVersionsByFunction', { FunctionName: 'none' }, 'ResourceNotFoundException')
})
