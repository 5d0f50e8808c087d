import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { verifyPassword } from './sign-in.ts'
import { ACCOUNT, START, type Trial, trial } from './test/trial.ts'

const DAY_MS = 86_400_000
const PASSWORD = 'Right horse 1'

const signIn = (iam: Trial, userName: string, password: string, account = ACCOUNT) =>
  verifyPassword(iam.storage, iam.vault, { account, userName, password: new Secret(password), now: iam.clock.now() })

async function withAlice(more: Record<string, unknown> = {}) {
  const iam = await trial()
  const { User } = await iam.call('CreateUser', { UserName: 'alice' })
  await iam.call('CreateLoginProfile', { UserName: 'alice', Password: PASSWORD, ...more })
  return { iam, id: User.UserId as string, [Symbol.asyncDispose]: () => iam[Symbol.asyncDispose]() }
}

const usedAt = (iam: Trial) =>
  iam.storage.unit('read', (unit) => unit.get({ name: 'test/used', sql: 'select used_at from iam_login' }, {}))

test('a user signs in by its password, and only by that', async () => {
  await using it = await withAlice()
  const { iam, id } = it
  assert.equal(await signIn(iam, 'alice', 'Wrong horse 1'), undefined)
  assert.equal(await signIn(iam, 'ALICE', PASSWORD), undefined)
  assert.equal(await signIn(iam, 'alice', PASSWORD, '444455556666'), undefined)
  assert.deepEqual({ ...(await usedAt(iam)) }, { used_at: 0 })
  iam.clock.set(START + 5)
  assert.deepEqual(await signIn(iam, 'alice', PASSWORD), {
    account: ACCOUNT,
    userId: id,
    userName: 'alice',
    password: 'good',
  })
  assert.deepEqual({ ...(await usedAt(iam)) }, { used_at: START + 5 })
})

test('nobody signs in who is not there, has no password or had one', async () => {
  await using it = await withAlice()
  const { iam } = it
  await iam.call('CreateUser', { UserName: 'bob' })
  assert.equal(await signIn(iam, 'bob', PASSWORD), undefined)
  assert.equal(await signIn(iam, 'carol', PASSWORD), undefined)
  assert.equal(await signIn(iam, '', ''), undefined)
  await iam.call('DeleteLoginProfile', { UserName: 'alice' })
  assert.equal(await signIn(iam, 'alice', PASSWORD), undefined)
})

test('unknown users cost what wrong passwords cost', async () => {
  await using it = await withAlice()
  const { iam } = it
  const cost = async (userName: string) => {
    const times: number[] = []
    for (let n = 0; n < 5; n++) {
      const before = process.cpuUsage()
      await signIn(iam, userName, 'Wrong horse 1')
      const { user, system } = process.cpuUsage(before)
      times.push(user + system)
    }
    return Math.min(...times)
  }
  const [known, unknown] = [await cost('alice'), await cost('nobody')]
  assert.ok(known > 10_000 && unknown > known / 3, `${known} µs for a known user, ${unknown} µs for an unknown one`)
})

test('a password that must be changed, by the administrator or by its age, says so (API_UpdateAccountPasswordPolicy)', async () => {
  await using it = await withAlice({ PasswordResetRequired: true })
  const { iam } = it
  assert.equal((await signIn(iam, 'alice', PASSWORD))?.password, 'to be changed')
  await iam.call('UpdateLoginProfile', { UserName: 'alice', PasswordResetRequired: false })
  assert.equal((await signIn(iam, 'alice', PASSWORD))?.password, 'good')
  await iam.call('UpdateAccountPasswordPolicy', { MaxPasswordAge: 30 })
  iam.clock.set(START + 30 * DAY_MS - 1)
  assert.equal((await signIn(iam, 'alice', PASSWORD))?.password, 'good')
  iam.clock.set(START + 30 * DAY_MS)
  assert.equal((await signIn(iam, 'alice', PASSWORD))?.password, 'to be changed')
  await iam.call('UpdateAccountPasswordPolicy', { MaxPasswordAge: 30, HardExpiry: true })
  assert.equal((await signIn(iam, 'alice', PASSWORD))?.password, 'expired')
  assert.equal(await signIn(iam, 'alice', 'Wrong horse 1'), undefined)
})

test('whoever changes a password from outside does not sign in with it, nor does anybody else', async () => {
  await using it = await withAlice()
  const { iam } = it
  await iam.call('CreateUser', { UserName: 'mallory' })
  await iam.call('CreateLoginProfile', { UserName: 'mallory', Password: PASSWORD })
  const write = (sql: string) => iam.storage.unit('write', (unit) => unit.run({ name: `test/${sql}`, sql }, {}))
  const forged: Record<string, string> = {
    'a hash moved to another user': `update iam_login set hash = (select hash from iam_login where owner <> '${it.id}')
      where owner = '${it.id}'`,
    'former passwords forgotten': `update iam_login set former = '["AAAA"]'`,
    'no reset required': 'update iam_login set reset_required = 1',
    'changed lately': 'update iam_login set changed_at = changed_at + 1',
  }
  for (const [said, sql] of Object.entries(forged)) {
    assert.ok((await write(sql)) > 0, said)
    await assert.rejects(signIn(iam, 'alice', PASSWORD), /not as this server wrote it/, said)
  }
})

test('a forged password policy is an error', async () => {
  await using it = await withAlice()
  const { iam } = it
  await iam.call('UpdateAccountPasswordPolicy', { MaxPasswordAge: 30 })
  const sql = `update iam_password_policy set settings = replace(settings, '30', '1000')`
  await iam.storage.unit('write', (unit) => unit.run({ name: 'test/policy', sql }, {}))
  await assert.rejects(signIn(iam, 'alice', PASSWORD), /not as this server wrote it/)
  await assert.rejects(iam.call('GetAccountPasswordPolicy'), /not as this server wrote it/)
})

test('an account may be called by its alias', async () => {
  await using it = await withAlice()
  const { iam } = it
  assert.equal(await signIn(iam, 'alice', PASSWORD, 'acme'), undefined)
  await iam.call('CreateAccountAlias', { AccountAlias: 'acme' })
  assert.equal((await signIn(iam, 'alice', PASSWORD, 'acme'))?.account, ACCOUNT)
  const sql = `update iam_account_alias set account = '444455556666'`
  await iam.storage.unit('write', (unit) => unit.run({ name: 'test/alias', sql }, {}))
  await assert.rejects(signIn(iam, 'alice', PASSWORD, 'acme'), /not as this server wrote it/)
})
