import { statement } from '#kernel/storage/storage'

/** Unique ids are unique in the deployment: the id alone leads to the account. */
export const accountOfUser = statement('iam/account-of-user', 'select account from iam_user where id = :id')
export const accountOfRole = statement('iam/account-of-role', 'select account from iam_role where id = :id')
