import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine, Session } from './function.ts'
import { rotation } from './steps.ts'
import { FakeSecrets } from './test/fake-secrets.ts'

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const nothing = async () => undefined
const session: Session = { probe: nothing, close: nothing, setOwnPassword: nothing, setClone: nothing }
const engine: Engine = {
  names: ['fake'],
  excludeCharacters: '',
  passwordLength: 32,
  usernameLimit: () => undefined,
  clone: (username) => (username.endsWith('_clone') ? username.slice(0, -6) : `${username}_clone`),
  connect: async () => session,
}
const alternating = rotation(engine, {
  keys: [],
  pendingUsername: (run, { username }) => run.otherName(username),
  setSecret: async () => undefined,
})
const value = (username: string) => JSON.stringify({ engine: 'fake', host: 'h', username, password: 'of the test' })

async function dryRun(secrets: FakeSecrets): Promise<string[]> {
  const found: string[] = []
  const event = { Step: 'dryRun', SecretId: ARN, ClientRequestToken: 'dry', RotationToken: '' } as const
  await alternating(event, {
    secrets,
    environment: new Map(),
    log: () => undefined,
    signal: new AbortController().signal,
    found: ({ state, what }) => found.push(`${state} ${what}`),
  })
  return found
}

test('AWSPENDING that stays with AWSCURRENT after a rotation is nothing to warn of', async () => {
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', value('app'), 'AWSPREVIOUS')
  secrets.put(ARN, 'v2', value('app_clone'), 'AWSCURRENT', 'AWSPENDING')
  const found = await dryRun(secrets)
  assert.deepEqual(
    found.filter((line) => !line.startsWith('ok ')),
    [],
  )
  assert.match(found.at(-1) ?? '', /would give user app a new password/)
})

test('AWSPENDING on another version than AWSCURRENT is warned of when it names another user than a rotation would', async () => {
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', value('app'), 'AWSCURRENT')
  secrets.put(ARN, 'v2', value('app_clone'), 'AWSPENDING')
  assert.deepEqual(
    (await dryRun(secrets)).filter((line) => !line.startsWith('ok ')),
    [],
  )
  secrets.put(ARN, 'v3', value('eve'), 'AWSPENDING')
  assert.deepEqual(
    (await dryRun(secrets)).filter((line) => !line.startsWith('ok ')),
    ['warning AWSPENDING names eve on h; a rotation would be for app_clone on h'],
  )
  // a rotation has begun, and its first step has not
  secrets.begin(ARN, 'v4')
  assert.deepEqual(
    (await dryRun(secrets)).filter((line) => !line.startsWith('ok ')),
    [],
  )
})
