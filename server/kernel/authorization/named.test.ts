import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namedPrincipals, renamed } from '#kernel/authorization/named'

const alice = 'arn:aws:iam::111122223333:user/alice'
const app = 'arn:aws:iam::111122223333:role/app'

test('who stands in Principal and NotPrincipal, each once; accounts by their digits; * is nobody in particular', () => {
  const text = JSON.stringify({
    Statement: [
      { Principal: { AWS: [alice, 'arn:aws:iam::444455556666:root', '*', alice], Service: 'lambda.amazonaws.com' } },
      { NotPrincipal: { AWS: ['777788889999', app], Federated: ['arn:aws:iam::1:oidc-provider/x'] } },
      { Principal: '*' },
    ],
  })
  assert.deepEqual(namedPrincipals(text), {
    aws: [alice, app],
    accounts: ['444455556666', '777788889999'],
    services: ['lambda.amazonaws.com'],
    federated: ['arn:aws:iam::1:oidc-provider/x'],
  })
})

test('a principal is renamed where it stands as principal, and nowhere else; the rest stays byte for byte', () => {
  const text = `{ "Statement" : [ {"Sid":"${alice}","Principal" : {"AWS":\n ["${alice}","${app}"]},
    "Condition":{"ArnEquals":{"aws:PrincipalArn":"${alice}"}}, "NotPrincipal":{"AWS":"${alice}"}, "Resource":["${alice}"] } ] }`
  const expected = text
    .replace(`["${alice}","${app}"]},`, `["AIDAALICE","${app}"]},`)
    .replace(`{"AWS":"${alice}"}`, '{"AWS":"AIDAALICE"}')
  assert.equal(renamed(text, new Map([[alice, 'AIDAALICE']])), expected)
})

test('an escaped spelling of a principal is the same principal', () => {
  const text = '{"Statement":{"Principal":{"AWS":"arn:aws:iam::111122223333:user\\/alice"}}}'
  assert.equal(renamed(text, new Map([[alice, 'AIDAALICE']])), '{"Statement":{"Principal":{"AWS":"AIDAALICE"}}}')
})

test('an account of another partition is no account here; * is everybody under AWS only', () => {
  const foreign = 'arn:aws-cn:iam::111122223333:root'
  const text = JSON.stringify({ Statement: { Principal: { AWS: [foreign, '*'], Service: '*', Federated: '*' } } })
  assert.deepEqual(namedPrincipals(text), { aws: [foreign], accounts: [], services: ['*'], federated: ['*'] })
})

test('a principal is renamed however much white space stands between a name and its colon', () => {
  const blank = ' \n'.repeat(2000)
  const text = `{"Statement":{"Principal"${blank}:${blank}{"AWS"${blank}:"${alice}"}}}`
  assert.equal(renamed(text, new Map([[alice, 'AIDAALICE']])), text.replace(alice, 'AIDAALICE'))
})
