import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { newKey } from '../test/issuer.ts'
import { readStaticJwks, StaticKeysError } from './static.ts'

const place = mkdtempSync(join(tmpdir(), 'strongroom-keys-'))
after(() => rmSync(place, { recursive: true }))
const key = newKey('ES256', 'k1')
let count = 0

function file(content: unknown, mode = 0o644): string {
  const path = join(place, `file${count++}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  chmodSync(path, mode)
  return path
}

const good = (issuer = 'https://token.example.com') => ({ issuer, keys: [key.jwk] })

function refused(path: string, message: RegExp): void {
  assert.throws(
    () => readStaticJwks(path),
    (error) => {
      assert.ok(error instanceof StaticKeysError, String(error))
      assert.match(error.message, message)
      assert.ok(error.hint.length > 0 && !error.message.includes('hint'))
      return true
    },
  )
}

test('keys are read from a file, and from all the files of a directory', () => {
  const one = readStaticJwks(file(good()))
  assert.deepEqual([...one.keys()], ['https://token.example.com'])
  assert.deepEqual(
    one.get('https://token.example.com')?.map(({ kid }) => kid),
    ['k1'],
  )
  const directory = join(place, 'directory')
  mkdirSync(directory)
  for (const name of ['a.json', 'b.json', '.hidden.json', 'notes.txt']) {
    writeFileSync(join(directory, name), JSON.stringify(good(`https://${name}`)))
  }
  assert.deepEqual([...readStaticJwks(directory).keys()], ['https://a.json', 'https://b.json'])
  writeFileSync(join(directory, 'c.json'), JSON.stringify(good('https://a.json')))
  refused(directory, /gives keys of https:\/\/a\.json a second time/)
})

test('what others may change is refused', () => {
  refused(file(good(), 0o666), /may be changed by others/)
  refused(file(good(), 0o664), /may be changed by others/)
  const path = file(good())
  const self = process.geteuid?.() ?? 0
  // Root's own files are anybody's to trust: then the file is given away.
  if (self === 0) chownSync(path, 65_534, 65_534)
  assert.throws(() => readStaticJwks(path, self === 0 ? 0 : self + 1), StaticKeysError)
})

test('what is not of the form is refused, and nothing of it is told', () => {
  refused(file('not json'), /is no JSON$/)
  refused(file('{"secret":"hunter2"'), /^(?!.*hunter2)/s)
  refused(file([]), /names no issuer/)
  refused(file({ keys: [key.jwk] }), /names no issuer/)
  refused(file({ ...good(), issuer: 'token.example.com' }), /names no issuer/)
  refused(file({ issuer: 'https://a' }), /has no keys/)
  refused(file({ issuer: 'https://a', keys: [] }), /has no key that tokens can be signed with/)
  refused(file({ issuer: 'https://a', keys: [{ kty: 'OKP' }] }), /has no key that tokens can be signed with/)
  refused(file(`${JSON.stringify(good())}${' '.repeat(300_000)}`), /has more than/)
})

test('a private key, or a shared secret, does not belong there', () => {
  const priv = { ...key.privateKey.export({ format: 'jwk' }), kid: 'k1' }
  refused(file({ issuer: 'https://a', keys: [priv] }), /has a private key/)
  refused(file({ issuer: 'https://a', keys: [key.jwk, { kty: 'oct', k: 'AAAA' }] }), /has a private key/)
})

test('a path that is not there is an error of the system', () => {
  assert.throws(() => readStaticJwks(join(place, 'absent')), { code: 'ENOENT' })
})
