import type { Caller, Session } from '#kernel/call'
import type { Bound } from './plain-principal.ts'

/** Who asks in the random cases: few, with names that look like each other's. */

export const A = '111122223333'
export const B = '444455556666'
export const PROVIDER = `arn:aws:iam::${A}:oidc-provider/token.example.com`
export const SERVICE = 'secretsmanager.amazonaws.com'

const session: Session = {
  issuedAt: 0,
  expiresAt: 3_600_000,
  issuer: { type: 'Role', principalId: 'AROAAPP', arn: `arn:aws:iam::${A}:role/team/app`, accountId: A },
}

/** A caller without any policy. */
function caller(kind: Caller['kind'], account: string, arn: string, more: Partial<Caller> = {}): Caller {
  return {
    kind,
    account,
    arn,
    principalArn: arn,
    userId: account,
    accessKeyId: '',
    tags: new Map(),
    policies: [],
    ...more,
  }
}

function user(account: string, path: string, name: string, userId: string): Caller {
  return caller('user', account, `arn:aws:iam::${account}:user${path}${name}`, { userId, userName: name })
}

function role(account: string, path: string, name: string, roleId: string, sessionName: string): Caller {
  return caller('role', account, `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`, {
    principalArn: `arn:aws:iam::${account}:role${path}${name}`,
    userId: `${roleId}:${sessionName}`,
    session,
  })
}

function federated(account: string, name: string, parentArn: string, parentId: string): Caller {
  return caller('federated', account, `arn:aws:sts::${account}:federated-user/${name}`, {
    userId: `${account}:${name}`,
    parentArn,
    parentId,
    session,
  })
}

const ALICE = user(A, '/', 'alice', 'AIDAALICE')

export const CALLERS: readonly Caller[] = [
  ALICE,
  user(A, '/team/', 'app', 'AIDAAPP'),
  // Made after the first alice was deleted.
  user(A, '/', 'alice', 'AIDAALICE2'),
  user(B, '/', 'alice', 'AIDABALICE'),
  role(A, '/team/', 'app', 'AROAAPP', 's1'),
  role(A, '/team/', 'app', 'AROAAPP', 's2'),
  role(A, '/', 'alice', 'AROAALICE', 's1'),
  role(B, '/', 'app', 'AROABAPP', 's1'),
  federated(A, 'bob', ALICE.arn, ALICE.userId),
  federated(A, 'alice', `arn:aws:iam::${A}:root`, A),
  caller('root', A, `arn:aws:iam::${A}:root`),
  caller('root', B, `arn:aws:iam::${B}:root`),
  caller('service', A, SERVICE),
  caller('web', A, PROVIDER, { session: { ...session, provider: PROVIDER } }),
]

/** Values for `AWS` of a Principal element. */
export const AWS_PRINCIPALS: readonly string[] = [
  '*',
  A,
  B,
  `arn:aws:iam::${A}:root`,
  `arn:aws:iam::${B}:root`,
  ...new Set(
    CALLERS.flatMap(({ kind, arn, principalArn }) => (/service|web|root/.test(kind) ? [] : [arn, principalArn])),
  ),
  `arn:aws:iam::${A}:user/Alice`,
  `arn:aws:iam::${A}:role/app`,
  'AIDAALICE',
  'AROAAPP',
  'AROAAPP:s1',
]

/** Ids as a store keeps them: those of today, those of before alice and app were made anew, and those of some only. */
export const BINDINGS: readonly (Bound | undefined)[] = [
  undefined,
  new Map(CALLERS.flatMap((one) => idsOf(one))),
  new Map([
    [ALICE.arn, 'AIDAALICE0'],
    [`arn:aws:iam::${A}:role/team/app`, 'AROAAPP0'],
    [`arn:aws:sts::${A}:assumed-role/app/s1`, 'AROAAPP0:s1'],
  ]),
  new Map([[`arn:aws:iam::${A}:role/team/app`, 'AROAAPP']]),
]

function idsOf({ kind, arn, principalArn, userId }: Caller): [string, string][] {
  if (kind === 'user') return userId === 'AIDAALICE2' ? [] : [[arn, userId]]
  if (kind !== 'role') return []
  const [roleId = ''] = userId.split(':')
  return [
    [arn, userId],
    [principalArn, roleId],
  ]
}
