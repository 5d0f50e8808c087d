import { createSecretKey, type KeyObject } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { call, Unacceptable, Unreachable } from '#kernel/outbound/call'
import { Secret } from '#kernel/values/bytes'
import { tell } from './dry-run.ts'
import { authorityOf, membersOf, required, withMembers } from './database-secret.ts'
import { passwordOptions } from './environment.ts'
import { type FunctionContext, type FunctionEvent, FunctionFault, type RotationFunction } from './function.ts'
import { finishSecret, isToBeDone } from './steps.ts'
import { SIGNATURE_HEADER, signature } from './webhook-signature.ts'

/**
 * Rotation of an API key by a URL of one's own, which is told of each step by a signed request. The secret is a JSON object with
 * `apiKey`, `webhook` and `signingsecretarn`; other members stay. The secret with the key of the signatures names the URL that
 * this key is for, so nobody who may write the one secret has requests signed for another URL. docs/how-to/rotate-an-api-key.md
 * says what a receiver does.
 */
export const webhookRotation: RotationFunction = async (event, context) => {
  if (event.Step === 'dryRun') return dryRun(event, context)
  const step = STEPS.get(event.Step)
  if (await isToBeDone(event, context)) {
    if (step === undefined) throw new FunctionFault(`Invalid step parameter ${event.Step} for secret ${event.SecretId}`)
    return step(event, context)
  }
  // the label was moved and then the receiver did not answer: it is told again
  if (event.Step === 'finishSecret') await finished(event, context)
}

const STEPS: ReadonlyMap<string, RotationFunction> = new Map([
  ['createSecret', create],
  ['setSecret', set],
  ['testSecret', test],
  ['finishSecret', finish],
])

const CALL_MS = 30_000
const MOST_BYTES = 64 * 1024
const LONGEST_URL = 2048
const LONGEST_KEY = 8192
const SHORTEST_SIGNING_KEY = 32
const POLICY = { excludeCharacters: '/@"\'\\', passwordLength: 40 }

async function create(event: FunctionEvent, context: FunctionContext): Promise<void> {
  const { SecretId: arn, ClientRequestToken: token } = event
  const { secrets, log } = context
  const current = await read(event, context, 'AWSCURRENT')
  if ((await readIfThere(event, context, 'AWSPENDING', token)) !== undefined) {
    log(`createSecret: Successfully retrieved secret for ${arn}.`)
    return
  }
  // keys stand in headers and files of settings: letters and digits unless somebody says otherwise
  const environment = new Map([['EXCLUDE_PUNCTUATION', 'true'], ...context.environment])
  const proposed = await secrets.getRandomPassword(passwordOptions(POLICY, environment))
  const answer = await told(event, context, current, { apiKey: proposed, currentApiKey: current.apiKey })
  const made = answer.get('apiKey')
  const apiKey = made === undefined || made === null ? proposed : keyOf(made, event)
  const value = withMembers(current.text, { apiKey: apiKey.reveal() })
  await secrets.putSecretValue(arn, token, value, ['AWSPENDING'])
  log(`createSecret: Successfully put secret for ARN ${arn} and version ${token}.`)
}

async function set(event: FunctionEvent, context: FunctionContext): Promise<void> {
  const current = await read(event, context, 'AWSCURRENT')
  const pending = await readPending(event, context, current)
  await told(event, context, current, { apiKey: pending.apiKey, currentApiKey: current.apiKey })
}

async function test(event: FunctionEvent, context: FunctionContext): Promise<void> {
  const current = await read(event, context, 'AWSCURRENT')
  const pending = await readPending(event, context, current)
  await told(event, context, current, { apiKey: pending.apiKey })
}

/** What a rotation would do, without doing it: the receiver is not told. */
async function dryRun(event: FunctionEvent, context: FunctionContext): Promise<void> {
  const current = await read(event, context, 'AWSCURRENT')
  await signingKey(context, current)
  if (context.outside === undefined) throw new FunctionFault('This server calls no webhooks')
  tell(context.found, { state: 'ok', what: 'the secret and its signing secret name the same webhook' })
  tell(context.found, { state: 'ok', what: 'a rotation would tell the webhook of four steps; a dry run does not' })
}

async function finish(event: FunctionEvent, context: FunctionContext): Promise<void> {
  await finishSecret({ arn: event.SecretId, token: event.ClientRequestToken, context })
  await finished(event, context)
}

async function finished(event: FunctionEvent, context: FunctionContext): Promise<void> {
  const current = await read(event, context, 'AWSCURRENT')
  const previous = await readIfThere(event, context, 'AWSPREVIOUS')
  await told(event, context, current, { apiKey: current.apiKey, previousApiKey: previous?.apiKey })
}

/** What the JSON of such a secret says. */
interface KeySecret {
  readonly apiKey: Secret
  readonly webhook: string
  readonly signingsecretarn: string
  readonly ca: string | undefined
  readonly text: Secret
}

async function read(
  { SecretId }: FunctionEvent,
  { secrets }: FunctionContext,
  VersionStage: string,
  VersionId?: string,
): Promise<KeySecret> {
  const version = VersionId === undefined ? { VersionStage } : { VersionStage, VersionId }
  const text = await secrets.getSecretValue(SecretId, version)
  const members = membersOf(text)
  const signingsecretarn = required(members, 'signingsecretarn')
  if (signingsecretarn === SecretId)
    throw new FunctionFault('signingsecretarn of the secret JSON must be the ARN of another secret')
  return {
    apiKey: new Secret(required(members, 'apiKey')),
    webhook: urlOf(required(members, 'webhook')),
    signingsecretarn,
    ca: authorityOf(members),
    text,
  }
}

async function readIfThere(...which: Parameters<typeof read>): Promise<KeySecret | undefined> {
  try {
    return await read(...which)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'ResourceNotFoundException') return undefined
    throw error
  }
}

/** Confused deputy: the pending version goes to the same receiver as the current one. */
async function readPending(event: FunctionEvent, context: FunctionContext, current: KeySecret): Promise<KeySecret> {
  const pending = await read(event, context, 'AWSPENDING', event.ClientRequestToken)
  if (pending.webhook !== current.webhook || pending.signingsecretarn !== current.signingsecretarn)
    throw new FunctionFault(
      `The pending version of secret ${event.SecretId} names another webhook or signing secret than the current one`,
    )
  return pending
}

function urlOf(text: string): string {
  const url = text.length > LONGEST_URL ? null : URL.parse(text)
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '')
    throw new FunctionFault('webhook of the secret JSON must be an https URL without credentials')
  return text
}

function keyOf(made: unknown, { SecretId }: FunctionEvent): Secret {
  if (typeof made === 'string' && made !== '' && made.length <= LONGEST_KEY && made.isWellFormed()) {
    if (!made.includes('\0')) return new Secret(made)
  }
  throw new FunctionFault(
    `The webhook of secret ${SecretId} answered an apiKey that is no text of 1 to ${LONGEST_KEY} characters`,
    'WebhookError',
  )
}

/** The key of the signatures, read with the rights of who set the rotation up. */
async function signingKey({ secrets }: FunctionContext, { signingsecretarn, webhook }: KeySecret): Promise<KeyObject> {
  const members = membersOf(await secrets.getSecretValue(signingsecretarn, { VersionStage: 'AWSCURRENT' }))
  if (required(members, 'webhook') !== webhook)
    throw new FunctionFault(`The signing secret ${signingsecretarn} is for another webhook than that of the secret`)
  const key = required(members, 'signingKey')
  if (key.length < SHORTEST_SIGNING_KEY)
    throw new FunctionFault(
      `signingKey of the signing secret ${signingsecretarn} has fewer than ${SHORTEST_SIGNING_KEY} characters`,
    )
  return createSecretKey(key, 'utf8')
}

type Keys = Readonly<Record<'apiKey', Secret>> &
  Readonly<Partial<Record<'currentApiKey' | 'previousApiKey', Secret | undefined>>>

/** Tells the receiver of a step; answers the members of what it says. Nothing of its URL or its answer is told on. */
async function told(
  event: FunctionEvent,
  context: FunctionContext,
  secret: KeySecret,
  keys: Keys,
): Promise<ReadonlyMap<string, unknown>> {
  const { Step: step, SecretId: secretArn, ClientRequestToken: token } = event
  const { outside, log, signal } = context
  if (outside === undefined) throw new FunctionFault('This server calls no webhooks')
  const key = await signingKey(context, secret)
  const revealed = Object.entries(keys).map(([name, value]) => [name, value?.reveal()])
  const body = JSON.stringify({ step, secretArn, token, ...Object.fromEntries(revealed) })
  const failed = (what: string): FunctionFault =>
    new FunctionFault(`The webhook of secret ${secretArn} ${what}`, 'WebhookError')
  try {
    const { status, body: said } = await call(
      {
        url: secret.webhook,
        method: 'POST',
        headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature(body, key, outside.now()) },
        body,
        mostBytes: MOST_BYTES,
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
      },
      { ...outside.reach, ca: secret.ca },
    )
    if (status < 200 || status > 299)
      throw failed(`answered with ${status}${status < 400 && status >= 300 ? ': redirects are not followed' : ''}`)
    log(`${step}: The webhook of ${secretArn} answered with ${status}.`)
    return said.trim() === '' ? new Map() : membersOf(new Secret(said))
  } catch (error) {
    if (signal.aborted) throw new FunctionFault(`the step ${step} was stopped`, 'Stopped')
    if (error instanceof Unreachable || error instanceof Unacceptable) {
      // why is for the operator: nobody may find out by a webhook what there is in our network
      log(`${step}: The webhook of ${secretArn} was not called, or its answer not taken: ${error.message}.`)
      throw failed(error instanceof Unreachable ? 'does not answer' : 'is not one that is called, or its answer none')
    }
    if (error instanceof FunctionFault && error.type !== 'WebhookError')
      throw failed('answered something else than JSON')
    throw error
  }
}
