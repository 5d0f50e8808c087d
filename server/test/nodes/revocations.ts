import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { type Answer, type Credentials, type Draft, refusalOf, send, signed } from '../registry/client.ts'
import { element } from '../registry/world.ts'

/** Everything that takes permissions away, done at one place and asked for at all others. */

/** Long-term keys, or with a token temporary credentials. */
export interface Keys extends Credentials {
  readonly sessionToken?: string
}

/** One way to the service: a connection to a worker, or a node. */
export interface Door extends Disposable {
  readonly port: number
  call(keys: Keys, action: string, input?: Readonly<Record<string, string>>): Promise<Answer>
}

const QUERY: Readonly<Record<string, string>> = { iam: '2010-05-08', sts: '2011-06-15' }

function draftOf(action: string, input: Readonly<Record<string, string>>): Draft {
  const [service = '', operation = ''] = action.split(':')
  const version = QUERY[service]
  if (version !== undefined) {
    const body = new URLSearchParams({ Action: operation, Version: version, ...input }).toString()
    return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }
  }
  const target = `${service}.${operation}`
  return {
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify(input),
  }
}

/** A way in of its own: one connection, which stays with who took it. */
export function door(port: number): Door {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    port,
    call(keys, action, input = {}) {
      const draft = draftOf(action, input)
      const token = keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken }
      const signing = { credentials: keys, service: action.slice(0, action.indexOf(':')), at: Date.now() }
      return send(agent, port, signed(port, { ...draft, headers: { ...draft.headers, ...token } }, signing))
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** `200`, or the code of the refusal. */
export const outcome = (answer: Answer): string => (answer.status === 200 ? '200' : refusalOf(answer).code)

const documentOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const ALL = documentOf({ Effect: 'Allow', Action: '*', Resource: '*' })
const NONE = documentOf({ Effect: 'Deny', Action: '*', Resource: '*' })

/** A permission that is there, and what takes it away. */
interface Given {
  readonly keys: Keys
  readonly revoke: () => Promise<unknown>
}

export interface Revocation {
  readonly name: string
  /** How the next call is refused. */
  readonly code: string
  give(name: string, root: Root): Promise<Given>
}

/** Calls as root that must go well; they answer the text. */
export type Root = (action: string, input?: Readonly<Record<string, string>>) => Promise<string>

export function rootAt(door: Door, keys: Keys): Root {
  return async (action, input) => {
    const answer = await door.call(keys, action, input)
    assert.equal(answer.status, 200, `${action}: ${answer.text}`)
    return answer.text
  }
}

async function userWith(root: Root, UserName: string, PolicyDocument?: string): Promise<Keys> {
  await root('iam:CreateUser', { UserName })
  if (PolicyDocument !== undefined) {
    await root('iam:PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument })
  }
  const key = await root('iam:CreateAccessKey', { UserName })
  return { accessKeyId: element(key, 'AccessKeyId'), secretAccessKey: element(key, 'SecretAccessKey') }
}

async function policyNamed(root: Root, PolicyName: string, PolicyDocument = ALL): Promise<string> {
  return element(await root('iam:CreatePolicy', { PolicyName, PolicyDocument }), 'Arn')
}

const STRANGER = 'UnrecognizedClientException'
const DENIED = 'AccessDeniedException'

/** @param door where STS is asked for sessions */
export function revocations(door: Door): readonly Revocation[] {
  const session = async (root: Root, RoleName: string): Promise<Keys> => {
    const user = await userWith(root, `of-${RoleName}`, ALL)
    const account = element(await root('sts:GetCallerIdentity'), 'Account')
    const AssumeRolePolicyDocument = documentOf({
      Effect: 'Allow',
      Principal: { AWS: account },
      Action: 'sts:AssumeRole',
    })
    const role = await root('iam:CreateRole', { RoleName, AssumeRolePolicyDocument })
    await root('iam:PutRolePolicy', { RoleName, PolicyName: 'own', PolicyDocument: ALL })
    const assumed = await door.call(user, 'sts:AssumeRole', { RoleArn: element(role, 'Arn'), RoleSessionName: 'here' })
    return {
      accessKeyId: element(assumed.text, 'AccessKeyId'),
      secretAccessKey: element(assumed.text, 'SecretAccessKey'),
      sessionToken: element(assumed.text, 'SessionToken'),
    }
  }
  return [
    {
      name: 'DeleteAccessKey',
      code: STRANGER,
      async give(UserName, root) {
        const keys = await userWith(root, UserName, ALL)
        return { keys, revoke: () => root('iam:DeleteAccessKey', { UserName, AccessKeyId: keys.accessKeyId }) }
      },
    },
    {
      name: 'UpdateAccessKey to Inactive',
      code: STRANGER,
      async give(UserName, root) {
        const keys = await userWith(root, UserName, ALL)
        const change = { UserName, AccessKeyId: keys.accessKeyId, Status: 'Inactive' }
        return { keys, revoke: () => root('iam:UpdateAccessKey', change) }
      },
    },
    {
      name: 'DeleteUserPolicy',
      code: DENIED,
      async give(UserName, root) {
        const keys = await userWith(root, UserName, ALL)
        return { keys, revoke: () => root('iam:DeleteUserPolicy', { UserName, PolicyName: 'own' }) }
      },
    },
    {
      name: 'PutUserPolicy',
      code: DENIED,
      async give(UserName, root) {
        const keys = await userWith(root, UserName, ALL)
        const change = { UserName, PolicyName: 'more', PolicyDocument: NONE }
        return { keys, revoke: () => root('iam:PutUserPolicy', change) }
      },
    },
    {
      name: 'DetachUserPolicy',
      code: DENIED,
      async give(UserName, root) {
        const keys = await userWith(root, UserName)
        const PolicyArn = await policyNamed(root, UserName)
        await root('iam:AttachUserPolicy', { UserName, PolicyArn })
        return { keys, revoke: () => root('iam:DetachUserPolicy', { UserName, PolicyArn }) }
      },
    },
    {
      name: 'CreatePolicyVersion',
      code: DENIED,
      async give(UserName, root) {
        const keys = await userWith(root, UserName)
        const PolicyArn = await policyNamed(root, UserName)
        await root('iam:AttachUserPolicy', { UserName, PolicyArn })
        const change = { PolicyArn, PolicyDocument: NONE, SetAsDefault: 'true' }
        return { keys, revoke: () => root('iam:CreatePolicyVersion', change) }
      },
    },
    {
      name: 'PutUserPermissionsBoundary',
      code: DENIED,
      async give(UserName, root) {
        const keys = await userWith(root, UserName, ALL)
        const PermissionsBoundary = await policyNamed(root, UserName, NONE)
        return { keys, revoke: () => root('iam:PutUserPermissionsBoundary', { UserName, PermissionsBoundary }) }
      },
    },
    {
      name: 'RemoveUserFromGroup',
      code: DENIED,
      async give(UserName, root) {
        const keys = await userWith(root, UserName)
        const GroupName = UserName
        await root('iam:CreateGroup', { GroupName })
        await root('iam:PutGroupPolicy', { GroupName, PolicyName: 'own', PolicyDocument: ALL })
        await root('iam:AddUserToGroup', { GroupName, UserName })
        return { keys, revoke: () => root('iam:RemoveUserFromGroup', { GroupName, UserName }) }
      },
    },
    {
      name: 'DeleteRolePolicy',
      code: DENIED,
      async give(RoleName, root) {
        const keys = await session(root, RoleName)
        return { keys, revoke: () => root('iam:DeleteRolePolicy', { RoleName, PolicyName: 'own' }) }
      },
    },
    {
      name: 'DeleteRole',
      code: STRANGER,
      async give(RoleName, root) {
        const keys = await session(root, RoleName)
        return {
          keys,
          async revoke() {
            await root('iam:DeleteRolePolicy', { RoleName, PolicyName: 'own' })
            await root('iam:DeleteRole', { RoleName })
          },
        }
      },
    },
  ]
}

/** Gives a permission, asks for it at every door until whoever keeps things in mind has it in mind, and takes it away. */
export async function revoked(
  revocation: Revocation,
  name: string,
  root: Root,
  doors: readonly Door[],
  ask: (door: Door, keys: Keys) => Promise<Answer>,
): Promise<Keys> {
  const { keys, revoke } = await revocation.give(name, root)
  for (let time = 0; time < 2; time++) {
    for (const each of doors) assert.equal(outcome(await ask(each, keys)), '200', `${name}: not taken away yet`)
  }
  await revoke()
  return keys
}
