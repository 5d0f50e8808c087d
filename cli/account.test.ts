import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openFileReader } from '../server/kernel/audit/sqlite-reader.ts'
import { Secret } from '../server/kernel/values/bytes.ts'
import { postgresMissing, startPostgres } from '../server/test/postgres.ts'
import { run, running } from './test/rig.ts'

test('account create makes an account beside the running server, which knows its root key at once', async () => {
  await using data = await running()
  const { code, out } = await run('account', 'create', '--id', '444455556666', '--data', data.directory, '--json')
  assert.equal(code, 0)
  const { account, accessKeyId, credentialsFile } = JSON.parse(out)
  assert.equal(account, '444455556666')
  const credentials = readFileSync(credentialsFile, 'utf8')
  assert.equal(statSync(credentialsFile).mode & 0o777, 0o600)
  const secret = /AWS_SECRET_ACCESS_KEY='?([^'\n]+)/.exec(credentials)?.[1]
  assert.ok(credentials.includes(`AWS_ACCESS_KEY_ID=${accessKeyId}\n`) && secret !== undefined)
  assert.ok(!out.includes(secret), 'the secret is in the file only')
  const known = await data.server.iam.callers.find(accessKeyId)
  assert.equal(known?.caller.arn, 'arn:aws:iam::444455556666:root')
  assert.equal(known?.secret.reveal(), secret)
})

test('account create refuses an id that is taken, and leaves nothing behind', async () => {
  await using data = await running()
  await run('account', 'create', '--id', '444455556666', '--data', data.directory)
  const again = await run('account', 'create', '--id', '444455556666', '--data', data.directory)
  assert.deepEqual(again, {
    code: 1,
    out: '',
    err: 'error: strongroom account: there is already an account 444455556666\nhint: strongroom account list\n',
  })
  assert.ok(!existsSync(join(data.directory, 'root-credentials-444455556666')))
})

test('account list shows the accounts, the oldest first; root-key adds a key and replaces no file', async () => {
  await using data = await running()
  for (const id of ['444455556666', '111122223333'])
    await run('account', 'create', '--id', id, '--data', data.directory)
  const first = readFileSync(join(data.directory, 'root-credentials'), 'utf8')
  const added = await run('account', 'root-key', '444455556666', '--data', data.directory, '--json')
  assert.equal(JSON.parse(added.out).credentialsFile, join(data.directory, 'root-credentials-444455556666'))
  assert.equal(readFileSync(join(data.directory, 'root-credentials'), 'utf8'), first)
  const { out } = await run('account', 'list', '--json', '--data', data.directory)
  const listed = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    listed.map(({ account, rootKeys }) => [account, rootKeys]),
    [
      ['444455556666', 2],
      ['111122223333', 1],
    ],
  )
  const unknown = await run('account', 'root-key', '999999999999', '--data', data.directory)
  assert.deepEqual(
    [unknown.code, unknown.err.split('\n')[0]],
    [1, 'error: strongroom account: there is no account 999999999999'],
  )
})

test('the trail has a record of each account and root key that was made beside it', async () => {
  await using data = await running()
  await run('account', 'create', '--id', '444455556666', '--data', data.directory)
  await run('account', 'root-key', '444455556666', '--data', data.directory)
  await data.server.trail.sweep()
  const reader = openFileReader(join(data.directory, 'audit.db'))
  try {
    const { records } = await reader.last(10)
    const seen = records.map(({ record }) => JSON.parse(record))
    assert.deepEqual(
      seen.map(({ eventName, recipientAccountId, eventType }) => [eventName, recipientAccountId, eventType]),
      [
        ['CreateAccount', '444455556666', 'AwsServiceEvent'],
        ['CreateAccessKey', '444455556666', 'AwsServiceEvent'],
      ],
    )
    for (const { responseElements } of seen) {
      assert.equal(responseElements.accessKey.userName, 'root')
      assert.match(responseElements.accessKey.accessKeyId, /^AKIA[A-Z0-9]{16}$/)
    }
  } finally {
    await reader.close()
  }
})

test('on PostgreSQL, beside the running server, the same', { skip: postgresMissing() ?? false }, async () => {
  await using postgres = await startPostgres()
  const url = await postgres.database()
  await using data = await running({ kind: 'postgres', url: new Secret(url) })
  const { directory, server } = data
  const place = ['--data', directory, '--database', url, '--json']
  const made = await run('account', 'create', '--id', '444455556666', ...place)
  assert.deepEqual([made.code, made.err.includes('error')], [0, false], made.err)
  const known = await server.iam.callers.find(JSON.parse(made.out).accessKeyId)
  assert.equal(known?.caller.arn, 'arn:aws:iam::444455556666:root')
  const added = await run('account', 'root-key', '444455556666', ...place)
  assert.equal(added.code, 0, added.err)
  const listed = await run('account', 'list', ...place)
  assert.equal(JSON.parse(listed.out).rootKeys, 2)
})

test('mistakes are told with what to do, and a directory without a store is not given one', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'account-cli-'))
  try {
    assert.equal((await run('account', 'create', '--data', empty)).code, 1)
    assert.ok(!existsSync(join(empty, 'strongroom.db')))
  } finally {
    rmSync(empty, { recursive: true })
  }
  for (const words of [[], ['make'], ['create', '--id', '12'], ['root-key'], ['list', '--nonsense']]) {
    const { code, err } = await run('account', ...words)
    assert.equal(code, 2, words.join(' '))
    assert.match(err, /^error: /)
  }
})
