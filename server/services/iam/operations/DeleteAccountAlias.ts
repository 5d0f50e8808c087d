import type { DeleteAccountAliasRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { AccountAlias } from '../model/members.ts'
import { noSuchEntity } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { accountTarget } from '../target.ts'

/** Takes the account's alias away. Source: API_DeleteAccountAlias. */
export const DeleteAccountAlias = operation<DeleteAccountAliasRequest, undefined>()({
  name: 'DeleteAccountAlias',
  effect: 'write',
  input: { AccountAlias: required(AccountAlias) },
  errors: ['NoSuchEntityException', 'LimitExceededException', 'ConcurrentModificationException'],
  target: async () => accountTarget(),
  async run({ AccountAlias }, { aliases }) {
    if (!(await aliases.remove(AccountAlias))) {
      throw noSuchEntity(`The account alias ${AccountAlias} cannot be found.`)
    }
    return undefined
  },
})
