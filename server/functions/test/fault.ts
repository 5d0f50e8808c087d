import assert from 'node:assert/strict'
import { FunctionFault } from '../function.ts'

/** For assert.rejects: a fault of a function with these words and this type. */
export const fault =
  (message: string | RegExp, type = 'ValueError') =>
  (error: unknown): boolean => {
    assert.ok(error instanceof FunctionFault, String(error))
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
    assert.equal(error.type, type)
    return true
  }
