import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  type SecretsManager,
  SecretsManagerServiceException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import {
  type Answer,
  type Call,
  contentOf,
  isOwn,
  type Made,
  type Of,
  type Op,
  type Outcome,
  type OwnOp,
  type Person,
  type Value,
} from './call.ts'
import { makeOwn } from './making-own.ts'
import type { Nodes } from './nodes.ts'
import { answeredValue } from './observe.ts'

/** Members with a value only. */
function present<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

const payload = (value: Value | undefined) =>
  value === undefined
    ? {}
    : value.kind === 'string'
      ? { SecretString: value.text }
      : { SecretBinary: Buffer.from(value.text, 'base64') }

const tagList = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** The command of the official client for a call. */
function commandOf(call: Of<Exclude<Op, OwnOp>>) {
  const SecretId = 'id' in call ? call.id : ''
  switch (call.op) {
    case 'create':
      return new CreateSecretCommand({
        Name: call.name,
        ClientRequestToken: call.token,
        ...payload(call.value),
        ...present({ Description: call.description, KmsKeyId: call.kmsKeyId, Tags: call.tags && tagList(call.tags) }),
      })
    case 'put':
      return new PutSecretValueCommand({
        SecretId,
        ClientRequestToken: call.token,
        ...payload(call.value),
        ...present({ VersionStages: call.stages && [...call.stages] }),
      })
    case 'update':
      return new UpdateSecretCommand({
        SecretId,
        ClientRequestToken: call.token,
        ...payload(call.value),
        ...present({ Description: call.description, KmsKeyId: call.kmsKeyId }),
      })
    case 'stage':
      return new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: call.stage,
        ...present({ MoveToVersionId: call.to, RemoveFromVersionId: call.from }),
      })
    case 'delete':
      return new DeleteSecretCommand({
        SecretId,
        ...present({ RecoveryWindowInDays: call.days, ForceDeleteWithoutRecovery: call.force }),
      })
    case 'restore':
      return new RestoreSecretCommand({ SecretId })
    case 'cancel':
      return new CancelRotateSecretCommand({ SecretId })
    case 'unpolicy':
      return new DeleteResourcePolicyCommand({ SecretId })
    case 'describe':
      return new DescribeSecretCommand({ SecretId })
    case 'tag':
      return new TagResourceCommand({ SecretId, Tags: tagList(call.tags) })
    case 'untag':
      return new UntagResourceCommand({ SecretId, TagKeys: [...call.keys] })
    case 'policy':
      return new PutResourcePolicyCommand({ SecretId, ResourcePolicy: call.document })
    case 'rotate':
      return new RotateSecretCommand({
        SecretId,
        ClientRequestToken: call.token,
        ...present({ RotationLambdaARN: call.functionArn, RotateImmediately: call.immediately }),
        ...(call.days === undefined ? {} : { RotationRules: { AutomaticallyAfterDays: call.days } }),
      })
    case 'get':
      return new GetSecretValueCommand({
        SecretId,
        ...present({ VersionId: call.version, VersionStage: call.stage }),
      })
  }
}

/** The clock by which calls follow each other. */
let ticks = 0
const tick = () => ++ticks

/**
 * Makes a call and tells what came of it. `agent` is its User-Agent, by which its record can be found when no answer comes. Throws
 * for a failure of the server's own.
 */
export async function make(nodes: Nodes, node: number, by: Person, call: Call, agent: string): Promise<Made> {
  const began = tick()
  const { outcome, requestId } = isOwnCall(call)
    ? await makeOwn({ url: nodes.url(node), now: nodes.now }, by, call, agent)
    : await makeTheirs(nodes.client(node, by), call as Of<Exclude<Op, OwnOp>>, agent)
  const ended = outcome.kind === 'lost' ? Number.POSITIVE_INFINITY : tick()
  return { call, by, outcome, began, ended, requestId, agent }
}

const isOwnCall = (call: Call): call is Of<OwnOp> => isOwn(call.op)

/** By the official client. */
async function makeTheirs(
  client: SecretsManager,
  call: Of<Exclude<Op, OwnOp>>,
  agent: string,
): Promise<{ readonly outcome: Outcome; readonly requestId?: string | undefined }> {
  // Each command has its own types; what is done with them is the same.
  const command = commandOf(call) as DescribeSecretCommand
  command.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> }
      headers['user-agent'] = agent
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'agent' },
  )
  try {
    const out: Members = await client.send(command)
    return { outcome: { kind: 'answered', answer: answerOf(out) }, requestId: out.$metadata.requestId }
  } catch (error) {
    return { outcome: outcomeOf(error), requestId: requestIdOf(error) }
  }
}

interface Members {
  readonly $metadata: { readonly requestId?: string | undefined }
  readonly ARN?: string | undefined
  readonly Name?: string | undefined
  readonly VersionId?: string | undefined
  readonly VersionStages?: string[] | undefined
  readonly SecretString?: string | undefined
  readonly SecretBinary?: Uint8Array | undefined
  readonly CreatedDate?: Date | undefined
  readonly DeletionDate?: Date | undefined
  readonly DeletedDate?: Date | undefined
}

function answerOf(out: Members): Answer {
  const { ARN, Name, VersionId, VersionStages, SecretString, SecretBinary } = out
  const hasValue = SecretString !== undefined || SecretBinary !== undefined
  return {
    ARN,
    Name,
    VersionId,
    VersionStages: VersionStages?.toSorted() ?? [],
    content: hasValue ? contentOf(answeredValue({ SecretString, SecretBinary })) : undefined,
    CreatedDate: out.CreatedDate?.getTime(),
    DeletionDate: out.DeletionDate?.getTime(),
    DeletedDate: out.DeletedDate?.getTime(),
  }
}

/** What the server said, or that it said nothing. */
function outcomeOf(error: unknown): Outcome {
  if (!isAnswer(error)) return { kind: 'lost' }
  if ((error.$metadata.httpStatusCode ?? 500) >= 500)
    throw new Error(`the server failed by itself: ${error.name}: ${error.message}`, { cause: error })
  return { kind: 'refused', code: error.name, text: error.message }
}

const isAnswer = (error: unknown): error is SecretsManagerServiceException =>
  error instanceof SecretsManagerServiceException && error.$metadata.httpStatusCode !== undefined
const requestIdOf = (error: unknown) => (isAnswer(error) ? error.$metadata.requestId : undefined)
