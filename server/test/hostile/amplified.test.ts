import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Draft, jsonDraft, refusalOf } from '../registry/client.ts'
import { open, type World } from '../registry/world.ts'

/** A caller without any permission must not get much more back, or make much more work, than what was sent. */

let world: World
before(async () => {
  world = await open({ level: 'error' })
})
after(() => world[Symbol.asyncDispose]())

const bodies: readonly (readonly [string, string])[] = [
  ['kms:CreateKey', `{"Tags":[${'{},'.repeat(340_000)}{}]}`],
  ['kms:Encrypt', `{"KeyId":"a","Plaintext":"AAAA","EncryptionContext":{${'"a":"","b":1,'.repeat(50_000)}"c":""}}`],
  ['secretsmanager:CreateSecret', `{"Name":"a","Tags":[${'{"Key":""},'.repeat(90_000)}{}]}`],
  ['secretsmanager:ListSecrets', `{"Filters":[${'{"Values":[]},'.repeat(70_000)}{}]}`],
  ['secretsmanager:UntagResource', `{"SecretId":"a","TagKeys":[${'"",'.repeat(330_000)}""]}`],
  ['secretsmanager:GetSecretValue', `{"SecretId":"${'a'.repeat(1_000_000)}"}`],
  ['secretsmanager:PutSecretValue', `{"SecretId":"${'\\"'.repeat(500_000)}"}`],
]
for (const [action, body] of bodies) {
  test(`${action}: a body of a megabyte gets an answer of no more than three`, async () => {
    const { service, name } = world.entry(action)
    const answer = await world.ask(service, jsonDraft(service, name, body), world.nobody)
    assert.equal(answer.status, 400)
    assert.match(refusalOf(answer).code, /^(ValidationException|SerializationException)$/)
    assert.ok(answer.text.length < 3 * body.length + 10_000, `${body.length} bytes, answered by ${answer.text.length}`)
  })
}

const forms: readonly string[] = [
  Array.from({ length: 9900 }, (_, n) => `Tags.member.${n}.X=1`).join('&'),
  Array.from({ length: 9900 }, (_, n) => `Tags.member.${n}.Key=`).join('&'),
  `UserName=${'a'.repeat(1_000_000)}`,
  `UserName=${'&'.repeat(1_000_000)}`,
  `UserName=${'%26'.repeat(300_000)}`,
  Array.from({ length: 50_000 }, (_, n) => `a${n}=1`).join('&'),
]
for (const form of forms) {
  test(`a form of ${form.length} bytes (${form.slice(0, 20)}...) gets an answer of no more than six times its size`, async () => {
    const { service } = world.entry('iam:CreateUser')
    const draft: Draft = {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `Action=CreateUser&Version=2010-05-08&${form}`,
    }
    const answer = await world.ask(service, draft, world.nobody)
    assert.ok(answer.status >= 400 && answer.status < 500, answer.text.slice(0, 300))
    assert.ok(answer.text.length < 6 * form.length + 50_000, `${form.length} bytes, answered by ${answer.text.length}`)
  })
}
