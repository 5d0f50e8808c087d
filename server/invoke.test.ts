import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '#kernel/call'
import { systemClock } from '#kernel/clock'
import { ApiError } from '#kernel/error'
import { openLog } from '#kernel/log'
import { reachOf } from './functions/settings.ts'
import { type InvokeParts, invoker } from './invoke.ts'

/** What built-in functions are given to run with: their environment, and the principal that acts. */

const ACCOUNT = '111122223333'
const SECRET = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:token-AbCdEf`
const FUNCTION = `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:StrongroomRandomRotation`

async function created(parts: Partial<InvokeParts>) {
  const asked: { operation: string; input: Record<string, unknown>; who: string }[] = []
  const local = async (target: string, input: unknown, caller: Caller) => {
    const operation = target.replace('secretsmanager.', '')
    asked.push({ operation, input: input as Record<string, unknown>, who: caller.arn })
    if (operation === 'DescribeSecret') return { VersionIdsToStages: { one: ['AWSCURRENT'], two: ['AWSPENDING'] } }
    if (operation === 'GetRandomPassword') return { RandomPassword: 'random' }
    if (operation !== 'GetSecretValue') return {}
    return (input as { VersionId?: string }).VersionId === 'two' ? notThere() : { SecretString: 'first' }
  }
  const invoke = invoker({
    local,
    principals: { principal: async () => undefined } as unknown as InvokeParts['principals'],
    log: openLog({ level: 'silent', form: 'json', clock: systemClock, to: { write: () => true } }),
    clock: systemClock,
    ...parts,
  })
  const event = { Step: 'createSecret', SecretId: SECRET, ClientRequestToken: 'two', RotationToken: 'r' } as const
  const context = {
    account: ACCOUNT,
    region: 'eu-central-1',
    configuredBy: undefined,
    signal: new AbortController().signal,
  }
  const ended = await invoke(FUNCTION, event, context)
  return { ended, asked, password: asked.find(({ operation }) => operation === 'GetRandomPassword')?.input }
}

function notThere(): never {
  throw new ApiError('ResourceNotFoundException', 'none')
}

const setup = {
  environmentOf: (name: string) =>
    new Map(name === 'StrongroomRandomRotation' ? [['PASSWORD_LENGTH', '50'] as const] : []),
  authorities: undefined,
  reach: reachOf([]),
}

test('without settings a function has no environment', async () => {
  const { ended, password } = await created({})
  assert.deepEqual(ended, { ok: true })
  assert.equal(password?.PasswordLength, 32)
})

test("the server's environment counts, and an account's comes before it", async () => {
  assert.equal((await created({ setup })).password?.PasswordLength, 50)
  const asked: string[][] = []
  const { password } = await created({
    setup,
    environments: async (...which) => {
      asked.push(which)
      return new Map([
        ['PASSWORD_LENGTH', '60'],
        ['EXCLUDE_NUMBERS', 'true'],
      ])
    },
  })
  assert.deepEqual([password?.PasswordLength, password?.ExcludeNumbers], [60, true])
  assert.deepEqual(asked, [[ACCOUNT, 'eu-central-1', 'StrongroomRandomRotation']])
})

test('an environment that does not do fails the step, and nobody is asked for anything', async () => {
  for (const [variable, value, words] of [
    ['PASSWORD_LENGTH', '0', 'PASSWORD_LENGTH must be a whole number from 1 to 4096'],
    ['DB_CA_FILE', '/etc/passwd', 'DB_CA_FILE names a file of the server: its operator sets it'],
  ] as const) {
    const { ended, asked } = await created({ setup, environments: async () => new Map([[variable, value]]) })
    assert.deepEqual(ended, {
      ok: false,
      errorType: 'ValueError',
      errorMessage: `The environment of StrongroomRandomRotation does not do: ${words}`,
    })
    assert.deepEqual(asked, [])
  }
})

test('a function acts as a role of the account, and passes its RotationToken', async () => {
  const { asked } = await created({})
  assert.deepEqual(new Set(asked.map(({ who }) => who)).size, 1)
  assert.match(
    asked[0]?.who ?? '',
    /^arn:aws:sts::111122223333:assumed-role\/AWSServiceRole\w+\/StrongroomRandomRotation$/,
  )
  assert.equal(asked.find(({ operation }) => operation === 'PutSecretValue')?.input.RotationToken, 'r')
})
