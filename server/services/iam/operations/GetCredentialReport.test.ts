import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { Secret } from '#kernel/values/bytes'
import { verifyPassword } from '../sign-in.ts'
import { ACCOUNT, START, type Trial, trial } from '../test/trial.ts'

const refusedWith = (iam: Trial, code: string) =>
  assert.rejects(iam.call('GetCredentialReport'), (error) => {
    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.code, error.status], [code, 410])
    return true
  })

test('GetCredentialReport: none yet, there, too old (codes of the service model)', async () => {
  await using iam = await trial()
  await refusedWith(iam, 'ReportNotPresent')
  await iam.call('GenerateCredentialReport')
  iam.clock.set(START + 4 * 3_600_000)
  assert.equal((await iam.call('GetCredentialReport')).ReportFormat, 'text/csv')
  iam.clock.set(START + 4 * 3_600_000 + 1)
  await refusedWith(iam, 'ReportExpired')
})

test('GetCredentialReport tells of the root user and all users as they were when it was made', async () => {
  await using iam = await trial()
  await iam.call('UpdateAccountPasswordPolicy', { MaxPasswordAge: 30 })
  for (const UserName of ['bob', 'Alice']) await iam.call('CreateUser', { UserName })
  await iam.call('CreateLoginProfile', { UserName: 'Alice', Password: 'Right horse 1' })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'bob' })
  await iam.call('UpdateAccessKey', { UserName: 'bob', AccessKeyId: AccessKey.AccessKeyId, Status: 'Inactive' })
  const signIn = { account: ACCOUNT, userName: 'Alice', password: new Secret('Right horse 1'), now: START + 1000 }
  await verifyPassword(iam.storage, iam.vault, signIn)
  iam.iam.lastUsed.note(ACCOUNT, iam.root.accessKeyId as string, 'kms', 'eu-west-1', START + 2000)
  await iam.call('GenerateCredentialReport')
  await iam.call('CreateUser', { UserName: 'carol' })
  const { Content } = await iam.call('GetCredentialReport')
  const [, ...lines] = Buffer.from(Content).toString().split('\n')
  const none = 'false,N/A,N/A,N/A,N/A'
  const end = 'false,N/A,false,N/A'
  const arn = `arn:aws:iam::${ACCOUNT}`
  const T = '2026-03-15T10:30:00Z'
  assert.deepEqual(lines, [
    `<root_account>,${arn}:root,${T},not_supported,no_information,not_supported,not_supported,false,true,${T},2026-03-15T10:30:02Z,eu-west-1,kms,${none},${end}`,
    `Alice,${arn}:user/Alice,${T},true,2026-03-15T10:30:01Z,${T},2026-04-14T10:30:00Z,false,${none},${none},${end}`,
    `bob,${arn}:user/bob,${T},false,N/A,N/A,N/A,false,false,${T},N/A,N/A,N/A,${none},${end}`,
  ])
})

test('GetCredentialReport on the wire is base64', async () => {
  await using iam = await trial()
  await iam.call('GenerateCredentialReport')
  const xml = await iam.wire('Action=GetCredentialReport')
  const found =
    /^<Content>([A-Za-z0-9+/=]+)<\/Content><ReportFormat>text\/csv<\/ReportFormat><GeneratedTime>2026-03-15T10:30:00Z<\/GeneratedTime>$/.exec(
      xml,
    )
  assert.match(Buffer.from(found?.[1] ?? '', 'base64').toString(), /^user,arn,user_creation_time,/)
})

test('a report changed from outside is an error, and stands nowhere in clear', async () => {
  await using iam = await trial()
  await iam.call('GenerateCredentialReport')
  const rows = await iam.storage.unit('read', (unit) =>
    unit.all<{ content: string }>({ name: 'test/report', sql: 'select content from iam_credential_report' }, {}),
  )
  assert.doesNotMatch(Buffer.from(rows[0]?.content ?? '', 'base64').toString('latin1'), /user,arn/)
  const sql = 'update iam_credential_report set created_at = created_at + 1'
  await iam.storage.unit('write', (unit) => unit.run({ name: 'test/later', sql }, {}))
  await assert.rejects(iam.call('GetCredentialReport'))
})
