import { randomUUID } from 'node:crypto'
import { type SecretsManager, SecretsManagerServiceException } from '@aws-sdk/client-secrets-manager'
import { SSMServiceException } from '@aws-sdk/client-ssm'
import { type Known, Ledger, put } from './ledger.ts'
import { oneParameter, type ParameterKnown } from './parameters.ts'
import type { Clients } from './clients.ts'

/** Versions of one secret before its writer makes the next one; below the 100 that AWS keeps. */
const MOST_VERSIONS = 20

/** A fixed sequence that looks like chance, so that a red run can be told again by its seed. */
export function chance(seed: number): (end: number) => number {
  let state = seed >>> 0
  return (end) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % end
  }
}

/** A secret that several writers put at once. Which of them is current is not known; that one is, is. */
export interface Shared {
  readonly name: string
  readonly acknowledged: Map<string, string>
  readonly sent: Map<string, string>
}

/** What one run of the load did. */
export interface Load {
  readonly ledgers: Ledger[]
  readonly parameters: Ledger<ParameterKnown>[]
  readonly shared: Shared
  /** Request ids of all calls that were acknowledged. */
  readonly requestIds: string[]
}

type Answered = { readonly $metadata: { readonly requestId?: string | undefined } }

/** Writes as fast as it can with `writers` clients side by side until the server is gone. A refusal by it is an error. */
export async function load(
  { secrets: client, ssm }: Clients,
  writers: number,
  below: (end: number) => number,
  prefix: string,
  acknowledged: () => void,
): Promise<Load> {
  const run: Load = {
    ledgers: [],
    parameters: [],
    shared: { name: `${prefix}-shared`, acknowledged: new Map(), sent: new Map() },
    requestIds: [],
  }
  const noted = async (sent: Promise<Answered>): Promise<void> => {
    const { requestId } = (await sent).$metadata
    if (requestId !== undefined) run.requestIds.push(requestId)
    acknowledged()
  }
  const share = async () => {
    const { shared } = run
    const [token, value] = [randomUUID(), `shared ${shared.sent.size} ${randomUUID()}`]
    shared.sent.set(token, value)
    await noted(client.putSecretValue({ SecretId: shared.name, SecretString: value, ClientRequestToken: token }))
    shared.acknowledged.set(token, value)
  }
  const first = randomUUID()
  run.shared.sent.set(first, 'first')
  try {
    await noted(client.createSecret({ Name: run.shared.name, SecretString: 'first', ClientRequestToken: first }))
    run.shared.acknowledged.set(first, 'first')
  } catch (error) {
    if (error instanceof SecretsManagerServiceException) throw error
    return run
  }
  const writer = async (at: number) => {
    for (let i = 0; ; i++) {
      const ledger = new Ledger(`${prefix}-${at}-${i}`)
      run.ledgers.push(ledger)
      await oneSecret(client, ledger, below, noted, async () => {
        // beyond 100 versions AWS, and so we, forget old ones
        if (run.shared.sent.size < 90) await share()
      })
    }
  }
  /** One writer in four is one of parameters. */
  const parameterWriter = async (at: number) => {
    for (let i = 0; ; i++) {
      const ledger = new Ledger<ParameterKnown>(`/${prefix}/${at}/${i}`)
      run.parameters.push(ledger)
      await oneParameter(ssm, ledger, below, noted)
    }
  }
  const outcomes = await Promise.allSettled(
    Array.from({ length: writers }, (_, at) => (at % 4 === 3 ? parameterWriter(at) : writer(at))),
  )
  for (const outcome of outcomes) {
    if (outcome.status !== 'rejected') continue
    const { reason } = outcome
    if (reason instanceof SecretsManagerServiceException || reason instanceof SSMServiceException) throw reason
  }
  return run
}

/** The life of one secret: made, put, described, tagged, deleted and restored, in the end perhaps removed for good. */
async function oneSecret(
  client: SecretsManager,
  ledger: Ledger,
  below: (end: number) => number,
  noted: (sent: Promise<Answered>) => Promise<void>,
  share: () => Promise<void>,
): Promise<void> {
  const SecretId = ledger.name
  const [token, value] = [randomUUID(), `0 ${randomUUID()}`]
  const made: Known = {
    description: 'made',
    tag: 'made',
    deleted: false,
    versions: new Map([[token, value]]),
    current: token,
    previous: undefined,
  }
  await ledger.change(made, () =>
    noted(
      client.createSecret({
        Name: SecretId,
        SecretString: value,
        ClientRequestToken: token,
        Description: 'made',
        Tags: [{ Key: 'tag', Value: 'made' }],
      }),
    ),
  )
  for (let n = 1; n < MOST_VERSIONS; n++) {
    const state = ledger.sure as Known
    const word = randomUUID()
    switch (below(8)) {
      case 0:
        await ledger.change({ ...state, tag: word }, () =>
          noted(client.tagResource({ SecretId, Tags: [{ Key: 'tag', Value: word }] })),
        )
        break
      case 1:
        await ledger.change({ ...put(state, word, `update ${word}`), description: word }, () =>
          noted(
            client.updateSecret({
              SecretId,
              Description: word,
              SecretString: `update ${word}`,
              ClientRequestToken: word,
            }),
          ),
        )
        break
      case 2:
        await ledger.change({ ...state, deleted: true }, () =>
          noted(client.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })),
        )
        await ledger.change({ ...state, deleted: false }, () => noted(client.restoreSecret({ SecretId })))
        break
      case 3:
        await share()
        break
      default:
        await ledger.change(put(state, word, `${n} ${word}`), () =>
          noted(client.putSecretValue({ SecretId, SecretString: `${n} ${word}`, ClientRequestToken: word })),
        )
    }
  }
  if (below(3) === 0)
    await ledger.change(undefined, () => noted(client.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })))
}
