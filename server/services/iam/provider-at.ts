import type { Call } from '#kernel/call'
import { providerIn } from './model/provider.ts'
import { noSuchEntity } from './model/refusals.ts'
import type { Provider, Providers } from './providers.ts'

/** The provider of an ARN, if it is one of this account. Throws ValidationError for what is no ARN. */
export async function providerAt(arn: string, { account }: Call, providers: Providers): Promise<Provider | undefined> {
  const named = providerIn(arn)
  return named?.account === account ? providers.find(named.url) : undefined
}

/** The same for operations on it. Throws NoSuchEntity. */
export async function existingProvider(arn: string, call: Call, providers: Providers): Promise<Provider> {
  const provider = await providerAt(arn, call, providers)
  if (provider === undefined) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
  return provider
}
