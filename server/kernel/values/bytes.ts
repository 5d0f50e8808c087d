import { inspect } from 'node:util'

/**
 * A secret value on its way through the program. It prints `[secret]` wherever it is printed by accident (template,
 * JSON, inspect); `reveal()` is the one way to its content and stands where the content is used.
 */
export class Secret<T = string> {
  readonly #content: T
  constructor(content: T) {
    this.#content = content
  }
  reveal(): T {
    return this.#content
  }
  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return '[secret]'
  }
  [inspect.custom](): string {
    return '[secret]'
  }
}
