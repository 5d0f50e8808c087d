import type { Session } from './session.ts'
import { find, isPassword, type Principal, rolesOf, type State, same } from './model.ts'
import { SqlError } from './words.ts'
import type { Login } from './wire.ts'

/** Lets somebody in or throws SqlError, or an AggregateError of several. */
export function logIn(state: State, { user, password, database }: Login): Session {
  const failed = new SqlError(18456, `Login failed for user '${user}'.`, 14)
  const wanted = database === '' ? (find(state, user)?.database ?? 'master') : database
  const opened = state.databases.find((one) => same(one.name, wanted))
  // a contained database asks its own users first, and then nobody else
  const own = opened === undefined || opened.containment === 0 ? undefined : find(opened, user)
  if (opened !== undefined && own?.password !== undefined) {
    if (!isPassword(own, password)) throw failed
    return { login: undefined, user: own.name, database: opened.name }
  }
  const login = find(state, user)
  if (login === undefined || !isPassword(login, password)) throw failed
  if (login.barred !== undefined) throw barred(login)
  const isAdmin = rolesOf(state, login).includes('sysadmin')
  const name = opened?.principals.find(({ sid }) => sid === login.sid)?.name ?? (isAdmin ? 'dbo' : undefined)
  if (opened === undefined || (name === undefined && opened.name !== 'master'))
    throw new AggregateError([
      new SqlError(4060, `Cannot open database "${wanted}" requested by the login. The login failed.`, 11),
      failed,
    ])
  return { login: login.name, user: name ?? 'guest', database: opened.name }
}

const BARRED = {
  locked: [18486, 'because the account is currently locked out. The system administrator can unlock it.'],
  expired: [18487, 'Reason: The password of the account has expired.'],
  'must change': [18488, 'Reason: The password of the account must be changed.'],
  disabled: [18470, 'Reason: The account is disabled.'],
} as const

function barred({ name, barred }: Principal): SqlError {
  const [number, why] = BARRED[barred as keyof typeof BARRED]
  return new SqlError(number, `Login failed for user '${name}'. ${why}`, 14)
}
