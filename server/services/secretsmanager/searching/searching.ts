import { decide } from '#kernel/authorization/authorize'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { invalidQuery } from '../model/refusals.ts'
import { type Match, MOST_WORDS, PLACES, Searched, searchWords } from '../model/search.ts'
import type { Secret } from '../model/secret.ts'
import { CURRENT, type Stages } from '../model/stages.ts'
import type { Env } from '../operation.ts'
import type { Position } from '../paging.ts'
import { type Subject, targetOf } from '../target.ts'
import type { AskedSearch, FoundSecret, SearchPage } from './asked.ts'

const DEFAULT_RESULTS = 50
/** For one page: secrets looked at, and values opened. Whatever is asked, a page has its price, and a token goes on from there. */
const MOST_ROWS = 1000
const MOST_OPENED = 100
const CHUNK = 100
const KEYS = 'strongroom:SearchSecretKeys'
const READ = 'secretsmanager:GetSecretValue'

/**
 * Searches names, tags, descriptions and the names of the keys of JSON values, in the order of the secrets' names. Names of keys are
 * found by opening the current value in the caller's name, and only where the words are not found without: the caller needs
 * `strongroom:SearchSecretKeys` on the secret and kms:Decrypt on its key, and nobody may have denied him GetSecretValue. What was
 * opened is forgotten at once: nothing of it is kept, answered or counted as a read.
 */
export async function search(asked: AskedSearch, env: Env, call: Call): Promise<SearchPage> {
  const words = searchWords(asked.Query)
  if (words.length === 0 || words.length > MOST_WORDS) throw invalidQuery(MOST_WORDS)
  const { account, region } = call
  const { Prefix = '', In = PLACES, IncludePlannedDeletion = false, MaxResults = DEFAULT_RESULTS, NextToken } = asked
  const bound = ['SearchSecrets', account, region, asked.Query, In, Prefix, IncludePlannedDeletion]
  // A space and no suffix: right before the first secret that bears this very name.
  let after: Position = NextToken === undefined ? [0, `${Prefix} `] : env.paging.open(NextToken, bound)
  const results: FoundSecret[] = []
  const keys = new Keys(env, call)
  for (let rows = 0; rows < MOST_ROWS; rows += CHUNK) {
    const page = await env.secrets.lists.page({ by: 'name', order: 'asc', after, limit: CHUNK })
    const stages: ReadonlyMap<string, Stages> = In.includes('key')
      ? await env.secrets.lists.stagesOf(page.map(({ secret }) => secret))
      : new Map()
    for (const { secret, at } of page) {
      if (!secret.name.startsWith(Prefix)) return { Results: results, KeysPassedOver: keys.passedOver }
      if (results.length === MaxResults || keys.opened === MOST_OPENED)
        return { Results: results, KeysPassedOver: keys.passedOver, NextToken: env.paging.seal(after, bound) }
      after = at
      if (secret.deletedAt !== undefined && !IncludePlannedDeletion) continue
      const searched = new Searched(words)
      searched.look(secret, In)
      if (searched.missing && In.includes('key')) await keys.look(secret, stages.get(secret.id), searched)
      if (!searched.missing) results.push(shown(secret, searched.matches))
    }
    if (page.length < CHUNK) return { Results: results, KeysPassedOver: keys.passedOver }
    await new Promise(setImmediate)
  }
  return { Results: results, KeysPassedOver: keys.passedOver, NextToken: env.paging.seal(after, bound) }
}

/** Looks at the names of keys, as the caller. */
class Keys {
  opened = 0
  passedOver = 0
  readonly #env: Env
  readonly #call: Call

  constructor(env: Env, call: Call) {
    this.#env = env
    this.#call = call
  }

  async look(secret: Secret, stages: Stages | undefined, searched: Searched): Promise<void> {
    const current = stages?.get(CURRENT)
    // What waits for its deletion is closed to everybody, and what has no value yet has no keys.
    if (secret.deletedAt !== undefined || current === undefined) return
    // Asked by version, the reading is not kept: a search must not drive out what is read every second.
    const reading = await this.#env.secrets.read({ id: secret.arn, version: current, stage: CURRENT })
    const version = reading?.version
    if (reading === undefined || version === undefined || version.kind !== 'string') return
    this.opened++
    if (!this.#may(reading.secret)) {
      this.passedOver++
      return
    }
    let value: Buffer
    try {
      value = await this.#env.cipher.open(reading.secret, version)
    } catch (error) {
      // Who may not use its key is passed over; a failure of ours fails the call.
      if (!(error instanceof ApiError) || error.status >= 500) throw error
      this.passedOver++
      return
    }
    try {
      searched.lookAtKeys(value.toString('utf8'))
    } finally {
      value.fill(0)
    }
    // A value can be 20 ms of work: others have their turn before the next one.
    await new Promise(setImmediate)
  }

  #may(secret: Subject): boolean {
    const asks = (action: string) =>
      decide(
        this.#call,
        'strongroom',
        action,
        targetOf(secret.arn, secret, this.#call, this.#env.random, { action, foreign: true }),
      )
    if (!asks(KEYS).allowed) return false
    const reads = asks(READ)
    return reads.allowed || !reads.explicit
  }
}

function shown({ arn, name, description, tags, deletedAt }: Secret, matches: Match[]): FoundSecret {
  return {
    ARN: arn,
    Name: name,
    ...(description !== undefined && { Description: description }),
    ...(tags !== undefined && tags.size > 0 && { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) }),
    ...(deletedAt !== undefined && { DeletedDate: new Date(deletedAt) }),
    Matches: matches,
  }
}
