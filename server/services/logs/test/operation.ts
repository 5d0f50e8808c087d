import type { Call } from '#kernel/call'
import { callOfService } from '../../sts/port.ts'
import { CELL, world } from './world.ts'

/** What a test needs of an operation: its types are the operation's own. */
interface Runs {
  // biome-ignore lint/suspicious/noExplicitAny: each operation has an input and an answer of its own
  run(input: any, env: any, call: Call): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above
  target(input: any, env: any, call: Call): unknown
}

/** Log groups in which operations are run as the kernel does, without authorization. */
export async function trial() {
  const one = await world()
  const within = <T>(work: (env: object, call: Call) => unknown): Promise<T> =>
    one.unit(async (env) => (await work(env, callOfService('test', CELL, 'r', one.clock.now()))) as T)
  return {
    ...one,
    cell: CELL,
    run: (operation: Runs, input: object) =>
      within<Record<string, unknown> | undefined>((env, call) => operation.run(input, env, call)),
    /** The ARN that permission is asked for. */
    resource: async (operation: Runs, input: object) =>
      (await within<{ resource: string }>((env, call) => operation.target(input, env, call))).resource,
    [Symbol.asyncDispose]: () => one.storage.close(),
  }
}

export const GROUP_ARN = `arn:aws:logs:${CELL.region}:${CELL.account}:log-group:g`
export const NO_GROUP = { code: 'ResourceNotFoundException', message: 'The specified log group does not exist.' }
export const NO_STREAM = { code: 'ResourceNotFoundException', message: 'The specified log stream does not exist.' }
