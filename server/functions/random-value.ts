import { ApiError } from '#kernel/error'
import type { Secret } from '#kernel/values/bytes'
import { tell } from './dry-run.ts'
import { passwordOptions } from './environment.ts'
import { type FunctionContext, FunctionFault, type RotationFunction } from './function.ts'
import { finishSecret, isToBeDone } from './steps.ts'

const POLICY = { excludeCharacters: '/@"\'\\', passwordLength: 32 }

/**
 * Rotation of a secret that is one text and has no other place where it is kept: a signing key, a token that services share. The
 * new version is a random text by the password policy of the environment. What AWS publishes as a template for this leaves two
 * steps to be written. Source: rotation.md 8.6, generic.
 */
export const randomRotation: RotationFunction = async (event, context) => {
  const { Step, SecretId: arn, ClientRequestToken: token } = event
  if (Step === 'dryRun') return dryRun(arn, context)
  if (!(await isToBeDone(event, context))) return
  switch (Step) {
    case 'createSecret':
      return createSecret(arn, token, context)
    case 'setSecret':
      return
    case 'testSecret':
      return testSecret(arn, token, context)
    case 'finishSecret':
      return finishSecret({ arn, token, context })
    default:
      throw new FunctionFault(`Invalid step parameter ${Step} for secret ${arn}`)
  }
}

async function createSecret(arn: string, token: string, { secrets, environment, log }: FunctionContext): Promise<void> {
  refuseObject(await secrets.getSecretValue(arn, { VersionStage: 'AWSCURRENT' }))
  if (await isThere(arn, token, secrets)) {
    log(`createSecret: Successfully retrieved secret for ${arn}.`)
    return
  }
  const value = await secrets.getRandomPassword(passwordOptions(POLICY, environment))
  await secrets.putSecretValue(arn, token, value, ['AWSPENDING'])
  log(`createSecret: Successfully put secret for ARN ${arn} and version ${token}.`)
}

async function testSecret(arn: string, token: string, { secrets, log }: FunctionContext): Promise<void> {
  const value = await secrets.getSecretValue(arn, { VersionId: token, VersionStage: 'AWSPENDING' })
  refuseObject(value)
  if (value.reveal() === '') throw new FunctionFault(`The pending version of secret ${arn} is empty`)
  log(`testSecret: The AWSPENDING version of ${arn} can be read.`)
}

/** What a rotation would do, without doing it. */
async function dryRun(arn: string, { secrets, environment, found }: FunctionContext): Promise<void> {
  refuseObject(await secrets.getSecretValue(arn, { VersionStage: 'AWSCURRENT' }))
  const { PasswordLength } = passwordOptions(POLICY, environment)
  tell(found, { state: 'ok', what: `a rotation would make a random text of ${PasswordLength} characters` })
}

/** Whether the pending version has a value already: one token never gets two. */
async function isThere(arn: string, token: string, secrets: FunctionContext['secrets']): Promise<boolean> {
  try {
    await secrets.getSecretValue(arn, { VersionId: token, VersionStage: 'AWSPENDING' })
    return true
  } catch (error) {
    if (error instanceof ApiError && error.code === 'ResourceNotFoundException') return false
    throw error
  }
}

/** A random text in the place of an object would break whoever reads its members. */
function refuseObject(value: Secret): void {
  let parsed: unknown
  try {
    parsed = JSON.parse(value.reveal())
  } catch {
    // the error shows a piece of the text; and a text that is no JSON is what this is for
    parsed = undefined
  }
  if (typeof parsed === 'object' && parsed !== null)
    throw new FunctionFault('the secret value is a JSON object or list: this function makes one plain text of it')
}
