import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bind, compile, schemaStatements } from '#kernel/storage/dialect'
import { checksumOf, pending } from '#kernel/storage/migrate'
import { statement } from '#kernel/storage/storage'

test('named parameters get one number each, on both engines, and literals and casts stay', () => {
  const find = statement(
    'x',
    `select ':no', "a:no", n::text from t where a = :a and b = :b2_ and (c = :a) and d = ':a''s :b'`,
  )
  const { text, names, reads } = compile(find, 'postgres')
  assert.equal(text, `select ':no', "a:no", n::text from t where a = $1 and b = $2 and (c = $1) and d = ':a''s :b'`)
  assert.deepEqual(names, ['a', 'b2_'])
  assert.equal(reads, true)
  assert.equal(compile(statement('x', 'select :a, :b, :a'), 'sqlite').text, 'select ?1, ?2, ?1')
})

test('what only one engine knows is put into its words', () => {
  const lock = statement('x', 'select a from t order by a collate bytes\n for  update skip locked')
  assert.equal(compile(lock, 'sqlite').text, 'select a from t order by a collate binary')
  assert.equal(compile(lock, 'postgres').text, 'select a from t order by a collate "C"\n for  update skip locked')
  assert.equal(compile(statement('x', 'select cast(:a as bytea)'), 'sqlite').text, 'select cast(?1 as blob)')
})

test('only a statement that begins with select or with, and changes nothing, reads', () => {
  const reads = (sql: string) => compile(statement('x', sql), 'postgres').reads
  assert.equal(reads(' select 1 for update'), true)
  assert.equal(reads('with a as (select 1) select * from a'), true)
  for (const sql of [
    'insert into t values (1)',
    'with a as (delete from t returning x) select * from a',
    'update t set a = 1',
    'delete from t',
  ])
    assert.equal(reads(sql), false, sql)
})

test('a missing parameter is an error that names it and shows no value', () => {
  const compiled = compile(statement('x/y', 'select :a, :b'), 'sqlite')
  assert.deepEqual(bind(compiled, { b: null, a: 'text', more: 1 }), ['text', null])
  assert.throws(() => bind(compiled, { a: 'hunter2' }), /^StorageError: statement x\/y: parameter :b is missing$/)
  assert.throws(() => bind(compiled, { a: 1.5, b: 1 }), /parameter :a is no whole number$/)
})

test('a schema becomes strict tables on SQLite and text in the order of bytes on PostgreSQL', () => {
  const sql = `-- why; not what
create table t (
  a text not null, -- ';' in a comment
  n bigint,
  b bytea,
  primary key (a)
);
create index t_n on t (n);
`
  assert.deepEqual(
    schemaStatements(sql, 'sqlite').map((part) => part.replace(/\s+/g, ' ')),
    [
      "create table t ( a text not null, -- ';' in a comment n integer, b blob, primary key (a) ) strict",
      'create index t_n on t (n)',
    ],
  )
  assert.match(schemaStatements(sql, 'postgres')[0] ?? '', /a text collate "C" not null,.*\s+n bigint,\s+b bytea/)
})

test('migrations still to apply come in order; a newer store, an edited one and a name used twice are refused', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ name, sql: `create table ${name} (x text);` })) as [
    never,
    never,
    never,
  ]
  const applied = (...list: { name: string; sql: string }[]) =>
    list.map((each) => ({ name: each.name, checksum: checksumOf(each) }))
  assert.deepEqual(pending([a, b, c], applied(b)), [a, c])
  assert.deepEqual(pending([a], applied(a)), [])
  assert.throws(() => pending([a], applied(a, b, c)), /newer version of strongroom: this one does not know b, c$/)
  assert.throws(() => pending([a], [{ name: 'a', checksum: 'other' }]), /migration a is not the one that was applied/)
  assert.throws(() => pending([a, a], []), /two migrations have the same name/)
})

test('a column that is added later has the types of the common dialect too', () => {
  const sql = 'alter table t add column n bigint;\nalter table t add column a text;'
  assert.deepEqual(schemaStatements(sql, 'sqlite'), [
    'alter table t add column n integer',
    'alter table t add column a text',
  ])
  assert.deepEqual(schemaStatements(sql, 'postgres'), [
    'alter table t add column n bigint',
    'alter table t add column a text collate "C"',
  ])
})
