import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { selfSigned } from '../test/certificate.ts'
import { noSettings, reachOf, SettingsError, setUpFunctions } from './settings.ts'

const home = mkdtempSync(join(tmpdir(), 'strongroom-settings-'))
after(() => rmSync(home, { recursive: true }))
const file = (name: string, content: unknown): string => {
  const path = join(home, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const setUp = (content: unknown) =>
  setUpFunctions({ ...noSettings, environmentPath: file('environment.json', content) })
const POSTGRES = 'SecretsManagerRDSPostgreSQLRotationSingleUser'

test('variables of all functions, and those of one, which come first', () => {
  const { environmentOf } = setUp({
    PASSWORD_LENGTH: 40,
    EXCLUDE_PUNCTUATION: true,
    [POSTGRES]: { PASSWORD_LENGTH: '50' },
  })
  assert.deepEqual(Object.fromEntries(environmentOf(POSTGRES)), { PASSWORD_LENGTH: '50', EXCLUDE_PUNCTUATION: 'true' })
  assert.deepEqual(Object.fromEntries(environmentOf('other')), { PASSWORD_LENGTH: '40', EXCLUDE_PUNCTUATION: 'true' })
  assert.equal(setUpFunctions(noSettings).environmentOf(POSTGRES).size, 0)
})

test('DB_CA_FILE is read once, beside the file that names it', () => {
  const [one, other] = [selfSigned().certificate, selfSigned().certificate]
  file('ca.pem', `of ours\n${one}\n${other}`)
  const { authorities, environmentOf } = setUp({ DB_CA_FILE: 'ca.pem' })
  assert.equal(authorities, `${one.trim()}\n${other.trim()}`)
  assert.equal(environmentOf(POSTGRES).size, 0)
  rmSync(join(home, 'ca.pem'))
  assert.throws(() => setUp({ DB_CA_FILE: 'ca.pem' }), /ca\.pem can not be read \(ENOENT\)/)
})

test('what does not do stops the start, and says why', () => {
  for (const [content, words] of [
    ['', /is no JSON$/],
    ['[]', /is no JSON object$/],
    ['null', /is no JSON object$/],
    [{ PASSWORD_LENGTH: '0' }, /: PASSWORD_LENGTH must be a whole number from 1 to 4096$/],
    [{ PASSWORD_LENGTH: ['8'] }, /is neither text, number/],
    [{ NoSuchFunction: {} }, /^NoSuchFunction in .* is no built-in function$/],
    [{ toString: {} }, /is no built-in function$/],
    [{ [POSTGRES]: { PASSWORD_LENGTH: 3 } }, new RegExp(`${POSTGRES}: PASSWORD_LENGTH is less than the 4 types`)],
    [{ [POSTGRES]: { DB_CA_FILE: '/x' } }, /DB_CA_FILE names a file of the server/],
    [{ PASSWORD_LENGTH: 8, [POSTGRES]: { EXCLUDE_NUMBERS: 'maybe' } }, /neither true nor false/],
    [{ DB_CA_FILE: '/dev/zero' }, /^\/dev\/zero is no file$/],
    [' '.repeat(70_000), /is longer than 65536 bytes$/],
  ] as const)
    assert.throws(
      () => setUp(content),
      (error) => error instanceof SettingsError && words.test(error.message),
      JSON.stringify(content),
    )
  file('empty.pem', 'nothing')
  assert.throws(() => setUp({ DB_CA_FILE: 'empty.pem' }), /has no certificate/)
  file('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')
  assert.throws(() => setUp({ DB_CA_FILE: 'broken.pem' }), /certificate 1 in .* can't be read/)
  symlinkSync('/dev/zero', join(home, 'endless'))
  assert.throws(() => setUpFunctions({ ...noSettings, environmentPath: join(home, 'endless') }), /is no file/)
})

test('webhooks reach public addresses, and what the operator names', () => {
  const { mayConnect } = reachOf([])
  for (const address of ['10.0.0.1', '127.0.0.1', '::1', '169.254.169.254', '::ffff:10.0.0.1', '0.0.0.0'])
    assert.equal(mayConnect(address, 'hooks.internal'), false)
  assert.equal(mayConnect('1.1.1.1', 'hooks.internal'), true)
  const named = reachOf(['hooks.internal', '10.1.0.0/16', '192.168.7.7', 'fd00:1::/32'])
  for (const [address, host, answer] of [
    ['172.16.0.1', 'hooks.internal', true],
    ['172.16.0.1', 'other.internal', false],
    ['172.16.0.1', 'x.hooks.internal', false],
    ['10.1.255.255', 'any', true],
    ['10.2.0.0', 'any', false],
    ['192.168.7.7', '192.168.7.7', true],
    ['192.168.7.8', '192.168.7.8', false],
    ['fd00:1::5', 'any', true],
    ['fd00:2::5', 'any', false],
  ] as const)
    assert.equal(named.mayConnect(address, host), answer, `${address} of ${host}`)
})
