import type { RotateSecretRequest, RotateSecretResponse } from '@aws-sdk/client-secrets-manager'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { principalOf } from '../model/configured.ts'
import * as members from '../model/members.ts'
import {
  cannotInvoke,
  externalRotationNotYet,
  noRotationFunction,
  previousRotation,
  rotationTokenMissing,
  tokenInUse,
} from '../model/refusals.ts'
import type { Rotation, RotationRules } from '../model/rotation.ts'
import { pendingVersion, PROMPT_MS } from '../model/rotation-run.ts'
import { checkRules } from '../model/schedule.ts'
import { live, managerOf, type Secret } from '../model/secret.ts'
import { rotatable } from '../model/rotatable.ts'
import { CURRENT } from '../model/stages.ts'
import { type Env, operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { copyForTest } from '../writing.ts'
import { targetOf } from '../target.ts'

type Rotated = Answer<RotateSecretResponse, 'ARN' | 'Name' | 'VersionId'>

const SERVICE = 'secretsmanager.amazonaws.com'

/**
 * Configures the rotation of a secret and begins one, or a test of it; answers before any step has run. Asked again with the
 * token of a rotation that hangs, that one is tried at once. Source: API_RotateSecret; rotation.md 1, 2, 5; secretsmanager.md
 * 8.17, 10.
 */
export const RotateSecret = operation<RotateSecretRequest, Rotated>()({
  name: 'RotateSecret',
  effect: 'write',
  input: {
    SecretId: required(members.SecretId),
    ClientRequestToken: members.ClientRequestToken,
    RotationLambdaARN: members.RotationLambdaARN,
    RotationRules: members.RotationRules,
    RotateImmediately: members.Flag,
    ExternalSecretRotationMetadata: members.ExternalSecretRotationMetadata,
    ExternalSecretRotationRoleArn: members.ExternalSecretRotationRoleArn,
  },
  errors: ['ResourceNotFoundException', 'InvalidParameterException', 'InvalidRequestException', 'InternalServiceError'],
  audit: { additional: onSecret, response: ({ ARN, VersionId }) => ({ arn: ARN, versionId: VersionId }) },
  target: async (input, { secrets, random }, call) =>
    targetOf(input.SecretId, await secrets.find(input.SecretId), call, random, {
      context: {
        'secretsmanager:RotationLambdaARN': input.RotationLambdaARN || undefined,
        'secretsmanager:ModifyRotationRules': input.RotationRules === undefined ? undefined : 'true',
        'secretsmanager:RotateImmediately':
          input.RotateImmediately === undefined ? undefined : String(input.RotateImmediately),
        'secretsmanager:ExternalSecretRotationRoleArn': input.ExternalSecretRotationRoleArn,
      },
    }),
  async run(input, env, call) {
    const token = input.ClientRequestToken
    if (token === undefined) throw rotationTokenMissing()
    const rules = rulesIn(input.RotationRules)
    if (input.ExternalSecretRotationMetadata || input.ExternalSecretRotationRoleArn) throw externalRotationNotYet()
    const { secrets, rotating } = env
    const found = live(await secrets.find(input.SecretId))
    const secret = rotatable(found, input.RotationLambdaARN)
    const answer = { ARN: secret.arn, Name: secret.name, VersionId: token }
    const managed = managerOf(secret) !== undefined
    const functionArn = managed ? undefined : input.RotationLambdaARN || found.rotation?.functionArn
    if (functionArn === undefined && !managed) throw noRotationFunction()

    const stages = await secrets.stages(secret)
    const run = await secrets.rotations.run(secret)
    const pending = pendingVersion(stages)
    const again = token === (run?.token ?? pending)
    if (!again && (run !== undefined || pending !== undefined)) throw previousRotation()
    // Assumed: the token of the version that is current already is that of a rotation that has ended well.
    if (!again && stages.get(CURRENT) === token) return answer
    if (!again && (await secrets.hasVersion(secret, token))) throw tokenTaken(token, secret)

    if (functionArn !== undefined)
      await checkFunction(env, call, secret, functionArn, input.RotationLambdaARN !== undefined)
    if (run !== undefined) {
      await rotating.retry(secret, run, call.now)
      return answer
    }
    const immediately = input.RotateImmediately !== false
    const rotation = configured(found.rotation, functionArn, rules, immediately, call)
    await rotating.schedule(secret, rotation, call.now, immediately ? call.now + PROMPT_MS : 'window')
    await declared(async () => {
      if (immediately) await rotating.begin(secret, token, call.now)
      // Assumed: without a current value there is nothing to test.
      else if (stages.has(CURRENT) && !again && (await copyForTest(env, call, secret, token)))
        await rotating.beginTest(secret, token, call.now)
    })
    await secrets.changed(secret, call.now)
    return answer
  },
})

interface GivenRules {
  readonly AutomaticallyAfterDays?: number | undefined
  readonly Duration?: string | undefined
  readonly ScheduleExpression?: string | undefined
}

/** The rules of the request, checked; undefined when it has none. */
function rulesIn(given: GivenRules | undefined): RotationRules | undefined {
  if (given === undefined) return undefined
  const rules = {
    automaticallyAfterDays: given.AutomaticallyAfterDays,
    scheduleExpression: given.ScheduleExpression,
    duration: given.Duration,
  }
  checkRules(rules)
  return rules
}

/** The rotation as it is from now on: what the request does not say stays. */
function configured(
  before: Rotation | undefined,
  functionArn: string | undefined,
  rules: RotationRules | undefined,
  immediately: boolean,
  { caller, now }: Call,
): Rotation {
  return {
    enabled: true,
    functionArn,
    rules: rules ?? before?.rules ?? {},
    lastAt: before?.lastAt,
    // A rotation that begins now is the one to count from; otherwise what was counted from stays.
    basedAt: immediately ? now : (before?.basedAt ?? now),
    planned: undefined,
    configuredBy: principalOf(caller),
  }
}

/**
 * The caller needs lambda:InvokeFunction on a function that he names, and its policy must let the service in. Assumed: both
 * are refused with the sentence that is recorded for the second. Source: rotation.md 1.1, 2, 6.
 */
export async function checkFunction(
  env: Env,
  call: Call,
  secret: Secret,
  functionArn: string,
  named: boolean,
): Promise<void> {
  const functions = env.functions()
  const source = { arn: secret.arn, account: secret.account }
  if (named && !(await functions.mayInvoke(functionArn, call))) throw cannotInvoke()
  if (!(await functions.admits(functionArn, SERVICE, source))) throw cannotInvoke()
}

/** Assumed: a token that has made another version is refused in a code that the operation declares. */
function tokenTaken(token: string, secret: Secret): ApiError {
  return new ApiError('InvalidRequestException', tokenInUse(token, secret.arn).message)
}

/** Assumed: quotas of versions and labels are refused in a code that the operation declares. */
async function declared<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (
      error instanceof ApiError &&
      ['LimitExceededException', 'DecryptionFailure', 'EncryptionFailure'].includes(error.code)
    )
      throw new ApiError('InvalidRequestException', error.message, 400, error.denial)
    throw error
  }
}
