import type { Characters, Fold } from './characters.ts'

/** What a pattern is made of, once it is read. */
export type Node =
  | { readonly kind: 'characters'; readonly set: Characters }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'choice'; readonly nodes: readonly Node[] }
  /** `most` may be Infinity. */
  | {
      readonly kind: 'repeat'
      readonly node: Node
      readonly least: number
      readonly most: number
      readonly mode: 'greedy' | 'lazy' | 'possessive'
    }
  | { readonly kind: 'capture'; readonly node: Node; readonly group: number }
  | { readonly kind: 'atomic'; readonly node: Node }
  | { readonly kind: 'look'; readonly node: Node; readonly ahead: boolean; readonly negative: boolean }
  | { readonly kind: 'place'; readonly holds: Place }
  | { readonly kind: 'again'; readonly group: number; readonly fold: Fold }

/** Whether a place in the text is one; `at`: characters before it. */
export type Place = (text: Uint32Array, at: number) => boolean

/** Least and most characters that a node takes. */
export function lengthOf(node: Node): readonly [number, number] {
  switch (node.kind) {
    case 'characters':
      return [1, 1]
    case 'sequence': {
      let [least, most] = [0, 0]
      for (const each of node.nodes) {
        const [a, b] = lengthOf(each)
        least += a
        most += b
      }
      return [least, most]
    }
    case 'choice': {
      let [least, most] = [Number.POSITIVE_INFINITY, 0]
      for (const each of node.nodes) {
        const [a, b] = lengthOf(each)
        least = Math.min(least, a)
        most = Math.max(most, b)
      }
      return [least, most]
    }
    case 'repeat': {
      const [a, b] = lengthOf(node.node)
      return [a * node.least, b === 0 ? 0 : b * node.most]
    }
    case 'capture':
    case 'atomic':
      return lengthOf(node.node)
    case 'look':
    case 'place':
      return [0, 0]
    case 'again':
      return [0, Number.POSITIVE_INFINITY]
  }
}
