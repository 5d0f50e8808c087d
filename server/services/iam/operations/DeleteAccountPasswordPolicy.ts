import { noSuchEntity } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { accountTarget } from '../target.ts'

/** Takes the account's own password policy away: the default one counts again. Source: API_DeleteAccountPasswordPolicy. */
export const DeleteAccountPasswordPolicy = operation<object, undefined>()({
  name: 'DeleteAccountPasswordPolicy',
  effect: 'write',
  input: {},
  errors: ['NoSuchEntityException', 'LimitExceededException'],
  target: async () => accountTarget(),
  async run(_input, { passwordPolicy }) {
    // Reported by clients of IAM.
    if (!(await passwordPolicy.remove()))
      throw noSuchEntity('The account policy with name PasswordPolicy cannot be found.')
    return undefined
  },
})
