import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import type { Soon } from '#kernel/values/soon'
import { freshDataKey } from './cipher.ts'
import { checkTokens } from './grant-tokens.ts'
import { checkContext, type Pairs } from './model/context.ts'
import { dataKeySize, dryRun } from './model/cryptography.ts'
import { requireDataKeys, SYMMETRIC } from './model/specs.ts'
import type { Env } from './operation.ts'
import { usable, usedKey } from './using.ts'

/** What both operations that make a data key do. Source: kms.md 4.1. */

interface Wanted {
  readonly KeyId: string
  readonly EncryptionContext?: Pairs | undefined
  readonly NumberOfBytes?: number | undefined
  readonly KeySpec?: string | undefined
  readonly GrantTokens?: readonly string[] | undefined
  readonly DryRun?: boolean | undefined
}

/** The key that is to encrypt the data key. */
export function dataKeyTarget(input: Wanted, env: Env, call: Call): Soon<Target> {
  const { KeyId, EncryptionContext: context, NumberOfBytes, KeySpec } = input
  dataKeySize(KeySpec, NumberOfBytes)
  checkContext(context)
  return usedKey(KeyId, { context, algorithm: SYMMETRIC }, env, call)
}

/** The data key, in clear and as a blob that Decrypt opens with the same context. */
export async function dataKey(input: Wanted, env: Env, call: Call, operation: string) {
  const { EncryptionContext, NumberOfBytes, KeySpec, GrantTokens, DryRun } = input
  const { keys, random } = env
  const key = usable(env, call)
  requireDataKeys(key, operation)
  if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
  dryRun(DryRun)
  const current = keys.current(key)
  const { material } = current instanceof Promise ? await current : current
  const { plaintext, blob } = freshDataKey(material, EncryptionContext, dataKeySize(KeySpec, NumberOfBytes), random)
  return { key, plaintext, blob, materialId: material.id }
}
