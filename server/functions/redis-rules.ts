import { FunctionFault } from './function.ts'

/**
 * What Redis and Valkey keep of a user: flags, hashes of passwords, and rules for commands, keys, channels and selectors. Read
 * from ACL GETUSER, written for ACL SETUSER. Bytes are kept as latin1 text: patterns need not be UTF-8. Pure.
 */

/** One set of rules: the user's own, or one of its selectors. */
export interface Rules {
  /** `-@all +@read -keys`: in the order in which they count. */
  readonly commands: readonly string[]
  /** `~app:*`, `%R~other:*` */
  readonly keys: readonly string[]
  /** `&news`; undefined: a server (before 6.2) that has no rules for channels. */
  readonly channels: readonly string[] | undefined
}

export interface AclUser extends Rules {
  /** As the server names them, but for what other members say and what is so by default: `skip-sanitize-payload`. */
  readonly flags: readonly string[]
  readonly withoutPassword: boolean
  /** SHA-256 of its passwords, in hexadecimal digits. */
  readonly hashes: readonly string[]
  readonly selectors: readonly Rules[]
}

/** What a reply of the server is made of. */
export type Reply = string | number | null | Buffer | readonly Reply[]

/**
 * Flags that say what other members say as well (the first ones until 6.2 only), and the one that `reset` sets.
 * Source: redis.io, ACL GETUSER.
 */
const SAID_ELSEWHERE = new Set(['allkeys', 'allchannels', 'allcommands', 'on', 'off', 'nopass', 'sanitize-payload'])

/** Reads what ACL GETUSER answers (by RESP 2). Undefined: no such user. */
export function readUser(reply: Reply): AclUser | undefined {
  if (reply === null) return undefined
  const members = membersOf(reply)
  const flags = listOf(members.get('flags'))
  return {
    ...rulesOf(members),
    flags: flags.filter((flag) => !SAID_ELSEWHERE.has(flag)).toSorted(),
    withoutPassword: flags.includes('nopass'),
    hashes: listOf(members.get('passwords')),
    selectors: (members.has('selectors') ? arrayOf(members.get('selectors')) : []).map((one) =>
      rulesOf(membersOf(one)),
    ),
  }
}

function rulesOf(members: ReadonlyMap<string, Reply>): Rules {
  return {
    commands: patternsOf(members.get('commands'), ''),
    keys: patternsOf(members.get('keys'), '~'),
    channels: members.has('channels') ? patternsOf(members.get('channels'), '&') : undefined,
  }
}

/** Since 7.0 one text, in the words of ACL SETUSER; before, a list of patterns without their sign. No pattern has a blank. */
function patternsOf(reply: Reply | undefined, sign: string): string[] {
  if (Array.isArray(reply)) return listOf(reply).map((pattern) => sign + pattern)
  return textOf(reply)
    .split(' ')
    .filter((word) => word !== '')
}

function membersOf(reply: Reply): Map<string, Reply> {
  const flat = arrayOf(reply)
  const members = new Map<string, Reply>()
  for (let at = 0; at + 1 < flat.length; at += 2) members.set(textOf(flat[at]), flat[at + 1] as Reply)
  return members
}

const listOf = (reply: Reply | undefined): string[] => arrayOf(reply).map(textOf)

function arrayOf(reply: Reply | undefined): readonly Reply[] {
  if (!Array.isArray(reply)) throw unreadable()
  return reply as readonly Reply[]
}

function textOf(reply: Reply | undefined): string {
  if (typeof reply === 'string') return reply
  if (Buffer.isBuffer(reply)) return reply.toString('latin1')
  throw unreadable()
}

const unreadable = () => new FunctionFault('the server tells the rules of a user in a way that is not known')

/**
 * The arguments of ACL SETUSER that give a user these rules and this one password, whatever it had. Throws FunctionFault for rules
 * that the server could not read back from its own file.
 */
export function settingsOf(user: AclUser, hash: string): string[] {
  return ['reset', 'on', ...user.flags, ...wordsOf(user), ...user.selectors.map(selectorOf), `#${hash}`]
}

/** `reset` gives a new user the channels of the server's default, so they are taken away first. */
function wordsOf({ commands, keys, channels }: Rules): string[] {
  return [...keys, ...(channels === undefined ? [] : ['resetchannels', ...channels]), ...commands]
}

function selectorOf(rules: Rules): string {
  const words = wordsOf(rules)
  // Redis 7.0 splits a line of its file at such a pattern, and does not start with that file any more
  if (words.some((word) => /[()]/.test(word)))
    throw new FunctionFault(
      'a selector of the current user has a parenthesis in a pattern: it cannot be given to a clone',
    )
  return `(${words.join(' ')})`
}

/** Whether two users may do exactly the same. */
export function sameRules(one: AclUser, other: AclUser): boolean {
  const text = ({ commands, keys, channels, flags, selectors }: AclUser) =>
    JSON.stringify([commands, keys.toSorted(), channels?.toSorted(), flags, selectors.map(wordsOf)])
  return text(one) === text(other)
}

/** Whether it is certain that `user` may do nothing that `model` may not. False also when that is hard to tell. */
export function isWithin(user: AclUser, model: AclUser): boolean {
  if (sameRules(user, model)) return true
  return (
    user.flags.every((flag) => flag !== 'skip-sanitize-payload' || model.flags.includes(flag)) &&
    isWithinRules(user, model) &&
    user.selectors.every((selector) =>
      [model, ...model.selectors].some((allowing) => isWithinRules(selector, allowing)),
    )
  )
}

function isWithinRules(rules: Rules, model: Rules): boolean {
  return (
    areAmong(rules.keys, model.keys, '~*') &&
    areAmong(rules.channels ?? ['&*'], model.channels ?? ['&*'], '&*') &&
    commandsAreAmong(rules.commands, model.commands)
  )
}

const areAmong = (patterns: readonly string[], model: readonly string[], all: string): boolean =>
  model.includes(all) || patterns.every((pattern) => model.includes(pattern))

/**
 * Rules for commands count in their order: to say one more `+` allows no less, and to leave out a `-` neither. So what can be made
 * of `commands` in these two ways allows all that they do.
 */
function commandsAreAmong(commands: readonly string[], model: readonly string[]): boolean {
  if (model.join(' ') === '+@all') return true
  const [mine, theirs] = [inRuns(commands), inRuns(model)]
  // reached[j]: the first i of mine are a way to the first j of theirs
  let reached = prefixes(theirs)
  for (const command of mine) {
    const next = [reached[0] === true && command.startsWith('-')]
    for (const [j, other] of theirs.entries())
      next.push(
        (reached[j] === true && command === other) ||
          (reached[j + 1] === true && command.startsWith('-')) ||
          (next[j] === true && other.startsWith('+')),
      )
    reached = next
  }
  return reached.at(-1) === true
}

/** Of nothing: only what is given can be said in addition. */
function prefixes(theirs: readonly string[]): boolean[] {
  const reached = [true]
  for (const other of theirs) reached.push(reached.at(-1) === true && other.startsWith('+'))
  return reached
}

/** The same rules; those of one sign that stand together in one order. */
function inRuns(commands: readonly string[]): string[] {
  const runs: string[][] = []
  for (const command of commands) {
    const run = runs.at(-1)
    if (run?.[0]?.[0] === command[0]) run?.push(command)
    else runs.push([command])
  }
  return runs.flatMap((run) => run.toSorted())
}
