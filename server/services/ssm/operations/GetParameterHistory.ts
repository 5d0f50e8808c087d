import type { GetParameterHistoryRequest, GetParameterHistoryResult } from '@aws-sdk/client-ssm'
import type { Call } from '#kernel/call'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { labelsOf } from '../model/labels.ts'
import * as members from '../model/members.ts'
import { type Lookup, lookupOf, parameterArn } from '../model/name.ts'
import type { Found } from '../model/parameter.ts'
import { badName, parameterNotFound } from '../model/refusals.ts'
import { shownVersion } from '../model/shown.ts'
import { type Env, operation } from '../operation.ts'
import { valueIn } from '../reading.ts'
import { resourcesOf } from '../recorded.ts'
import { readTarget } from '../target.ts'

type History = Answer<GetParameterHistoryResult, 'Parameters'>

const PAGE = 50

/**
 * The versions of a parameter that are kept, oldest first, each with its value and its labels. A value that can't be decrypted fails
 * the call. Source: API_GetParameterHistory; parameterstore.md 7.5.
 */
export const GetParameterHistory = operation<GetParameterHistoryRequest, History>()({
  name: 'GetParameterHistory',
  effect: 'read',
  input: {
    Name: required(members.PSParameterName),
    WithDecryption: members.Flag,
    MaxResults: members.MaxResults,
    NextToken: members.NextToken,
  },
  errors: ['InternalServerError', 'InvalidKeyId', 'InvalidNextToken', 'ParameterNotFound'],
  audit: {
    resources: ({ Name }, _, call) => {
      const { key, cell } = asked(Name, call)
      return resourcesOf([parameterArn(cell.region, cell.account, key)], call)
    },
  },
  async target({ Name }, env, call) {
    const lookup = asked(Name, call)
    return readTarget(lookup.key, lookup.cell, await find(lookup, env, call), call, 'ssm:GetParameterHistory')
  },
  async run({ Name, WithDecryption = false, MaxResults: limit = PAGE, NextToken }, env, call) {
    const found = await find(asked(Name, call), env, call)
    if (found === undefined) throw parameterNotFound()
    const { parameter } = found
    const bound = ['GetParameterHistory', call.account, parameter.id]
    const [, after] = NextToken === undefined ? [] : env.paging.open<number>(NextToken, bound)
    // One more than is shown tells whether any follow.
    const versions = await env.parameters.versions(parameter, { after: after ?? 0, limit: limit + 1 })
    const labels = await env.parameters.labels(parameter)
    const shown = []
    for (const version of versions.slice(0, limit)) {
      const value = await valueIn(parameter, version, WithDecryption, env.cipher)
      shown.push(shownVersion(parameter.name, version, value, labelsOf(labels, version.number)))
    }
    const last = versions.length > limit ? versions[limit - 1] : undefined
    return { Parameters: shown, ...(last && { NextToken: env.paging.seal([0, last.number], bound) }) }
  },
})

/** Assumed: a name with a selector is malformed here, and so is what is no parameter of anybody's. Source: parameterstore.md 2.4. */
function asked(text: string, call: Call): Lookup {
  const lookup = lookupOf(text, call)
  if (lookup.given !== undefined) throw badName()
  return lookup
}

/** Another region's parameter is not to be seen from here. */
async function find({ key, cell, reference }: Lookup, { parameters }: Env, call: Call): Promise<Found | undefined> {
  if (reference !== undefined || cell.account === '' || cell.region !== call.region) return undefined
  return parameters.find(key, cell)
}
