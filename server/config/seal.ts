import path from 'node:path'
import type { KmsSettings, Pkcs11Settings, SealSettings } from '#kernel/sealing/settings'
import { Secret } from '#kernel/values/bytes'
import type { OptionName } from './options.ts'
import { isLoopback, readChoice, readPath, readUrl, Unreadable } from './readers.ts'
import type { Environment, Setting } from './settings.ts'

/** What reading the settings of the seal needs: see config.ts. */
interface Given {
  find(name: OptionName): Setting | undefined
  value<T>(name: OptionName, reader: (text: string) => T): T | undefined
  read(setting: Setting): string | undefined
  problem(name: string, what: string, hint?: string): void
}

export const SEAL_KINDS = ['file', 'passphrase', 'shamir', 'kms', 'pkcs11'] as const
type Kind = (typeof SEAL_KINDS)[number]

/** Settings that say by themselves which seal is meant. */
const SETTINGS: Readonly<Record<Kind, readonly OptionName[]>> = {
  file: ['seal-file'],
  passphrase: ['seal-passphrase-file'],
  shamir: ['seal-share-files'],
  kms: ['seal-kms-endpoint', 'seal-kms-key', 'seal-kms-region', 'seal-kms-credentials-file', 'seal-kms-ca'],
  pkcs11: ['seal-pkcs11-module', 'seal-pkcs11-token', 'seal-pkcs11-key', 'seal-pkcs11-pin-file'],
}
/** The same of variables that no flag stands for. */
const VARIABLES: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  passphrase: ['STRONGROOM_SEAL_PASSPHRASE'],
  kms: [
    'STRONGROOM_SEAL_KMS_ACCESS_KEY_ID',
    'STRONGROOM_SEAL_KMS_SECRET_ACCESS_KEY',
    'STRONGROOM_SEAL_KMS_SESSION_TOKEN',
  ],
  pkcs11: ['STRONGROOM_SEAL_PKCS11_PIN'],
}

/** Which seal opens the store, and with what. `region`: the server's own, for want of another. */
export function readSeal(given: Given, env: Environment, directory: string, region: string): SealSettings {
  const kind = kindOf(given, env)
  switch (kind) {
    case 'file':
      return { kind, path: path.resolve(given.value('seal-file', readPath) ?? path.join(directory, 'seal.key')) }
    case 'passphrase':
      return { kind, passphrase: passphraseOf(given, env) }
    case 'shamir':
      return { kind, shareFiles: given.value('seal-share-files', readPaths) ?? [] }
    case 'kms':
      return kmsOf(given, env, region)
    case 'pkcs11':
      return pkcs11Of(given, env)
  }
}

function kindOf({ find, value, problem }: Given, env: Environment): Kind {
  const present = (kind: Kind): readonly string[] => [
    ...(VARIABLES[kind] ?? []).filter((name) => (env[name] ?? '') !== ''),
    ...SETTINGS[kind].flatMap((name) => find(name)?.from ?? []),
  ]
  const asked = value('seal', readChoice(SEAL_KINDS))
  if (asked !== undefined) {
    // Flags win over variables and file: what these say of another seal is for the starts without the flag.
    for (const other of SEAL_KINDS)
      for (const name of other === asked ? [] : present(other))
        if (name.startsWith('--') && find('seal')?.from === '--seal')
          problem(name, `does not belong to --seal ${asked}`, `leave it away, or say --seal ${other}`)
    return asked
  }
  const kinds = SEAL_KINDS.filter((kind) => present(kind).length > 0)
  if (kinds.length > 1) {
    const first = [...kinds.filter((kind) => kind === 'passphrase'), ...kinds.filter((kind) => kind !== 'passphrase')]
    const names = first.map((kind) => present(kind)[0]).join(' and ')
    problem(names, 'exclude each other', 'choose one way to unseal the store')
  }
  return kinds[0] ?? 'file'
}

function passphraseOf({ find, read, problem }: Given, env: Environment): Secret {
  const file = find('seal-passphrase-file')
  const variable = env.STRONGROOM_SEAL_PASSPHRASE ?? ''
  if (file === undefined && variable === '')
    problem('--seal passphrase', 'lacks the passphrase', 'give --seal-passphrase-file or STRONGROOM_SEAL_PASSPHRASE')
  else if (file !== undefined && variable !== '')
    problem(`STRONGROOM_SEAL_PASSPHRASE and ${file.from}`, 'exclude each other', 'choose one way to unseal the store')
  // An editor leaves a line end behind; it is not part of the passphrase.
  const passphrase = file === undefined ? variable : read(file)?.replace(/\r?\n$/, '')
  if (passphrase !== undefined && passphrase !== '' && passphrase.length < 12)
    problem(
      file?.from ?? 'STRONGROOM_SEAL_PASSPHRASE',
      'the passphrase has fewer than 12 characters',
      'take at least five random words',
    )
  return new Secret(passphrase ?? '')
}

function kmsOf({ find, value, read, problem }: Given, env: Environment, region: string): KmsSettings {
  const endpoint = value('seal-kms-endpoint', readEndpoint)
  const keyId = value('seal-kms-key', readKeyId)
  if (find('seal-kms-endpoint') === undefined)
    problem('--seal-kms-endpoint', 'is missing', 'where the other service is: https://kms.eu-central-1.amazonaws.com')
  if (find('seal-kms-key') === undefined)
    problem('--seal-kms-key', 'is missing', 'the id, ARN or alias of a symmetric key there')
  const file = find('seal-kms-credentials-file')
  const text = file === undefined ? undefined : read(file)
  const named = (variable: string, member: string): string =>
    (file === undefined
      ? env[variable]
      : new RegExp(`^\\s*(?:export\\s+)?${member}\\s*=\\s*['"]?([^\\s'"]+)['"]?\\s*$`, 'im').exec(text ?? '')?.[1]) ??
    ''
  const accessKeyId = named('STRONGROOM_SEAL_KMS_ACCESS_KEY_ID', 'aws_access_key_id')
  const secretAccessKey = named('STRONGROOM_SEAL_KMS_SECRET_ACCESS_KEY', 'aws_secret_access_key')
  const sessionToken = named('STRONGROOM_SEAL_KMS_SESSION_TOKEN', 'aws_session_token')
  if ((file === undefined || text !== undefined) && (accessKeyId === '' || secretAccessKey === ''))
    problem(
      file?.from ?? '--seal-kms-credentials-file',
      file === undefined ? 'is missing' : 'has no aws_access_key_id and aws_secret_access_key',
      "a file like AWS's credentials file; or STRONGROOM_SEAL_KMS_ACCESS_KEY_ID and STRONGROOM_SEAL_KMS_SECRET_ACCESS_KEY",
    )
  const ca = value('seal-kms-ca', readPath)
  return {
    kind: 'kms',
    endpoint: endpoint ?? '',
    region: value('seal-kms-region', readRegion) ?? region,
    keyId: keyId ?? '',
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    ...(sessionToken === '' ? {} : { sessionToken: new Secret(sessionToken) }),
    ...(ca === undefined ? {} : { caPath: path.resolve(ca) }),
  }
}

function pkcs11Of({ find, value, read, problem }: Given, env: Environment): Pkcs11Settings {
  for (const [name, hint] of [
    ['seal-pkcs11-module', "the token's library, such as /usr/lib/softhsm/libsofthsm2.so"],
    ['seal-pkcs11-token', 'the label of the token'],
  ] as const)
    if (find(name) === undefined) problem(`--${name}`, 'is missing', hint)
  const file = find('seal-pkcs11-pin-file')
  const pin = file === undefined ? (env.STRONGROOM_SEAL_PKCS11_PIN ?? '') : read(file)?.replace(/\r?\n$/, '')
  if (pin === '')
    problem(
      file?.from ?? '--seal-pkcs11-pin-file',
      file === undefined ? 'is missing' : 'the file is empty',
      'a file with the PIN of the user of the token; or STRONGROOM_SEAL_PKCS11_PIN',
    )
  return {
    kind: 'pkcs11',
    module: path.resolve(value('seal-pkcs11-module', readPath) ?? ''),
    token: value('seal-pkcs11-token', readLabel) ?? '',
    key: value('seal-pkcs11-key', readLabel) ?? 'strongroom-seal',
    pin: new Secret(pin ?? ''),
  }
}

/** Plain http shows the key on the way, so it is for this machine only. */
function readEndpoint(text: string): string {
  const url = new URL(readUrl(text))
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new Unreadable('is plain http to another machine: the network would see the key', 'use https')
  return url.origin
}

function readKeyId(text: string): string {
  if (!/^[\w:/.-]{1,2048}$/.test(text)) throw new Unreadable('is neither id, ARN nor alias of a key')
  return text
}

function readRegion(text: string): string {
  if (!/^[a-z0-9-]{1,64}$/.test(text)) throw new Unreadable('is not a region', 'write it like eu-central-1')
  return text
}

/** Source: PKCS #11, CK_TOKEN_INFO: 32 bytes of UTF-8. */
function readLabel(text: string): string {
  if (text === '' || Buffer.byteLength(text) > 32) throw new Unreadable('is not a label of 1 to 32 bytes')
  return text
}

const readPaths = (text: string): readonly string[] => text.split(',').map((one) => path.resolve(readPath(one.trim())))
