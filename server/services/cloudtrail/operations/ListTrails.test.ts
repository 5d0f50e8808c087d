import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, trial } from '../test/trial.ts'

test('ListTrails lists all trails of the account, and takes no token', async () => {
  await using t = await trial()
  await t.make('here')
  await t.make('there', {}, { region: 'eu-west-1' })
  assert.deepEqual(await t.call('ListTrails', {}), {
    Trails: [
      { TrailARN: arnOf('here'), Name: 'here', HomeRegion: 'us-east-1' },
      { TrailARN: arnOf('there', 'eu-west-1'), Name: 'there', HomeRegion: 'eu-west-1' },
    ],
  })
  const other = '999999999999'
  assert.deepEqual(await t.call('ListTrails', {}, { account: other }), { Trails: [] })
  await t.refused('ListTrails', { NextToken: 'x' }, 'ValidationException', /NextToken/)
})
