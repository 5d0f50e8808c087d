import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { type Answer, type Credentials, refusalOf } from './client.ts'
import { canaryText, found, textCanary } from './needles.ts'
import { directory, exchange, exchanged, file, HERE, log, ONE, Run, rows, THERE, TWO } from './stopped.ts'
import { element } from './world.ts'

/**
 * Issue 2, item 7: the sealed parts of two rows are exchanged in the database file while no server runs; then every read of
 * either fails, and nothing of the other's value is in an answer or in the log. Exchanged back, everything reads again.
 */

/** A value, where it is read, and by whom. */
interface Place {
  readonly credentials: Credentials
  readonly region: string
  readonly secretId: string
  readonly versionId: string
  readonly value: string
  /** Whether the version carries AWSCURRENT. */
  readonly current: boolean
  /** What tells its row in `secret_version`. */
  readonly row: Readonly<Record<string, string>>
}

const token = (n: number) => `version-0000-0000-0000-${String(n).padStart(12, '0')}`

const roots = new Map<string, Credentials>()
const places: Place[] = []
/** Key ids of KMS, each with a ciphertext and its plaintext. */
const keys: { readonly id: string; readonly blob: string; readonly plain: string }[] = []
const users: Credentials[] = []

before(async () => {
  await using run = await Run.begin()
  for (const account of [ONE, TWO]) roots.set(account, await run.account(account))
  const store = async (account: string, region: string, secretId: string, versions: number) => {
    const credentials = roots.get(account) as Credentials
    for (let n = 1; n <= versions; n++) {
      const value = canaryText()
      const input = { ClientRequestToken: token(n), SecretString: value }
      if (n === 1) await run.done(credentials, 'secretsmanager:CreateSecret', { Name: secretId, ...input }, region)
      else await run.done(credentials, 'secretsmanager:PutSecretValue', { SecretId: secretId, ...input }, region)
      const row = { account, region, version: token(n) }
      places.push({ credentials, region, secretId, versionId: token(n), value, current: n === versions, row })
    }
  }
  await store(ONE, HERE, 'app/db', 2)
  await store(ONE, HERE, 'app/other', 1)
  await store(TWO, HERE, 'app/db', 1)
  await store(ONE, THERE, 'app/db', 1)
  const root = roots.get(ONE) as Credentials
  for (let n = 0; n < 2; n++) {
    const { KeyMetadata } = JSON.parse(await run.done(root, 'kms:CreateKey', {})) as { KeyMetadata: { KeyId: string } }
    const plain = canaryText()
    const input = { KeyId: KeyMetadata.KeyId, Plaintext: Buffer.from(plain) }
    const { CiphertextBlob } = JSON.parse(await run.done(root, 'kms:Encrypt', input)) as { CiphertextBlob: string }
    keys.push({ id: KeyMetadata.KeyId, blob: CiphertextBlob, plain })
  }
  for (const UserName of ['alice', 'bob']) {
    await run.done(root, 'iam:CreateUser', { UserName })
    const made = await run.done(root, 'iam:CreateAccessKey', { UserName })
    users.push({ accessKeyId: element(made, 'AccessKeyId'), secretAccessKey: element(made, 'SecretAccessKey') })
  }
})
after(() => rmSync(directory, { recursive: true, force: true }))

const read = (run: Run, { credentials, region, secretId, versionId }: Place) =>
  run.call(credentials, 'secretsmanager:GetSecretValue', { SecretId: secretId, VersionId: versionId }, region)

/** The row of a place, with the id of its secret. */
function rowOf({ row, secretId }: Place): Record<string, string> {
  const [secret] = rows(
    `select id from secret where account = '${row.account}' and region = '${row.region}' and name = '${secretId}'`,
  )
  return { ...row, secret: secret?.id ?? '' }
}

/** Nothing that was ever encrypted is in what a caller or an operator sees. */
function nothingShown(answers: readonly Answer[]): void {
  const values = [...places.map(({ value }) => value), ...keys.map(({ plain }) => plain)]
  const secrets = [...users, ...roots.values()].map(({ secretAccessKey }) => secretAccessKey)
  const canaries = [...values, ...secrets].map((text) => textCanary(text, text))
  for (const { text } of answers) assert.deepEqual(found(canaries, text, text), [])
  assert.deepEqual(found(canaries, 'the log', log()), [])
}

/**
 * A refusal that reveals nothing: a failure of ours, or KMS's word that it can't decrypt. A data key of a key that is in
 * another account or region reads like one that the caller may not use. Source: kms.md 4.3, secretsmanager.md 5.
 */
function failsClosed(answer: Answer, said: string): void {
  const { code, text } = refusalOf(answer)
  if (code === 'AccessDeniedException') assert.equal(text, 'Access to KMS is not allowed', said)
  else if (answer.status >= 500)
    assert.match(code, /^(InternalFailure|InternalServiceError|InternalServerError|KMSInternalException)$/, said)
  else assert.match(code, /^(DecryptionFailure|InvalidCiphertextException)$/, `${said}: ${answer.text}`)
}

test('before anything is exchanged every value reads, and so it is after everything was exchanged back', async () => {
  await using run = await Run.begin()
  await readsWell(run)
})

async function readsWell(run: Run): Promise<void> {
  for (const place of places) {
    const answer = await read(run, place)
    assert.equal((JSON.parse(answer.text) as { SecretString?: string }).SecretString, place.value, answer.text)
  }
  for (const { blob, plain } of keys) {
    const CiphertextBlob = Buffer.from(blob, 'base64')
    const answer = await run.call(roots.get(ONE) as Credentials, 'kms:Decrypt', { CiphertextBlob })
    const { Plaintext } = JSON.parse(answer.text) as { Plaintext: string }
    assert.equal(Buffer.from(Plaintext, 'base64').toString(), plain)
  }
  for (const user of users) assert.equal((await run.call(user, 'sts:GetCallerIdentity', {})).status, 200)
}

/** Places by number: 0 and 1 two versions, 2 another secret, 3 another account, 4 another region. */
const pairs: readonly (readonly [string, number, number])[] = [
  ['two versions of one secret', 0, 1],
  ['two secrets', 0, 2],
  ['two accounts', 0, 3],
  ['two regions', 0, 4],
]
/** What is moved: the encrypted value, its data key, both, or all that is not the row's identity. */
const moved: readonly (readonly [string, string[]])[] = [
  ['the values', ['sealed']],
  ['the data keys', ['data_key']],
  ['values and data keys', ['data_key', 'sealed']],
  ['everything', ['data_key', 'sealed', 'key_arn', 'default_key', 'kind', 'created_at']],
]
for (const [between, first, second] of pairs) {
  for (const [what, columns] of moved) {
    test(`${what} of ${between} exchanged: neither is read`, async () => {
      const [one, two] = [places[first] as Place, places[second] as Place]
      // The times are equal here (the clock stands), so `everything` differs by the sealed parts at least.
      await exchanged(
        () => exchange('secret_version', rowOf(one), rowOf(two), columns),
        async (run) => {
          const answers: Answer[] = []
          for (const place of [one, two]) {
            const answer = await read(run, place)
            failsClosed(answer, `${what} of ${between}`)
            answers.push(answer)
            // Nor by the ways that read a value without being asked to show it: comparing and encrypting anew.
            const { credentials, region, secretId, versionId } = place
            const again = { SecretId: secretId, ClientRequestToken: versionId, SecretString: place.value }
            const compared = await run.call(credentials, 'secretsmanager:PutSecretValue', again, region)
            failsClosed(compared, `comparing ${what} of ${between}`)
            const batch = { SecretIdList: [secretId] }
            const all = await run.call(credentials, 'secretsmanager:BatchGetSecretValue', batch, region)
            if (place.current) assert.doesNotMatch(all.text, /SecretString/)
            if (place.current) answers.push(all)
            answers.push(compared)
          }
          nothingShown(answers)
        },
      )
    })
  }
}

test('two secrets given each other’s versions: neither is read', async () => {
  const [one, two] = [places[0] as Place, places[2] as Place]
  // `id` is part of the primary key: exchanged by way of a third one.
  const swap = () => {
    const db = new DatabaseSync(file)
    const [a, b] = [rowOf(one).secret as string, rowOf(two).secret as string]
    const set = (id: string, to: string) =>
      db.prepare('update secret set id = ? where account = ? and region = ? and id = ?').run(to, ONE, HERE, id)
    set(a, 'third')
    set(b, a)
    set('third', b)
    db.close()
  }
  await exchanged(swap, async (run) => {
    const answers = [await read(run, one), await read(run, two)]
    for (const answer of answers) failsClosed(answer, 'secrets')
    nothingShown(answers)
  })
})

test('the key material of two KMS keys exchanged: neither opens nor makes a ciphertext', async () => {
  const material = (n: number) => ({ account: ONE, region: HERE, key_id: keys[n]?.id ?? '' })
  for (const columns of [['wrapped'], ['wrapped', 'created_at']]) {
    await exchanged(
      () => exchange('kms_material', material(0), material(1), columns),
      async (run) => {
        const answers: Answer[] = []
        const root = roots.get(ONE) as Credentials
        for (const { id, blob } of keys) {
          answers.push(await run.call(root, 'kms:Decrypt', { CiphertextBlob: Buffer.from(blob, 'base64') }))
          answers.push(await run.call(root, 'kms:Encrypt', { KeyId: id, Plaintext: Buffer.from('new') }))
          answers.push(await run.call(root, 'kms:GenerateDataKey', { KeyId: id, KeySpec: 'AES_256' }))
        }
        for (const answer of answers) failsClosed(answer, 'key material')
        nothingShown(answers)
      },
    )
  }
})

test('the material of the default key of two regions exchanged: no secret of either is read', async () => {
  const material = (region: string) => {
    const [alias] = rows(
      `select key_id from kms_alias where account = '${ONE}' and region = '${region}' and name = 'alias/aws/secretsmanager'`,
    )
    return { account: ONE, region, key_id: alias?.key_id ?? '' }
  }
  await exchanged(
    () => exchange('kms_material', material(HERE), material(THERE), ['wrapped']),
    async (run) => {
      const answers = [await read(run, places[0] as Place), await read(run, places[4] as Place)]
      for (const answer of answers) failsClosed(answer, 'default keys')
      nothingShown(answers)
    },
  )
})

test('the wrapped secrets of two access keys exchanged: neither key signs, with either secret', async () => {
  const [alice, bob] = users as [Credentials, Credentials]
  const row = ({ accessKeyId }: Credentials) => ({ id: accessKeyId })
  await exchanged(
    () => exchange('iam_access_key', row(alice), row(bob), ['secret']),
    async (run) => {
      const answers: Answer[] = []
      for (const { accessKeyId } of [alice, bob]) {
        for (const { secretAccessKey } of [alice, bob]) {
          const answer = await run.call({ accessKeyId, secretAccessKey }, 'sts:GetCallerIdentity', {})
          assert.ok(answer.status >= 400, answer.text)
          assert.match(refusalOf(answer).code, /^(InternalFailure|SignatureDoesNotMatch|InvalidClientTokenId)$/)
          answers.push(answer)
        }
      }
      nothingShown(answers)
    },
  )
})

test('another kind or another key written beside a value: not read', async () => {
  const place = places[0] as Place
  const row = rowOf(place)
  const [other] = rows(`select key_arn from secret_version where region = '${THERE}'`)
  for (const [column, value] of [
    ['kind', 'binary'],
    ['key_arn', other?.key_arn ?? ''],
  ] as const) {
    let kept = value
    const put = () => {
      const db = new DatabaseSync(file)
      const where = 'account = ? and region = ? and version = ? and secret = ?'
      const given = [row.account, row.region, row.version, row.secret] as string[]
      const found = db.prepare(`select ${column} as was from secret_version where ${where}`).get(...given)
      db.prepare(`update secret_version set ${column} = ? where ${where}`).run(kept, ...given)
      kept = (found as { was: string }).was
      db.close()
    }
    await exchanged(put, async (run) => {
      const answer = await read(run, place)
      failsClosed(answer, column)
      nothingShown([answer])
    })
    assert.equal(kept, value)
  }
})

test('one bit changed in a sealed part: not read', async () => {
  const place = places[0] as Place
  const row = rowOf(place)
  const flip = (column: string, at: number) => {
    const db = new DatabaseSync(file)
    const where = 'account = ? and region = ? and version = ? and secret = ?'
    const given = [row.account, row.region, row.version, row.secret] as string[]
    const found = db.prepare(`select ${column} as bytes from secret_version where ${where}`).get(...given)
    const bytes = Buffer.from((found as { bytes: Uint8Array }).bytes)
    const index = at < 0 ? bytes.length + at : at
    bytes[index] = (bytes[index] as number) ^ 1
    db.prepare(`update secret_version set ${column} = ? where ${where}`).run(bytes, ...given)
    db.close()
  }
  for (const column of ['sealed', 'data_key']) {
    for (const at of [0, 1, 20, -1]) {
      await exchanged(
        () => flip(column, at),
        async (run) => {
          const answer = await read(run, place)
          const { code } = refusalOf(answer)
          // A data key whose blob names no key that is here: like one of another account. Source: kms.md 4.3.
          if (!/^(DecryptionFailure|AccessDeniedException)$/.test(code)) assert.ok(answer.status >= 500, answer.text)
          nothingShown([answer])
        },
      )
    }
  }
})

test('after all exchanges were undone everything reads again', async () => {
  await using run = await Run.begin()
  await readsWell(run)
})
