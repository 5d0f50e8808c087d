import { type Effort, type Leaf, type Scalar, spend, takes } from './leaf.ts'

/** An event, as JSON.parse reads it. */
export type Json = Scalar | readonly Json[] | { readonly [key: string]: Json }
type Members = { readonly [key: string]: Json }

/** A pattern as a tree of fields. */
export interface Node {
  readonly children: ReadonlyMap<string, Node>
  readonly leaf: Leaf | undefined
  /** From the root of the event. */
  readonly path: readonly string[]
}

/**
 * Whether an event is like one branch of a pattern. Of a list one element must be like all that the pattern says of it: two fields
 * are not taken from two elements. A field may be missing only when it is in no element of any list.
 * The work is bounded by the fields of the pattern times the values of the event; throws TooCostly when that is beyond `effort`.
 */
export function holds(root: Node, event: Json, effort: Effort): boolean {
  return new Matching(event, effort).holds(root, event)
}

/** Lists in lists are taken as one. */
function* elements(list: readonly Json[], effort: Effort): Generator<Json> {
  const left: Json[] = [list]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (!isList(next)) yield next
    else {
      spend(effort, 1 + next.length)
      for (let i = next.length - 1; i >= 0; i--) left.push(next[i] as Json)
    }
  }
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
const isObject = (value: Json): value is Members => typeof value === 'object' && value !== null && !isList(value)

class Matching {
  readonly #event: Json
  readonly #effort: Effort
  /** Fields that were looked for everywhere, and whether they are anywhere. */
  readonly #anywhere = new Map<Node, boolean>()

  constructor(event: Json, effort: Effort) {
    this.#event = event
    this.#effort = effort
  }

  holds(node: Node, value: Json): boolean {
    spend(this.#effort, 1 + node.children.size)
    if (isList(value)) {
      let any = false
      for (const element of elements(value, this.#effort)) {
        if (this.holds(node, element)) return true
        any = true
      }
      return !any && this.#without(node)
    }
    if (isObject(value)) {
      if (node.leaf !== undefined && !this.#missing(node)) return false
      for (const [name, child] of node.children) if (!this.#field(child, value, name)) return false
      return true
    }
    if (node.leaf !== undefined && !takes(node.leaf, value, this.#effort) && !this.#missing(node)) return false
    for (const child of node.children.values()) if (!this.#without(child)) return false
    return true
  }

  #field(child: Node, value: Members, name: string): boolean {
    const found = fieldsOf(value, name, this.#effort)
    if (found.length === 0) return this.#without(child)
    return found.some((one) => this.holds(child, one))
  }

  /** Whether a node holds where there is nothing. */
  #without(node: Node): boolean {
    spend(this.#effort, 1 + node.children.size)
    if (node.leaf !== undefined && !this.#missing(node)) return false
    for (const child of node.children.values()) if (!this.#without(child)) return false
    return true
  }

  /** Whether a leaf may be missing, and is, everywhere. */
  #missing(node: Node): boolean {
    if (node.leaf?.missing !== true) return false
    let anywhere = this.#anywhere.get(node)
    if (anywhere === undefined) {
      anywhere = occurs(node.path, this.#event, this.#effort)
      this.#anywhere.set(node, anywhere)
    }
    return !anywhere
  }
}

/**
 * The values of a field of an object; a key with dots is a path of its own (`{"a.b": 1}` is `{"a": {"b": 1}}`): usually one, or
 * none.
 */
function fieldsOf(value: Members, name: string, effort: Effort): readonly Json[] {
  const found: Json[] = []
  let merged: Record<string, Json> | undefined
  if (Object.hasOwn(value, name)) found.push(value[name] as Json)
  const start = `${name}.`
  const keys = Object.keys(value)
  spend(effort, keys.length)
  for (const key of keys)
    if (key.startsWith(start)) {
      merged ??= Object.create(null) as Record<string, Json>
      merged[key.slice(start.length)] = value[key] as Json
    }
  if (merged === undefined) return found
  const [plain] = found
  return plain !== undefined && isObject(plain) ? [{ ...plain, ...merged }] : [...found, merged]
}

/** Whether there is a value that is neither object nor list at a path, in whatever element of whatever list. */
function occurs(path: readonly string[], event: Json, effort: Effort): boolean {
  const left: { readonly value: Json; readonly step: number }[] = [{ value: event, step: 0 }]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, step } = next
    spend(effort, 1)
    if (isList(value)) for (const element of value) left.push({ value: element, step })
    else if (isObject(value)) {
      if (step < path.length)
        for (const found of fieldsOf(value, path[step] as string, effort)) left.push({ value: found, step: step + 1 })
    } else if (step === path.length) return true
  }
  return false
}
