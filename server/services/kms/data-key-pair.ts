import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import type { Soon } from '#kernel/values/soon'
import { type FreshPair, freshPair } from './asymmetric/generate.ts'
import { sealBlob } from './cipher.ts'
import { checkTokens } from './grant-tokens.ts'
import { checkContext, type Pairs } from './model/context.ts'
import { dryRun } from './model/cryptography.ts'
import { isPair, isSpec, requireDataKeys, SYMMETRIC } from './model/specs.ts'
import { type Env, kept } from './operation.ts'
import type { StoredKey } from './store.ts'
import { usable, usedKey } from './using.ts'

/** What both operations that make a data key pair do. Source: kms.md 16.1. */

interface Wanted {
  readonly KeyId: string
  readonly KeyPairSpec: string
  readonly EncryptionContext?: Pairs | undefined
  readonly GrantTokens?: readonly string[] | undefined
  readonly DryRun?: boolean | undefined
}

/** What was made ahead, by the input of the call. */
const made = new WeakMap<object, FreshPair>()

/** The key that is to encrypt the private half. */
export function dataKeyPairTarget(input: Wanted, env: Env, call: Call): Soon<Target> {
  const { KeyId, EncryptionContext: context, KeyPairSpec } = input
  checkContext(context)
  return usedKey(KeyId, { context, algorithm: SYMMETRIC, more: { 'kms:DataKeyPairSpec': KeyPairSpec } }, env, call)
}

/** The same, if it can and may now. Ends a dry run. */
async function wrapping({ GrantTokens, DryRun }: Wanted, env: Env, call: Call, operation: string): Promise<StoredKey> {
  const key = usable(env, call)
  requireDataKeys(key, operation)
  if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
  dryRun(DryRun)
  return key
}

/** Makes the pair, outside of any unit of work. */
export async function pairAhead(input: Wanted, env: Env, call: Call, operation: string): Promise<() => Promise<void>> {
  const { KeyPairSpec: spec } = input
  await wrapping(input, env, call, operation)
  // SM2 is for China only. The text is ours.
  if (!isSpec(spec) || !isPair(spec))
    throw new ApiError('UnsupportedOperationException', `KeyPairSpec ${spec} is not supported.`)
  return async () => {
    made.set(input, await freshPair(spec, call.caller.principalArn))
  }
}

/** The pair, its private half also encrypted: a blob that Decrypt opens with the same context. */
export async function dataKeyPair(input: Wanted, env: Env, call: Call, operation: string) {
  const key = await wrapping(input, env, call, operation)
  const pair = kept(made.get(input))
  const { material } = await env.keys.current(key)
  return {
    key,
    pair,
    blob: sealBlob(material, input.EncryptionContext, pair.pkcs8, env.random),
    materialId: material.id,
  }
}
