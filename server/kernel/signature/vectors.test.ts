import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { ACCESS_KEY_ID, credential, NOW, raw, SECRET_ACCESS_KEY } from '../../test/signature/signer.ts'
import { SigningKeys } from './keys.ts'
import { parseCredentials, verifySignature } from './verify.ts'

/** A request, signed elsewhere; `authorization` is left out where the target carries the signature. */
interface Vector {
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly target: string
  /** Besides host and date. */
  readonly headers?: readonly string[]
  readonly body?: string
  readonly service?: string
  readonly region?: string
  readonly keyId?: string
  readonly signedHeaders?: string
  readonly signature?: string
}

const TOKEN = 'FwoGZXIvYXdzEXAMPLE//token+with/odd=chars=='
const SESSION_KEY_ID = 'ASIAIOSFODNN7EXAMPLE'
const JSON_TYPE = ['Content-Type', 'application/x-amz-json-1.1']

async function verifies(request: ReturnType<typeof raw>, now: number, service: string, region: string) {
  const presented = parseCredentials(request)
  const found = await verifySignature(presented, request, {
    now,
    service: { signingName: service, clockWindowMinutes: 5 },
    regions: [region],
    keys: new SigningKeys(),
    find: async (accessKeyId) =>
      credential({
        accessKeyId,
        secret: new Secret(SECRET_ACCESS_KEY),
        ...(accessKeyId === SESSION_KEY_ID
          ? { sessionToken: { digest: hash('sha256', TOKEN, 'buffer'), expiresAt: now + 1 } }
          : {}),
      }),
  })
  assert.equal(found.accessKeyId, presented?.accessKeyId)
}

function authorization(vector: Vector, keyId: string, date: string, region: string, service: string): string[] {
  if (vector.signature === undefined) return []
  const value =
    `AWS4-HMAC-SHA256 Credential=${keyId}/${date}/${region}/${service}/aws4_request, ` +
    `SignedHeaders=${vector.signedHeaders}, Signature=${vector.signature}`
  return ['Authorization', value]
}

/** Signed at 2026-01-02T03:04:05Z by botocore 1.43.11, another signer than the one that the other tests use. */
const BOTOCORE: readonly Vector[] = [
  {
    name: 'a JSON call',
    method: 'POST',
    target: '/',
    headers: [...JSON_TYPE, 'X-Amz-Target', 'secretsmanager.GetSecretValue'],
    body: '{"SecretId":"prod/db"}',
    signedHeaders: 'content-type;host;x-amz-date;x-amz-target',
    signature: '3bd535c7de69dd799c66602e41ccb30a7beda61ba08e373f214d3f9a62e35ff0',
  },
  {
    name: 'a host without its default port',
    method: 'POST',
    target: '/',
    headers: [
      'Host',
      'secretsmanager.eu-west-1.amazonaws.com',
      ...JSON_TYPE,
      'X-Amz-Target',
      'secretsmanager.ListSecrets',
    ],
    body: '{}',
    region: 'eu-west-1',
    signedHeaders: 'content-type;host;x-amz-date;x-amz-target',
    signature: '3f26849958065761329c133705e03d42c9a4c17d3972e796421258a9f2ef98f1',
  },
  {
    name: 'a session token',
    method: 'POST',
    target: '/',
    headers: [...JSON_TYPE, 'X-Amz-Target', 'TrentService.Decrypt', 'X-Amz-Security-Token', TOKEN],
    body: '{}',
    service: 'kms',
    keyId: SESSION_KEY_ID,
    signedHeaders: 'content-type;host;x-amz-date;x-amz-security-token;x-amz-target',
    signature: 'c31001a0dcac7495ff74b9143266b893112f05691dcf702c3b8c6ce5b6a3e045',
  },
  {
    name: 'a body in UTF-8',
    method: 'POST',
    target: '/',
    headers: [...JSON_TYPE, 'X-Amz-Target', 'secretsmanager.CreateSecret'],
    body: '{"Name":"ключ","SecretString":"秘密"}',
    signedHeaders: 'content-type;host;x-amz-date;x-amz-target',
    signature: '77b9836e71675c596ca4e929014b852af2c6fb5df0050bbfefad4118818f2610',
  },
  {
    name: 'the form of a Query call',
    method: 'POST',
    target: '/',
    headers: ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
    service: 'sts',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: '2fc574afb89ee08bec12adbc40052c9cc23a4cd11193592aa18b198b7d7d22ae',
  },
  {
    name: 'repeated blanks in a header, also inside quotes',
    method: 'POST',
    target: '/',
    headers: [...JSON_TYPE, 'X-Note', '  a   "b   c"  '],
    body: '{}',
    signedHeaders: 'content-type;host;x-amz-date;x-note',
    signature: '890419ccd4f17ded378dc0b10cf5cc996e2dcb7da2053625f91af005c88c1aff',
  },
  {
    name: 'a Query call by GET',
    method: 'GET',
    target: '/?Action=GetCallerIdentity&Version=2011-06-15',
    service: 'sts',
    signedHeaders: 'host;x-amz-date',
    signature: '9fff5aa685a74a455dc3c5a56eb66b6434407e4b12ad53d8f7f9c29ec2ba6f57',
  },
  {
    name: 'an empty query value and unsorted names',
    method: 'GET',
    target: '/?b=&a=2&a=1&B=x&a-b=3',
    service: 'sts',
    signedHeaders: 'host;x-amz-date',
    signature: '144353af34d4bd343f223588834cc0d3f8b500aba9e000c79f3cbdba979ace19',
  },
  {
    name: 'a query name without an equal-sign',
    method: 'GET',
    target: '/?b&a=2&a=1&B=x&a-b=3',
    service: 'sts',
    signedHeaders: 'host;x-amz-date',
    signature: '144353af34d4bd343f223588834cc0d3f8b500aba9e000c79f3cbdba979ace19',
  },
  {
    name: 'an encoded path under a prefix',
    method: 'POST',
    target: '/proxy/a%20b/%C3%A9/',
    headers: JSON_TYPE,
    body: '{}',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: '353454d4e53c64ef3c9d669c17f303237fe3baa6c2d1b4b029ccb167ff5aae42',
  },
  {
    name: 'a presigned call',
    method: 'GET',
    target:
      '/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE' +
      '%2F20260102%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900' +
      '&X-Amz-SignedHeaders=host&X-Amz-Signature=35d74947201812763c7cf82adf0afb7d56057cbad466b96428a32e4850878bdd',
    service: 'sts',
  },
  {
    name: 'a presigned call with a session token and a signed header, as EKS makes them',
    method: 'GET',
    target:
      '/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAIOSFODNN7EXAMPLE' +
      '%2F20260102%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=' +
      'host%3Bx-k8s-aws-id&X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE%2F%2Ftoken%2Bwith%2Fodd%3Dchars%3D%3D' +
      '&X-Amz-Signature=7eddff588f414465e190bdbcf358ed45d3617952261cf6bb23de8c19b7348bf3',
    headers: ['x-k8s-aws-id', 'cluster'],
    service: 'sts',
  },
]

for (const vector of BOTOCORE) {
  test(`verifySignature accepts ${vector.name} that botocore signed`, async () => {
    const { headers = [], service = 'secretsmanager', region = 'us-east-1', keyId = ACCESS_KEY_ID } = vector
    const host = headers.includes('Host') ? [] : ['Host', 'localhost:4566']
    const date = vector.signature === undefined ? [] : ['X-Amz-Date', '20260102T030405Z']
    const signed = authorization(vector, keyId, '20260102', region, service)
    const request = raw(vector.method, vector.target, [...host, ...headers, ...date, ...signed], vector.body)
    await verifies(request, NOW, service, region)
  })
}

/** Signatures of AWS's public SigV4 test suite: service `service`, 2015-08-30T12:36:00Z, AKIDEXAMPLE. */
const SUITE: readonly Vector[] = [
  {
    name: 'get-vanilla',
    method: 'GET',
    target: '/',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'post-vanilla',
    method: 'POST',
    target: '/',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    method: 'GET',
    target: '/?Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'get-vanilla-utf8-query',
    method: 'GET',
    target: '/?%E1%88%B4=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  {
    // The suite's path is three raw bytes, shown here as the latin1 text that Node makes of them.
    name: 'get-utf8',
    method: 'GET',
    target: '/\u00e1\u0088\u00b4',
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  {
    name: 'get-slash-dot-slash and its kind',
    method: 'GET',
    target: '//example1/./example2/../..',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-slashes',
    method: 'GET',
    target: '//example//',
    signature: '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
  },
  {
    name: 'get-slash-pointless-dot',
    method: 'GET',
    target: '/./example',
    signature: 'ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5',
  },
  {
    name: 'post-x-www-form-urlencoded',
    method: 'POST',
    target: '/',
    headers: ['Content-Type', 'application/x-www-form-urlencoded'],
    body: 'Param1=value1',
    signedHeaders: 'content-type;host;x-amz-date',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
  {
    name: 'get-header-value-trim',
    method: 'GET',
    target: '/',
    headers: ['My-Header1', ' value1', 'My-Header2', ' "a   b   c"'],
    signedHeaders: 'host;my-header1;my-header2;x-amz-date',
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    name: 'get-header-value-order',
    method: 'GET',
    target: '/',
    headers: ['My-Header1', 'value2', 'My-Header1', 'value2', 'My-Header1', 'value1'],
    signedHeaders: 'host;my-header1;x-amz-date',
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
]

for (const vector of SUITE) {
  test(`verifySignature accepts ${vector.name} of AWS's SigV4 test suite`, async () => {
    const full = { signedHeaders: 'host;x-amz-date', ...vector }
    const signed = authorization(full, 'AKIDEXAMPLE', '20150830', 'us-east-1', 'service')
    const headers = [
      'Host',
      'example.amazonaws.com',
      ...(vector.headers ?? []),
      'X-Amz-Date',
      '20150830T123600Z',
      ...signed,
    ]
    const request = raw(vector.method, vector.target, headers, vector.body)
    await verifies(request, Date.UTC(2015, 7, 30, 12, 36), 'service', 'us-east-1')
  })
}
