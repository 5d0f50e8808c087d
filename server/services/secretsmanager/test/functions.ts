import type { FunctionsFor, Invoked, InvokeFunction, RotationEvent } from '../functions.ts'

export const ROTATOR = 'arn:aws:lambda:us-east-1:111122223333:function:rotator'

/** One invocation as the function was told of it. */
export interface Invocation extends RotationEvent {
  readonly functionArn: string
  readonly configuredBy: string | undefined
}

/** Rotation functions of the test: `answer` says what an invocation does. */
export class FakeFunctions {
  readonly invoked: Invocation[] = []
  /** Functions whose policy lets the service in. */
  readonly admitted = new Set([ROTATOR])
  /** Functions that can set the current password again. */
  readonly returning = new Set<string>()
  /** Functions that the caller may invoke. */
  readonly allowed = new Set([ROTATOR])
  /** For which secrets it was asked. */
  readonly sources: string[] = []
  /** `signal`: the server is stopping. */
  answer: (invocation: Invocation, signal: AbortSignal) => Promise<Invoked> | Invoked = () => ({ ok: true })

  readonly functionsFor: FunctionsFor = () => ({
    mayInvoke: async (functionArn) => this.allowed.has(functionArn),
    admits: async (functionArn, principal, { arn, account }) => {
      this.sources.push(`${principal} ${account} ${arn}`)
      return this.admitted.has(functionArn)
    },
    returns: (functionArn) => this.returning.has(functionArn),
  })

  readonly invoke: InvokeFunction = async (functionArn, event, { configuredBy, signal }) => {
    const invocation = { ...event, functionArn, configuredBy }
    this.invoked.push(invocation)
    return this.answer(invocation, signal)
  }
}

interface Calls {
  call(
    name: string,
    input: Record<string, unknown>,
  ): Promise<{ readonly VersionIdsToStages?: Record<string, string[]> }>
}

/** What a well-behaved function does: puts a value into the pending version, and makes it the current one in the end. */
export function rotator(t: Calls): (invocation: Invocation) => Promise<Invoked> {
  return async ({ Step, SecretId, ClientRequestToken }) => {
    if (Step === 'createSecret') {
      const SecretString = `made for ${ClientRequestToken}`
      await t.call('PutSecretValue', { SecretId, ClientRequestToken, SecretString, VersionStages: ['AWSPENDING'] })
    }
    if (Step === 'finishSecret') {
      const { VersionIdsToStages = {} } = await t.call('DescribeSecret', { SecretId })
      const current = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes('AWSCURRENT'))
      if (current !== ClientRequestToken) {
        const moved = { MoveToVersionId: ClientRequestToken, RemoveFromVersionId: current }
        await t.call('UpdateSecretVersionStage', { SecretId, VersionStage: 'AWSCURRENT', ...moved })
      }
    }
    return { ok: true }
  }
}

export const failed = (errorMessage = 'no'): Invoked => ({ ok: false, errorType: 'ValueError', errorMessage })
