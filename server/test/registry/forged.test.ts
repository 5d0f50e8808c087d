import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { type Credentials, refusalOf } from './client.ts'
import { directory, file, log, ONE, Run } from './stopped.ts'
import { element } from './world.ts'

// Whoever can write the database file, but has no seal, gives himself permissions while no server runs: nothing comes of it.

after(() => rmSync(directory, { recursive: true, force: true }))

const EVERYTHING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
const VALUE = 'canary-of-the-forged-rows'

test('a policy, an attachment, a boundary and a key policy written into the file let nobody read a secret', async () => {
  let mallory: Credentials
  let root: Credentials
  let KeyId: string
  {
    await using run = await Run.begin()
    root = await run.account(ONE)
    await run.done(root, 'secretsmanager:CreateSecret', {
      Name: 'app/db',
      SecretString: VALUE,
      ClientRequestToken: 'a'.repeat(36),
    })
    await run.done(root, 'iam:CreateUser', { UserName: 'mallory' })
    await run.done(root, 'iam:CreatePolicy', { PolicyName: 'all', PolicyDocument: EVERYTHING })
    const made = await run.done(root, 'iam:CreateAccessKey', { UserName: 'mallory' })
    mallory = { accessKeyId: element(made, 'AccessKeyId'), secretAccessKey: element(made, 'SecretAccessKey') }
    const { KeyMetadata } = JSON.parse(await run.done(root, 'kms:CreateKey', {})) as { KeyMetadata: { KeyId: string } }
    KeyId = KeyMetadata.KeyId
  }
  const read = (run: Run) => run.call(mallory, 'secretsmanager:GetSecretValue', { SecretId: 'app/db' })
  const edited = async (statements: string, undo: string, work: (run: Run) => Promise<void>) => {
    const edit = (sql: string) => {
      const db = new DatabaseSync(file)
      db.exec(sql)
      db.close()
    }
    edit(statements)
    try {
      await using run = await Run.begin()
      await work(run)
    } finally {
      edit(undo)
    }
  }
  const mac = `x'${'00'.repeat(32)}'`
  const forged = [
    [
      `insert into iam_inline_policy (account, region, owner, name_key, name, document, mac)
        select account, region, id, 'p', 'p', '${EVERYTHING}', ${mac} from iam_user`,
      'delete from iam_inline_policy',
    ],
    [
      `insert into iam_attachment (account, region, owner, policy_key, mac)
        select account, region, id, 'all', ${mac} from iam_user`,
      'delete from iam_attachment',
    ],
  ] as const
  for (const [put, undo] of forged) {
    await edited(put, undo, async (run) => {
      const answer = await read(run)
      assert.deepEqual([answer.status, refusalOf(answer).code], [500, 'InternalFailure'])
      assert.ok(!answer.text.includes(VALUE))
      assert.match(log(), /is not as this server wrote it/)
    })
  }
  const { policy } = new DatabaseSync(file, { readOnly: true })
    .prepare('select policy from kms_key where id = ?')
    .get(KeyId) as { policy: string }
  const open = EVERYTHING.replace('"Action"', '"Principal":{"AWS":"*"},"Action"')
  const set = (text: string) => `update kms_key set policy = '${text}' where id = '${KeyId}'`
  await edited(set(open), set(policy), async (run) => {
    const answer = await run.call(mallory, 'kms:Encrypt', { KeyId, Plaintext: Buffer.from('x') })
    assert.deepEqual([answer.status, refusalOf(answer).code], [500, 'InternalFailure'])
    assert.match(log(), new RegExp(`kms_key .*key/${KeyId}.* is not as this server wrote it`))
  })
  await using run = await Run.begin()
  assert.equal(refusalOf(await read(run)).code, 'AccessDeniedException', 'put back, it is as before')
  await run.done(root, 'kms:Encrypt', { KeyId, Plaintext: Buffer.from('x') })
})
