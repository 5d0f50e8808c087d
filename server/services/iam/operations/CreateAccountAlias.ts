import type { CreateAccountAliasRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { AccountAlias } from '../model/members.ts'
import { alreadyExists, invalid } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { accountTarget } from '../target.ts'

/** Gives the account an alias, instead of the one that it had; no two accounts have the same. Source: API_CreateAccountAlias. */
export const CreateAccountAlias = operation<CreateAccountAliasRequest, undefined>()({
  name: 'CreateAccountAlias',
  effect: 'write',
  input: { AccountAlias: required(AccountAlias) },
  errors: ['EntityAlreadyExistsException', 'LimitExceededException', 'ConcurrentModificationException'],
  target: async () => accountTarget(),
  async run({ AccountAlias }, { aliases }) {
    // The user guide forbids what could be taken for an account's id; the text is assumed.
    if (/^[0-9]{12}$/.test(AccountAlias)) throw invalid('The account alias must not be an account ID.')
    if (await aliases.isTaken(AccountAlias)) throw alreadyExists(`The account alias ${AccountAlias} already exists.`)
    await aliases.put(AccountAlias)
    return undefined
  },
})
