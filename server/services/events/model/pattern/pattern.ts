import { type Effort, type Leaf, leafOf, RESERVED, tooComplex } from './leaf.ts'
import { holds, type Json, type Node } from './match.ts'
import { Reader } from './reader.ts'

/** A pattern that was read. */
export interface Pattern {
  /** Whether an event is like it. The event is what JSON.parse makes of it. Throws TooCostly when `effort` (all there is) is spent. */
  matches(event: Json, effort?: Effort): boolean
  /** A cheap look: false when no event of that source and type can be like it. */
  mayMatch(source: string, detailType: string): boolean
  /** The only texts that a field can be, by its path; undefined when it can be something else. */
  texts(path: string): readonly string[] | undefined
  /** How much it takes in memory: fields times branches. */
  readonly cost: number
}

/** Ways in which all `$or`s of a pattern can be combined. Source: surroundings.md 4.3. */
const MOST_BRANCHES = 1000
const OR = '$or'

/** One way in which an event can be like a pattern: by the names of fields, joined by dots, what each must be. */
type Branch = ReadonlyMap<string, Leaf>

/**
 * Reads a pattern: lists are alternatives, keys all count, a key with dots is a path, of two equal paths the last counts.
 * Throws InvalidEventPatternException in AWS's words. Source: surroundings.md 4.3.
 */
export function patternOf(text: string): Pattern {
  const reader = new Reader(text)
  const first = reader.next()
  if (first.kind !== '{') throw reader.fault('Filter is not an object', first.at)
  const branches = objectIn(reader, '', [new Map()], false)
  // Assumed: AWS does not look at what stands behind.
  const end = reader.next()
  if (end.kind !== 'end') throw reader.fault('Filter is not an object', end.at)
  const trees = branches.map(treeOf)
  const sources = only(branches, 'source')
  const types = only(branches, 'detail-type')
  return {
    matches: (event, effort = { left: Number.POSITIVE_INFINITY }) => trees.some((tree) => holds(tree, event, effort)),
    mayMatch: (source, type) =>
      (sources === undefined || sources.has(source)) && (types === undefined || types.has(type)),
    texts: (path) => {
      const found = only(branches, path)
      return found && [...found]
    },
    cost: branches.reduce((sum, branch) => sum + branch.size, 0),
  }
}

/** What stands behind `{`, under a path, added to each branch. */
function objectIn(reader: Reader, path: string, before: readonly Branch[], inOr: boolean): readonly Branch[] {
  let branches = before
  let token = reader.next()
  if (token.kind === '}') throw reader.fault('Empty objects are not allowed', token.at)
  for (; token.kind !== '}'; token = reader.next()) {
    const name = token.text
    const value = reader.next()
    if (name === OR) {
      if (value.kind !== '[') throw reader.fault('It must be an Array followed with $or.', value.at)
      branches = alternatives(reader, path, branches)
      continue
    }
    if (inOr && RESERVED.has(name))
      throw reader.fault(`${name} is Ruler reserved fieldName which cannot be used inside $or.`, token.at)
    const below = path === '' ? name : `${path}.${name}`
    if (value.kind === '{') branches = objectIn(reader, below, branches, inOr)
    else if (value.kind === '[') branches = withLeaf(branches, below, leafOf(reader))
    else throw reader.fault(`"${name}" must be an object or an array`, value.at)
  }
  return branches
}

function withLeaf(branches: readonly Branch[], path: string, leaf: Leaf): readonly Branch[] {
  return branches.map((branch) => new Map(branch).set(path, leaf))
}

/** What stands behind the `[` of `$or`: each object goes on from all branches so far. */
function alternatives(reader: Reader, path: string, before: readonly Branch[]): readonly Branch[] {
  const all: Branch[] = []
  let objects = 0
  let token = reader.next()
  for (; token.kind !== ']'; token = reader.next()) {
    if (token.kind !== '{') throw reader.fault('Only JSON object is allowed in array of $or relationship.', token.at)
    objects++
    all.push(...objectIn(reader, path, before, true))
    if (all.length > MOST_BRANCHES) throw tooComplex()
  }
  if (objects < 2) throw reader.fault('There must have at least 2 Objects in $or relationship.', token.at)
  return all
}

function treeOf(branch: Branch): Node {
  const root: MutableNode = { children: new Map(), leaf: undefined, path: [] }
  for (const [path, leaf] of branch) {
    let node = root
    for (const step of path.split('.')) {
      let next = node.children.get(step)
      if (next === undefined) {
        next = { children: new Map(), leaf: undefined, path: [...node.path, step] }
        node.children.set(step, next)
      }
      node = next
    }
    node.leaf = leaf
  }
  return root
}

interface MutableNode {
  readonly children: Map<string, MutableNode>
  leaf: Leaf | undefined
  readonly path: readonly string[]
}

/** The only texts that a field can be; undefined when it can be anything. */
function only(branches: readonly Branch[], path: string): ReadonlySet<string> | undefined {
  const all = new Set<string>()
  for (const branch of branches) {
    const leaf = branch.get(path)
    if (leaf === undefined || leaf.missing || leaf.tests.length > 0) return undefined
    for (const value of leaf.values) if (typeof value === 'string') all.add(value)
  }
  return all
}
