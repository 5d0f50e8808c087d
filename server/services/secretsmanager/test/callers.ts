import { compile } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import { ACCOUNT } from './trial.ts'

/** Callers and policies for tests of permission. */

export const OTHER = '444455556666'

export const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })

/** A statement: `allow('GetSecretValue')` on everything. */
export const allow = (actions: string | string[], more: object = {}) => ({
  Effect: 'Allow',
  Action: [actions].flat().map((action) => `secretsmanager:${action}`),
  Resource: '*',
  ...more,
})

export const deny = (actions: string | string[], more: object = {}) => ({ ...allow(actions, more), Effect: 'Deny' })

/** For whom a statement of a resource policy is. */
export const to = (...AWS: string[]) => ({ Principal: { AWS: AWS.length === 1 ? AWS[0] : AWS } })

export const userArn = (name: string, account = ACCOUNT) => `arn:aws:iam::${account}:user/${name}`

/** A user with one inline policy of these statements, or none. `id`: its unique id. */
export function user(name: string, statements: readonly object[], account = ACCOUNT, id = `AIDA${name}`): Caller {
  const arn = userArn(name, account)
  return {
    kind: 'user',
    account,
    arn,
    principalArn: arn,
    userId: id,
    userName: name,
    accessKeyId: 'AKIAUSER',
    tags: new Map(),
    policies: statements.length === 0 ? [] : [compile(document(...statements))],
  }
}

/** A session `s1` of a role, likewise. */
export function session(role: string, statements: readonly object[], account = ACCOUNT): Caller {
  return {
    kind: 'role',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/s1`,
    principalArn: `arn:aws:iam::${account}:role/${role}`,
    userId: `AROA${role}:s1`,
    accessKeyId: 'ASIAROLE',
    tags: new Map(),
    policies: statements.length === 0 ? [] : [compile(document(...statements))],
    session: {
      issuedAt: 0,
      expiresAt: Number.MAX_SAFE_INTEGER,
      issuer: {
        type: 'Role',
        principalId: `AROA${role}`,
        arn: `arn:aws:iam::${account}:role/${role}`,
        accountId: account,
        userName: role,
      },
    },
  }
}
