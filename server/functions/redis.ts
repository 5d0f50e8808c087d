import { type DatabaseSecret, type Engine, FunctionFault, NotConnected } from './function.ts'
import { refuseLinkLocal } from './link-local.ts'
import { DEFAULT_PORT, DEFAULT_USERNAME, login, portOf } from './redis-login.ts'
import { RedisSession, refuseUnfit } from './redis-session.ts'

/** Redis and Valkey: users of their access control lists. Source: rotation.md 8.6, 9; redis.io, ACL. */

export const redis: Omit<Engine, 'connect'> & {
  connect(secret: DatabaseSecret, signal: AbortSignal): Promise<RedisSession>
} = {
  names: ['redis', 'valkey'],
  excludeCharacters: '/@"\'\\',
  passwordLength: 32,
  defaultUsername: DEFAULT_USERNAME,
  ownKeys: ['nodes'],
  usernameLimit: () => undefined,
  otherHost: ' master',
  // another port of the host may be a server of somebody who knows the password there
  masterLogin(master, current) {
    if (portOf(master) === portOf(current)) return master
    throw new FunctionFault(
      `Current database port ${portOf(current)} is not the same port as that of master ${portOf(master)}`,
    )
  },
  clone: (username) => (username.endsWith('_clone') ? username.slice(0, -'_clone'.length) : `${username}_clone`),
  connect,
}

/** Most servers beside the one that the secret names first. */
const MOST_NODES = 50

/** Replicas and the nodes of a cluster have users of their own: `nodes` of a secret names them. */
function nodesOf({ nodes }: DatabaseSecret): readonly { readonly host: string; readonly port: number }[] {
  const places = (nodes ?? '')
    .split(',')
    .map((node) => node.trim())
    .filter((node) => node !== '')
  if (places.length > MOST_NODES) throw new FunctionFault(`nodes of the secret JSON names more than ${MOST_NODES}`)
  return places.map((place) => {
    const [, inBrackets, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s/:[\]]+))(?::(\d{1,5}))?$/.exec(place) ?? []
    const host = inBrackets ?? plain
    const port = Number(digits ?? DEFAULT_PORT)
    if (host === undefined || port < 1 || port > 65_535)
      throw new FunctionFault('nodes of the secret JSON must be like redis-2:6379,redis-3:6379')
    return { host, port }
  })
}

/** Logs in, and on each of the other nodes too: what is set is set on all of them. */
async function connect(secret: DatabaseSecret, signal: AbortSignal): Promise<RedisSession> {
  const nodes = nodesOf(secret)
  const session = await connectOne(secret, signal)
  try {
    for (const node of nodes) session.others.push(await connectNode({ ...secret, ...node }, signal))
  } catch (error) {
    await session.close()
    throw error
  }
  return session
}

/** A node that refuses a password that the first server takes says nothing about this password. */
async function connectNode(secret: DatabaseSecret, signal: AbortSignal): Promise<RedisSession> {
  try {
    return await connectOne(secret, signal)
  } catch (error) {
    if (!(error instanceof NotConnected)) throw error
    const { failure, message } = error
    const which = `the node ${secret.host}:${portOf(secret)}: ${message}`
    throw new NotConnected(failure === 'auth' ? 'other' : failure, which)
  }
}

async function connectOne(secret: DatabaseSecret, signal: AbortSignal): Promise<RedisSession> {
  refuseUnfit(secret.username, secret.password)
  // nodes that the secret names besides its host
  refuseLinkLocal(secret.host)
  return new RedisSession(await login(secret, signal), signal)
}
