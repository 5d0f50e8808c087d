import type { KeyObject } from 'node:crypto'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { signDigest, verifyDigest, type Work } from './digests.ts'

/** What the thread is asked: to sign, or to look at a signature. */
export interface Question {
  readonly id: number
  readonly work: Work
  readonly key: KeyObject
  readonly signature?: Uint8Array
}

export type Answer =
  | { readonly id: number; readonly signature: Uint8Array }
  | { readonly id: number; readonly valid: boolean }
  | { readonly id: number; readonly error: string }

function answerTo({ id, work, key, signature }: Question): Answer {
  try {
    if (signature !== undefined) return { id, valid: verifyDigest(work, key, signature) }
    return { id, signature: signDigest(work, key) }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}

function serve(port: MessagePort): void {
  port.on('message', (question: Question) => port.postMessage(answerTo(question)))
}

if (parentPort !== null) serve(parentPort)
