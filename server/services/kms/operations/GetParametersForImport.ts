import type { GetParametersForImportRequest, GetParametersForImportResponse } from '@aws-sdk/client-kms'
import type { Call } from '#kernel/call'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { type FreshPair, freshPair } from '../asymmetric/generate.ts'
import { checkWrapping } from '../asymmetric/wrapping.ts'
import { importToken } from '../import-token.ts'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { keyResource } from '../model/cryptography.ts'
import { KeyId, WrappingAlgorithm, WrappingKeySpec } from '../model/members.ts'
import { requireState, wrongOrigin } from '../model/states.ts'
import { type Env, kept, operation } from '../operation.ts'

type Got = Answer<GetParametersForImportResponse, 'KeyId' | 'ImportToken' | 'PublicKey' | 'ParametersValidTo'>

const DAY_MS = 86_400_000

/** What `ahead` made for `run`, by the input of the call. */
const pairs = new WeakMap<object, FreshPair>()

/**
 * A public key to wrap key material with, and a token that goes with it: both are good for a day. What was given out before
 * stays good. Source: API_GetParametersForImport, kms.md 16.3.
 */
export const GetParametersForImport = operation<GetParametersForImportRequest, Got>()({
  name: 'GetParametersForImport',
  effect: 'read',
  input: {
    KeyId: required(KeyId),
    WrappingAlgorithm: required(WrappingAlgorithm),
    WrappingKeySpec: required(WrappingKeySpec),
  },
  errors: [
    'DependencyTimeoutException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  audit: { resources: (_, out) => keyResource(out?.KeyId) },
  async ahead(input, env, call) {
    const { keySpec } = wanted(input, env, call)
    return async () => {
      pairs.set(input, await freshPair(keySpec, call.caller.principalArn))
    }
  },
  async target({ KeyId, WrappingAlgorithm, WrappingKeySpec }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located, {
      more: { 'kms:WrappingAlgorithm': WrappingAlgorithm, 'kms:WrappingKeySpec': WrappingKeySpec },
    })
  },
  async run(input, env, call) {
    const { key, algorithm } = wanted(input, env, call)
    const { pkcs8, spki } = kept(pairs.get(input))
    const expiresAt = call.now + DAY_MS
    const token = importToken(env.vault, key, { algorithm, expiresAt, pkcs8 })
    env.unit.afterCommit(() => pkcs8.fill(0))
    return { KeyId: key.arn, ImportToken: token, PublicKey: spki, ParametersValidTo: new Date(expiresAt) }
  },
})

function wanted(
  input: Pick<Required<GetParametersForImportRequest>, 'WrappingAlgorithm' | 'WrappingKeySpec'>,
  { found }: Env,
  { now }: Call,
) {
  const key = present(kept(found.located))
  if (key.origin !== 'EXTERNAL') throw wrongOrigin(key)
  requireState(key, 'import parameters', now)
  return { key, ...checkWrapping(key.spec, kept(input.WrappingAlgorithm), kept(input.WrappingKeySpec)) }
}
