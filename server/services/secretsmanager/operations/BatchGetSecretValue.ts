import type {
  APIErrorType,
  BatchGetSecretValueRequest,
  BatchGetSecretValueResponse,
} from '@aws-sdk/client-secrets-manager'
import { decide } from '#kernel/authorization/authorize'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Random } from '#kernel/random'
import type { Answer } from '#kernel/wire'
import { rowsFor, walk } from '../listing.ts'
import { type Filter, namePrefixes, selectorOf } from '../model/filters.ts'
import { Filters, MaxResultsBatch, NextToken, SecretIdList } from '../model/members.ts'
import { eitherIdsOrFilters, invalidNextToken, pageSizeWithoutFilters } from '../model/refusals.ts'
import { type Env, operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { openReading, selectionOf, type Value } from '../reading.ts'
import { denied } from '../refusal.ts'
import { ownerOf, type SecretTarget, targetOf } from '../target.ts'

const ALL = { resource: '*' } as const
const LIST = { resource: '*', action: 'secretsmanager:ListSecrets' } as const
const READ = 'secretsmanager:GetSecretValue'
const DEFAULT_RESULTS = 20
/** In the records of the secrets of a batch: they are reads, and no calls. Ours: it is counted and paid for as one call. */
const OF_BATCH = { BatchGetSecretValue: true } as const

type Batch = Answer<BatchGetSecretValueResponse, 'SecretValues' | 'Errors'>

/**
 * Decrypts the current versions of up to 20 secrets, named or selected by filters. Each secret asks for its own
 * permission and leaves its own GetSecretValue event; what can't be read is an entry of Errors and stops nothing.
 * Source: API_BatchGetSecretValue, secretsmanager.md 7.2, 8.1, 17.
 */
export const BatchGetSecretValue = operation<BatchGetSecretValueRequest, Batch>()({
  name: 'BatchGetSecretValue',
  effect: 'read',
  input: { SecretIdList, Filters, MaxResults: MaxResultsBatch, NextToken },
  errors: [
    'ResourceNotFoundException',
    'InvalidParameterException',
    'InvalidRequestException',
    'DecryptionFailure',
    'InternalServiceError',
    'InvalidNextTokenException',
  ],
  target: async ({ Filters }) => (Filters === undefined ? ALL : [ALL, LIST]),
  async run({ SecretIdList, Filters, MaxResults, NextToken }, env, call) {
    if ((SecretIdList === undefined) === (Filters === undefined)) throw eitherIdsOrFilters()
    if (Filters !== undefined) {
      const page = await select(Filters, MaxResults ?? DEFAULT_RESULTS, NextToken, env, call)
      return { ...(await readAll(page.ids, env, call)), ...(page.next && { NextToken: page.next }) }
    }
    if (MaxResults !== undefined) throw pageSizeWithoutFilters()
    // Assumed: a batch of ids has no pages, so a token can't be one of ours.
    if (NextToken !== undefined) throw invalidNextToken()
    return readAll(SecretIdList ?? [], env, call)
  },
})

/** ARNs of the secrets on one page of what the filters select; those scheduled for deletion are never among them. */
async function select(
  filters: readonly Filter[],
  limit: number,
  token: string | undefined,
  { secrets, paging }: Env,
  { account, region }: Call,
): Promise<{ ids: string[]; next: string | undefined }> {
  const bound = ['BatchGetSecretValue', account, region, filters]
  const found = await walk(secrets.lists, {
    by: 'created-date',
    order: 'asc',
    planned: false,
    select: selectorOf(filters),
    names: namePrefixes(filters),
    after: token === undefined ? undefined : paging.open(token, bound),
    limit,
    rows: rowsFor(filters),
  })
  return { ids: found.secrets.map(({ arn }) => arn), next: found.next && paging.seal(found.next, bound) }
}

/** Reads each secret once, however often and under whatever names it is asked for. Assumed, as that both lists are always there. */
async function readAll(ids: readonly string[], env: Env, call: Call): Promise<Batch> {
  const values = new Map<string, Value>()
  const errors: APIErrorType[] = []
  for (const id of new Set(ids)) {
    const read = await readOne(id, values, env, call)
    if (read instanceof ApiError) errors.push({ SecretId: id, ErrorCode: read.code, Message: read.message })
    else if (read !== undefined) values.set(read.ARN, read)
  }
  return { SecretValues: [...values.values()], Errors: errors }
}

/** The value, or AWS's refusal, with its event; undefined when `known` has it already. */
async function readOne(
  id: string,
  known: ReadonlyMap<string, Value>,
  env: Env,
  call: Call,
): Promise<Value | ApiError | undefined> {
  const asked = { SecretId: id }
  let target: SecretTarget | undefined
  try {
    const reading = await env.secrets.read(selectionOf(asked))
    if (reading !== undefined && known.has(reading.secret.arn)) return undefined
    target = targetOf(id, reading?.secret, call, env.random)
    permit(target, call, env.random)
    const value = await openReading(reading, asked, env, call)
    const owner = ownerOf(id, call)
    const read = { SecretId: value.ARN, SecretVersionId: value.VersionId, ...OF_BATCH }
    const shared = owner === call.account ? {} : { owner }
    call.events.push({ ...eventOf(id, call), additionalEventData: read, ...shared })
    return value
  } catch (error) {
    // A failure of ours fails the whole call: the caller tries again.
    if (!(error instanceof ApiError) || error.status >= 500) throw error
    const additionalEventData = { ...onSecret(asked, undefined, call, target), ...OF_BATCH }
    call.events.push({ ...eventOf(id, call), additionalEventData, errorCode: error.code, errorMessage: error.message })
    return error
  }
}

/** Refuses a secret that the caller may not read, in the words of GetSecretValue. */
function permit(target: ReturnType<typeof targetOf>, call: Call, random: Random): void {
  const decision = decide(call, 'secretsmanager', READ, target)
  if (!decision.allowed) throw denied(decision, call, READ, target, random)
}

/** The event that GetSecretValue would have left. Source: surroundings.md 1.3; for refused entries assumed. */
function eventOf(id: string, call: Call): Call['events'][number] {
  return {
    call,
    eventSource: 'secretsmanager.amazonaws.com',
    eventName: 'GetSecretValue',
    readOnly: true,
    requestParameters: { secretId: id },
    responseElements: null,
  }
}
