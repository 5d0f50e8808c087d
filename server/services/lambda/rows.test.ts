import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SealBroken } from '#kernel/sealing/broken'
import { RowForged } from '#kernel/sealing/row-mac'
import { statement } from '#kernel/storage/storage'
import { ARN, code, type Trial, trial } from './test/trial.ts'

const fun = { FunctionName: 'fun' }

/** Changes the database behind the server's back. */
const forge = (t: Trial, sql: string) => t.storage.unit('write', (unit) => unit.run(statement(`forge ${sql}`, sql), {}))

async function made(): Promise<Trial> {
  const t = await trial()
  await t.made({ Publish: true, Environment: { Variables: { AA: 'value' } } })
  await t.call('CreateAlias', { ...fun, Name: 'live', FunctionVersion: '1' })
  await t.call('AddPermission', {
    ...fun,
    StatementId: 's',
    Action: 'lambda:InvokeFunction',
    Principal: '444455556666',
  })
  return t
}

test('what decides what runs, as whom and for whom can not be changed in the database', async () => {
  for (const [change, ask] of [
    [`update lambda_function set reserved = 5`, fun],
    [`update lambda_function set id = 'other'`, fun],
    [`update lambda_version set settings = replace(settings, 'role/runs', 'role/admin')`, fun],
    [`update lambda_version set code_id = 'other'`, fun],
    [`update lambda_version set environment = null, environment_id = null`, fun],
    [`update lambda_alias set version = '$LATEST'`, { ...fun, Qualifier: 'live' }],
    [`update lambda_policy set document = replace(document, '444455556666', '999999999999')`, fun],
    [`update lambda_policy set principals = '[["a","b"]]'`, fun],
  ] as const) {
    await using t = await made()
    await t.call('Invoke', ask)
    assert.ok((await forge(t, change)) > 0, change)
    await assert.rejects(t.call('Invoke', ask), RowForged, change)
  }
})

test('rows of another function, or of a function that was, do not stand in', async () => {
  await using t = await made()
  await t.made({ FunctionName: 'other', Role: 'arn:aws:iam::111122223333:role/other' })
  await forge(t, `delete from lambda_version where name = 'fun' and number = 1`)
  await forge(
    t,
    `insert into lambda_version select account, region, 'fun', 1, function_id, settings, environment_id, environment_key, environment, environment_kms, code_id, code_sha256, code_bytes, revision, modified_at, mac from lambda_version where name = 'other' and number = 0`,
  )
  await assert.rejects(t.call('Invoke', { ...fun, Qualifier: '1' }), RowForged)
})

test('code and waiting events do not open when they were changed or moved', async () => {
  await using t = await made()
  await t.made({ FunctionName: 'other', Code: { ZipFile: code('other') } })
  t.sandboxes.answer = async (runnable) => ({ payload: await runnable.code() })
  const { Payload } = await t.call('Invoke', fun)
  assert.deepEqual(Buffer.from(Payload), code())
  await forge(
    t,
    `update lambda_code_part set sealed = (select sealed from lambda_code_part p where p.code_id <> lambda_code_part.code_id)`,
  )
  await assert.rejects(t.call('Invoke', fun), SealBroken)
  await t.call('Invoke', { ...fun, InvocationType: 'Event', Payload: Buffer.from('"mine"') })
  await forge(t, `update lambda_event set qualifier = 'live'`)
  const runs = t.sandboxes.runs.length
  await t.advance(10 * 60_000)
  assert.equal(t.sandboxes.runs.length, runs)
  assert.ok(t.problems.includes('an event of fun could not be run'))
})

test('nothing of code, environment, payload or client context stands in the store in clear', async () => {
  await using t = await trial()
  const secrets = ['canaryInTheCode', 'canaryInTheEnvironment', 'canaryInThePayload', 'canaryInTheContext']
  await t.made({ Code: { ZipFile: code(secrets[0]) }, Environment: { Variables: { AA: secrets[1] } } })
  const ClientContext = Buffer.from(JSON.stringify({ a: secrets[3] })).toString('base64')
  await t.call('Invoke', { ...fun, InvocationType: 'Event', Payload: Buffer.from(`"${secrets[2]}"`), ClientContext })
  const tables = ['function', 'version', 'code', 'code_part', 'alias', 'policy', 'event'].map(
    (name) => `lambda_${name}`,
  )
  for (const table of [...tables, 'job']) {
    const rows = await t.storage.unit('read', (unit) =>
      unit.all(statement(`all of ${table}`, `select * from ${table}`), {}),
    )
    for (const row of rows)
      for (const value of Object.values(row as Record<string, unknown>)) {
        const bytes = value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value))
        for (const secret of secrets) assert.equal(bytes.includes(secret), false, `${secret} in ${table}`)
      }
  }
  assert.equal(ARN.endsWith(':fun'), true)
})
