import type { Alias, LambdaFunction } from './model/function.ts'
import { functionArn } from './model/names.ts'
import { aliasNotFound, functionNotFound } from './model/refusals.ts'
import type { Env } from './operation.ts'

/** An alias must mean versions that are there. */
export async function checkVersions(
  { functions }: Pick<Env, 'functions'>,
  found: LambdaFunction,
  alias: Alias,
): Promise<void> {
  for (const version of [alias.version, alias.route?.version]) {
    if (version === undefined || (await functions.version(found, version)) !== undefined) continue
    throw functionNotFound(functionArn(found, found.name, version))
  }
}

/** An alias that must be there. */
export async function existingAlias(
  { aliases }: Pick<Env, 'aliases'>,
  found: LambdaFunction,
  name: string,
): Promise<Alias> {
  const alias = await aliases.find(found, name)
  if (alias === undefined) throw aliasNotFound(functionArn(found, found.name, name))
  return alias
}
