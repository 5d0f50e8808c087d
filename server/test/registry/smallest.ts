import assert from 'node:assert/strict'
import type { Shape } from '#kernel/shape'

/** The smallest value that a shape takes. */
export function smallest(shape: Shape, where: string): unknown {
  switch (shape.kind) {
    case 'string':
      if (shape.oneOf !== undefined) return shape.oneOf[0]
      if (shape.pattern !== undefined)
        assert.match('a', new RegExp(`^(?:${shape.pattern})$`), `${where} needs a fixture`)
      return 'a'.repeat(Math.max(shape.length?.[0] ?? 1, 1))
    case 'integer':
      return shape.range?.[0] ?? 1
    case 'boolean':
      return false
    case 'timestamp':
      return 1_700_000_000
    case 'blob':
      return Buffer.alloc(Math.max(shape.length?.[0] ?? 1, 1))
    case 'list':
      return Array.from({ length: Math.max(shape.length?.[0] ?? 1, 1) }, () => smallest(shape.of, where))
    case 'map':
      return { key: smallest(shape.value, where) }
    case 'structure':
      return Object.fromEntries(Object.entries(shape.members).map(([name, each]) => [name, smallest(each, where)]))
  }
}
