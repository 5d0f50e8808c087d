import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tablesOf } from '#kernel/storage/migration'

test('tables are those that were made, less the dropped ones, by their last names', () => {
  const migrations = [
    { name: '1', sql: '-- create table not_this (x text)\ncreate table a (x text);\nCREATE TABLE  b (x text);' },
    {
      name: '2',
      sql: 'create table if not exists c (x text);\ncreate index a_by_x on a (x);\nalter table a add column y text;',
    },
    {
      name: '3',
      sql: 'create table b_new (x text);\ndrop table b;\nalter table b_new rename to b;\ndrop table if exists c;',
    },
  ]
  assert.deepEqual(tablesOf(migrations), ['a', 'b'])
})
