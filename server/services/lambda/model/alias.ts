import type { AliasConfiguration } from '@aws-sdk/client-lambda'
import type { Alias, LambdaFunction } from './function.ts'
import { functionArn, LATEST } from './names.ts'
import { invalid, routesItself, routesLatest, tooManyRoutes } from './refusals.ts'

/** The second version that a request gives an alias. Throws for more than one. Source: API_AliasRoutingConfiguration. */
export function routeIn(
  version: string,
  routing: { readonly AdditionalVersionWeights?: Readonly<Record<string, number>> | undefined } | undefined,
): Alias['route'] {
  const weights = Object.entries(routing?.AdditionalVersionWeights ?? {})
  const [first] = weights
  if (first === undefined) return undefined
  if (weights.length > 1) throw tooManyRoutes()
  const [second, weight] = first
  if (version === LATEST) throw routesLatest()
  if (second === version) throw routesItself()
  if (weight < 0 || weight > 1) throw invalid('Weights must be between 0 and 1.')
  return { version: second, weight }
}

export function shownAlias(
  of: LambdaFunction,
  { name, version, route, description, revision }: Alias,
): AliasConfiguration {
  return {
    AliasArn: functionArn(of, of.name, name),
    Name: name,
    FunctionVersion: version,
    Description: description,
    ...(route === undefined ? {} : { RoutingConfig: { AdditionalVersionWeights: { [route.version]: route.weight } } }),
    RevisionId: revision,
  }
}
