import type { AliasConfiguration, CreateAliasRequest } from '@aws-sdk/client-lambda'
import { required } from '#kernel/shape'
import { checkVersions } from '../aliases.ts'
import { routeIn, shownAlias } from '../model/alias.ts'
import * as m from '../model/members.ts'
import { functionArn } from '../model/names.ts'
import { aliasExists } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { existing, functionTarget } from '../target.ts'

/** Gives a version a name, or two versions one name and a share each. Source: API_CreateAlias; rotation.md 14. */
export const CreateAlias = operation<CreateAliasRequest, AliasConfiguration>()({
  name: 'CreateAlias',
  effect: 'write',
  rest: { method: 'POST', path: '/2015-03-31/functions/{FunctionName}/aliases', status: 201 },
  input: {
    FunctionName: required(m.FunctionName),
    Name: required(m.Alias),
    FunctionVersion: required(m.AliasVersion),
    Description: m.Description,
    RoutingConfig: m.RoutingConfig,
  },
  errors: [
    'InvalidParameterValueException',
    'ResourceConflictException',
    'ResourceNotFoundException',
    'ServiceException',
  ],
  audit: { name: 'CreateAlias20150331', response: ({ AliasArn }) => ({ aliasArn: AliasArn }) },
  target: ({ FunctionName }, env, call) => functionTarget(env, call, FunctionName, undefined, false),
  async run(input, env, call) {
    const { found } = await existing(env, call, input.FunctionName, undefined, true)
    if ((await env.aliases.find(found, input.Name)) !== undefined)
      throw aliasExists(functionArn(found, found.name, input.Name))
    const alias = {
      name: input.Name,
      version: input.FunctionVersion,
      route: routeIn(input.FunctionVersion, input.RoutingConfig),
      description: input.Description ?? '',
      revision: env.random.uuid(),
    }
    await checkVersions(env, found, alias)
    await env.aliases.insert(found, alias)
    return shownAlias(found, alias)
  },
})
