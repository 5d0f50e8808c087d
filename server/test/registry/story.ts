import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type Answer, jsonDraft, refusalOf } from './client.ts'
import { bytesCanary, type Canary, canaryText, textCanary } from './needles.ts'
import type { Who, World } from './world.ts'

/** Does things with secrets and keeps what must not be found, and every answer that must not hold it. */
export class Story {
  readonly world: World
  readonly canaries: Canary[] = []
  /** Answers that are no disclosure of their own: errors, and successes of everything but the reads of values. */
  readonly answers: string[] = []

  constructor(world: World) {
    this.world = world
  }

  text(name: string): string {
    const text = canaryText()
    this.canaries.push(textCanary(name, text))
    return text
  }

  bytes(name: string, length = 32): Buffer {
    const bytes = randomBytes(length)
    this.canaries.push(bytesCanary(name, bytes))
    return bytes
  }

  async well(action: string, input: Readonly<Record<string, unknown>>): Promise<string> {
    const text = await this.world.done(action, input)
    this.answers.push(text)
    return text
  }

  /** A read of a value, whose answer holds it. */
  reveal(action: string, input: Readonly<Record<string, unknown>>): Promise<string> {
    return this.world.done(action, input)
  }

  async badly(code: string, action: string, input: Readonly<Record<string, unknown>>, who?: Who): Promise<void> {
    this.refused(code, await this.world.call(this.world.entry(action), input, who))
  }

  async raw(code: string, action: string, body: string | Buffer): Promise<void> {
    const { service, name } = this.world.entry(action)
    this.refused(code, await this.world.ask(service, jsonDraft(service, name, body)))
  }

  refused(code: string, answer: Answer): void {
    assert.equal(refusalOf(answer).code, code, answer.text)
    this.answers.push(answer.text, JSON.stringify(answer.headers))
  }
}
