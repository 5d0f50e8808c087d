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
  /** Functions that the caller may invoke. */
  readonly allowed = new Set([ROTATOR])
  /** For which secrets it was asked. */
  readonly sources: string[] = []
  answer: (invocation: Invocation) => Promise<Invoked> | Invoked = () => ({ ok: true })

  readonly functionsFor: FunctionsFor = () => ({
    mayInvoke: async (functionArn) => this.allowed.has(functionArn),
    admits: async (functionArn, principal, { arn, account }) => {
      this.sources.push(`${principal} ${account} ${arn}`)
      return this.admitted.has(functionArn)
    },
  })

  readonly invoke: InvokeFunction = async (functionArn, event, { configuredBy }) => {
    const invocation = { ...event, functionArn, configuredBy }
    this.invoked.push(invocation)
    return this.answer(invocation)
  }
}
