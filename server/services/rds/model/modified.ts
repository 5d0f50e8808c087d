import { combination, invalid } from './refusals.ts'

/** What can be changed of a database that this server did not make. */
const CHANGED = new Set([
  'DBInstanceIdentifier',
  'DBClusterIdentifier',
  'ApplyImmediately',
  'ManageMasterUserPassword',
  'MasterUserPassword',
  'MasterUserSecretKmsKeyId',
  'RotateMasterUserPassword',
])

interface Asked {
  readonly ApplyImmediately?: boolean | undefined
  readonly ManageMasterUserPassword?: boolean | undefined
  readonly MasterUserPassword?: string | undefined
  readonly MasterUserSecretKmsKeyId?: string | undefined
  readonly RotateMasterUserPassword?: boolean | undefined
}

/** What a request wants to have done. */
export type Change = 'nothing' | 'manage' | 'leave' | 'rotate'

/**
 * What a modification comes to, given whether the password is managed now. Throws InvalidParameterCombination for what does not
 * go together. Source: API_ModifyDBInstance; texts are ours.
 */
export function changeIn(asked: Asked, managed: boolean): Change {
  const more = Object.entries(asked).find(([name, value]) => value !== undefined && !CHANGED.has(name))
  if (more !== undefined)
    throw combination(`${more[0]} can't be changed: this server did not make the database, it is registered only.`)
  const { ManageMasterUserPassword: manage, MasterUserPassword: password, RotateMasterUserPassword: rotate } = asked
  const { MasterUserSecretKmsKeyId: key } = asked
  if (manage === true && password !== undefined)
    throw combination("You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.")
  if (key !== undefined && (manage !== true || managed))
    throw combination('MasterUserSecretKmsKeyId is valid only when the management of the password is turned on.')
  if (rotate === true) {
    if (!managed || manage === false || password !== undefined)
      throw combination("RotateMasterUserPassword is valid only if the server manages the master user's password.")
    if (asked.ApplyImmediately !== true)
      throw combination('You must apply the change immediately when rotating the master user password.')
    return 'rotate'
  }
  if (manage === true) return managed ? 'nothing' : 'manage'
  if (managed && manage === false) {
    if (password === undefined)
      throw combination('You must specify MasterUserPassword when ManageMasterUserPassword is turned off.')
    checkPassword(password)
    return 'leave'
  }
  if (password !== undefined)
    throw combination(
      managed
        ? "You can't specify MasterUserPassword while the server manages the password."
        : 'The password of a registered database is changed in the database itself, or by a rotation.',
    )
  return 'nothing'
}

/** Source: API_ModifyDBInstance: 8 to 128 characters, none of / " @ and blanks. */
export function checkPassword(password: string): void {
  const size = password.length < 8 ? 'shorter than 8' : password.length > 128 ? 'longer than 128' : undefined
  if (size !== undefined)
    throw invalid(`The parameter MasterUserPassword is not a valid password because it is ${size} characters.`)
  if (!/^[\x21-\x7e]+$/.test(password) || /[/"@]/.test(password))
    throw invalid(
      "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
    )
}
