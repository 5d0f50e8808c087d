import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowForged } from '#kernel/sealing/row-mac'
import { type Trial, trial } from './test/trial.ts'

/** Runs a statement as somebody who can write the database and has no seal. */
async function forge(one: Trial, sql: string): Promise<void> {
  await one.storage.unit('write', async (unit) => {
    await unit.run({ name: `forge/${sql}`, sql }, {})
    unit.touch('parameters')
  })
}

async function made(): Promise<Trial> {
  const one = await trial()
  await one.versions('/a', 2)
  await one.put('/b', 'of b', { Tags: [{ Key: 'owner', Value: 'bob' }] })
  await one.call('LabelParameterVersion', { Name: '/a', ParameterVersion: 1, Labels: ['stable'] })
  return one
}

const reads = ['/a', '/a:1', '/a:stable', '/b'] as const

for (const [what, sql, fails] of [
  ['tags', `update parameter set tags = '[["owner","ann"]]'`, ['/a', '/a:1', '/a:stable', '/b']],
  ['the newest number', "update parameter set latest = 1 where key = 'a'", ['/a', '/a:1', '/a:stable']],
  ['an expiration taken away', 'update parameter set expires_at = 99999999999999', ['/a', '/a:1', '/a:stable', '/b']],
  ['another name', "update parameter set key = 'b2' where key = 'b'", ['/b2']],
  ['a pattern', "update parameter_version set allowed_pattern = '.*' where version = 1", ['/a:1', '/a:stable', '/b']],
  ['a type', "update parameter_version set type = 'StringList' where version = 2", ['/a']],
  ['an author', "update parameter_version set modified_by = 'me' where version = 2", ['/a']],
  [
    'a value of another version',
    'update parameter_version set content = (select content from parameter_version where version = 2)',
    ['/a:1', '/a:stable', '/b'],
  ],
  ['a label on another version', 'update parameter_label set version = 2', ['/a:stable']],
  ['a label of another name', "update parameter_label set label = 'prod'", ['/a:prod']],
  [
    'the id of another parameter',
    "update parameter set id = (select id from parameter where key = 'b') where key = 'a'",
    ['/a', '/a:1', '/a:stable'],
  ],
] as const) {
  test(`a row that was changed from outside is refused: ${what}`, async () => {
    await using one = await made()
    await forge(one, sql)
    for (const Name of new Set([...reads, ...fails])) {
      const call = one.call('GetParameter', { Name })
      if ((fails as readonly string[]).includes(Name)) await assert.rejects(call, RowForged, Name)
      else await call.catch((error) => assert.ok(!(error instanceof RowForged), `${Name}: ${error}`))
    }
  })
}

test('a label whose MAC was taken away is refused, wherever it is read', async () => {
  await using one = await made()
  await forge(one, 'create table other as select * from parameter_label')
  await forge(one, 'drop table parameter_label')
  await forge(one, 'alter table other rename to parameter_label')
  await forge(one, 'update parameter_label set version = 2, mac = null')
  await assert.rejects(one.call('GetParameter', { Name: '/a:stable' }), RowForged)
  await assert.rejects(one.call('GetParameterHistory', { Name: '/a' }), RowForged)
  const ParameterFilters = [{ Key: 'Label', Values: ['stable'] }]
  for (const Recursive of [true, false]) {
    await assert.rejects(one.call('GetParametersByPath', { Path: '/', Recursive, ParameterFilters }), RowForged)
  }
})

test('rows come back as they were written', async () => {
  await using one = await made()
  const { Parameters } = await one.call('DescribeParameters', {})
  assert.equal(Parameters.length, 2)
})
