import { ApiError } from '#kernel/error'
import type { Random } from '#kernel/random'
import { openValue, sealValue } from '#kernel/sealing/envelope'
import type { Vault } from '#kernel/sealing/vault'
import { Secret } from '#kernel/values/bytes'
import type { Soon } from '#kernel/values/soon'
import type { Keys } from '../kms/port.ts'
import type { LambdaFunction, SealedEnvironment } from './model/function.ts'
import { functionArn } from './model/names.ts'
import { invalid } from './model/refusals.ts'

const LABEL = 'lambda/environment'

/** Whose environment it is. */
type Owner = Pick<LambdaFunction, 'account' | 'region' | 'name' | 'id'>

export type Variables = ReadonlyMap<string, Secret>

/**
 * Encrypts and decrypts the environment variables of functions, each set under a data key of its own: wrapped by the vault, or
 * by KMS where the function has a key. What is asked of KMS is asked as whoever `keys` speaks for.
 */
export class Environments {
  readonly #vault: Vault
  readonly #random: Random

  constructor(vault: Vault, random: Random) {
    this.#vault = vault
    this.#random = random
  }

  async seal(
    of: Owner,
    variables: Readonly<Record<string, string>>,
    kmsKeyArn: string | undefined,
    keys: Keys,
  ): Promise<SealedEnvironment> {
    const id = this.#random.uuid()
    const bound = boundTo(of, id, kmsKeyArn)
    const dataKey = await this.#newKey(of, bound, kmsKeyArn, keys)
    const clear = Buffer.from(JSON.stringify(variables))
    try {
      return { id, key: dataKey.wrapped, sealed: sealValue(dataKey.plaintext, clear, bound), kmsKeyArn }
    } finally {
      clear.fill(0)
      dataKey.plaintext.fill(0)
    }
  }

  /**
   * Has KMS say whether whoever `keys` speaks for may encrypt under the key, where there are no variables yet.
   * Assumed: AWS refuses then as it does with variables.
   */
  async check(of: Owner, kmsKeyArn: string | undefined, keys: () => Keys): Promise<void> {
    if (kmsKeyArn === undefined) return
    const { plaintext } = await this.#newKey(of, [], kmsKeyArn, keys())
    plaintext.fill(0)
  }

  /** The variables. Throws Lambda's words for what KMS refuses. */
  async open(of: Owner, { id, key, sealed, kmsKeyArn }: SealedEnvironment, keys: () => Keys): Promise<Variables> {
    const bound = boundTo(of, id, kmsKeyArn)
    const dataKey =
      kmsKeyArn === undefined
        ? this.#vault.unwrap(LABEL, key, bound)
        : (await worded(() => keys().decrypt(key, contextOf(of)))).plaintext
    try {
      const clear = openValue(dataKey, sealed, bound)
      const variables = JSON.parse(clear.toString('utf8')) as Record<string, string>
      clear.fill(0)
      return new Map(Object.entries(variables).map(([name, value]) => [name, new Secret(value)]))
    } finally {
      dataKey.fill(0)
    }
  }

  async #newKey(of: Owner, bound: readonly string[], kmsKeyArn: string | undefined, keys: Keys) {
    if (kmsKeyArn === undefined) {
      const plaintext = this.#random.bytes(32)
      return { plaintext, wrapped: this.#vault.wrap(LABEL, plaintext, bound) }
    }
    // Observed by users of AWS: hashicorp/terraform issue 20813.
    if (/^arn:[^:]*:kms:[^:]*:[^:]*:alias\//.test(kmsKeyArn))
      throw badKey('InvalidArnException', 'Key Aliases are not supported for this operation.')
    try {
      const { plaintext, blob } = await keys.generateDataKey(kmsKeyArn, contextOf(of))
      return { plaintext, wrapped: blob }
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error
      // Assumed: AWS looks whether it may make a grant; here the caller must be allowed to encrypt.
      throw badKey(error.code, error.message)
    }
  }
}

/** Source: hashicorp/terraform issue 20813. */
const badKey = (code: string, message: string) =>
  invalid(
    `Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: ${code} KMS Message: ${message}`,
  )

const contextOf = (of: Owner) => ({ 'aws:lambda:FunctionArn': functionArn(of, of.name) })

const boundTo = ({ account, region, id }: Owner, environment: string, kmsKeyArn: string | undefined) => [
  account,
  region,
  id,
  environment,
  kmsKeyArn ?? '',
]

const CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'KMSAccessDeniedException',
  DisabledException: 'KMSDisabledException',
  KMSInvalidStateException: 'KMSInvalidStateException',
  NotFoundException: 'KMSNotFoundException',
}
const WHY: Readonly<Record<string, string>> = {
  KMSAccessDeniedException: 'KMS access was denied',
  KMSDisabledException: 'the KMS key used is disabled',
  KMSInvalidStateException: 'the KMS key is not in a valid state',
  KMSNotFoundException: 'the KMS key was not found',
}

async function worded<T>(work: () => Soon<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error
    const code = CODES[error.code] ?? 'KMSAccessDeniedException'
    throw new ApiError(
      code,
      `Lambda was unable to decrypt the environment variables because ${WHY[code]}. Please check the function's KMS key settings. KMS Exception: ${error.code} KMS Message: ${error.message}`,
      502,
    )
  }
}
