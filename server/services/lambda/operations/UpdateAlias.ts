import type { AliasConfiguration, UpdateAliasRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import { checkVersions, existingAlias } from '../aliases.ts'
import { routeIn, shownAlias } from '../model/alias.ts'
import * as m from '../model/members.ts'
import { operation } from '../operation.ts'
import { checkRevision } from '../publishing.ts'
import { existing, functionTarget } from '../target.ts'

/** Has an alias mean other versions; what is not said stays. Source: API_UpdateAlias; rotation.md 14. */
export const UpdateAlias = operation<UpdateAliasRequest, AliasConfiguration>()({
  name: 'UpdateAlias',
  effect: 'write',
  rest: { method: 'PUT', path: '/2015-03-31/functions/{FunctionName}/aliases/{Name}', status: 200 },
  input: {
    FunctionName: required(m.FunctionName),
    Name: required(m.Alias),
    FunctionVersion: m.AliasVersion,
    Description: m.Description,
    RoutingConfig: m.RoutingConfig,
    RevisionId: m.AnyText,
  },
  errors: [
    'InvalidParameterValueException',
    'PreconditionFailedException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'UpdateAlias20150331', response: ({ AliasArn }) => ({ aliasArn: AliasArn }) },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run(input, env, call) {
    const { found } = await existing(env, call, input.FunctionName, undefined, true)
    const before = await existingAlias(env, found, input.Name)
    checkRevision(input.RevisionId, before.revision)
    const version = input.FunctionVersion ?? before.version
    const alias = {
      ...before,
      version,
      route: input.RoutingConfig === undefined ? before.route : routeIn(version, input.RoutingConfig),
      description: input.Description ?? before.description,
      revision: env.random.uuid(),
    }
    await checkVersions(env, found, alias)
    await env.aliases.save(found, alias)
    return shownAlias(found, alias)
  },
})
