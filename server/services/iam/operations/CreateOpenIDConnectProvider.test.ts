import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, document, START, trial } from '../test/trial.ts'

const PRINT = '0123456789abcdefABCDEF0123456789abcdef01'

test('CreateOpenIDConnectProvider answers ARN and tags, GetOpenIDConnectProvider the rest, its URL without scheme (access.md 3.4)', async () => {
  await using iam = await trial()
  const Tags = [{ Key: 'team', Value: 'red' }]
  const OpenIDConnectProviderArn = `arn:aws:iam::${ACCOUNT}:oidc-provider/Token.example.com/path/`
  const made = await iam.call('CreateOpenIDConnectProvider', {
    Url: 'https://Token.example.com/path/',
    ClientIDList: ['b', 'a', 'b'],
    ThumbprintList: [PRINT],
    Tags,
  })
  assert.deepEqual(made, { OpenIDConnectProviderArn, Tags })
  assert.deepEqual(await iam.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn }), {
    Url: 'Token.example.com/path/',
    ClientIDList: ['b', 'a'],
    ThumbprintList: [PRINT],
    CreateDate: new Date(START),
    Tags,
  })
  // Who checks tokens compares thumbprints in lower case.
  const found = await iam.storage.unit('read', (unit) =>
    iam.iam.identities(unit).provider(ACCOUNT, 'Token.example.com/path/'),
  )
  assert.deepEqual(found?.thumbprints, [PRINT.toLowerCase()])
})

test('CreateOpenIDConnectProvider needs a URL only; a slash at its end makes another provider', async () => {
  await using iam = await trial()
  const Url = 'https://example.com'
  const { OpenIDConnectProviderArn } = await iam.call('CreateOpenIDConnectProvider', { Url })
  await iam.refused(
    'CreateOpenIDConnectProvider',
    { Url },
    'EntityAlreadyExists',
    'Provider with url https://example.com already exists.',
  )
  await iam.call('CreateOpenIDConnectProvider', { Url: `${Url}/`, ThumbprintList: [], ClientIDList: [] })
  const got = await iam.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn })
  assert.deepEqual([got.ClientIDList, got.ThumbprintList, 'Tags' in got], [[], [], false])
})

test('CreateOpenIDConnectProvider refuses what AWS refuses (access.md 3.5)', async () => {
  await using iam = await trial({ providers: 1 })
  const Url = 'https://example.com'
  const refused = (more: object, code: string, text: string | RegExp) =>
    iam.refused('CreateOpenIDConnectProvider', { Url, ...more }, code, text)
  await refused({ Url: 'http://example.com' }, 'InvalidInput', 'Invalid Open ID Connect Provider URL')
  await refused({ Url: `https://${'a'.repeat(248)}` }, 'ValidationError', /length less than or equal to 255/)
  const six = Array.from({ length: 6 }, () => PRINT)
  await refused({ ThumbprintList: six }, 'InvalidInput', 'Thumbprint list must contain fewer than 5 entries.')
  await refused({ ThumbprintList: ['x'.repeat(40)] }, 'InvalidInput', 'Invalid thumbprint.')
  await refused({ ThumbprintList: ['a'.repeat(39)] }, 'ValidationError', /length greater than or equal to 40/)
  await refused({ ClientIDList: ['a'.repeat(256)] }, 'ValidationError', /length less than or equal to 255/)
  const many = Array.from({ length: 101 }, (_, n) => `id-${n}`)
  const quota = 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100'
  await refused({ ClientIDList: many }, 'LimitExceeded', quota)
  const twice = [
    { Key: 'a', Value: '' },
    { Key: 'A', Value: '' },
  ]
  await refused({ Tags: twice }, 'InvalidInput', /^Duplicate tag keys/)
  assert.deepEqual(await iam.call('ListOpenIDConnectProviders'), { OpenIDConnectProviderList: [] })
  await iam.call('CreateOpenIDConnectProvider', { Url, ClientIDList: many.slice(1), ThumbprintList: six.slice(1) })
  const full = 'Cannot exceed quota for OpenIdConnectProvidersPerAccount: 1'
  await refused({ Url: `${Url}/other` }, 'LimitExceeded', full)
})

test('CreateOpenIDConnectProvider is allowed on its ARN; with tags iam:TagOpenIDConnectProvider must be too', async () => {
  await using iam = await trial()
  const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/example.com`
  const alice = await iam.user('alice', document('iam:CreateOpenIDConnectProvider', arn))
  const other = `User: ${alice.arn} is not authorized to perform: iam:CreateOpenIDConnectProvider on resource: arn:aws:iam::${ACCOUNT}:oidc-provider/other.example because no identity-based policy allows the iam:CreateOpenIDConnectProvider action`
  await iam.refused('CreateOpenIDConnectProvider', { Url: 'https://other.example' }, 'AccessDenied', other, alice)
  const Url = 'https://example.com'
  const Tags = [{ Key: 'a', Value: 'b' }]
  const tagging = /perform: iam:TagOpenIDConnectProvider on resource/
  await iam.refused('CreateOpenIDConnectProvider', { Url, Tags }, 'AccessDenied', tagging, alice)
  await iam.call('CreateOpenIDConnectProvider', { Url }, alice)
})
