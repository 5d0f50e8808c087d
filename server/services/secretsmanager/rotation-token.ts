import { timingSafeEqual } from 'node:crypto'
import type { Call } from '#kernel/call'
import { rotationTokenWrong } from './model/refusals.ts'
import type { Secret } from './model/secret.ts'
import type { Env } from './operation.ts'

/**
 * Refuses a RotationToken that is not the one of the rotation that fills version `token`. Who fills that version from another
 * account must bring it: a function there proves by it that it was invoked for this very rotation. Assumed: one that is given is looked at
 * whoever gives it, also when nothing rotates. Source: rotation.md 6.
 */
export async function checkRotationToken(
  { secrets }: Pick<Env, 'secrets'>,
  call: Call,
  secret: Secret,
  token: string,
  given: string | undefined,
): Promise<void> {
  const foreign = call.account !== secret.account
  if (given === undefined && !foreign) return
  const run = await secrets.rotations.run(secret)
  const fills = run?.token === token
  if (given === undefined ? fills : !fills || !same(given, run.rotationToken)) throw rotationTokenWrong()
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
