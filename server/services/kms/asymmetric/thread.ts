import { Worker } from 'node:worker_threads'
import type { KeyObject } from 'node:crypto'
import type { Work } from './digests.ts'
import type { Answer, Question } from './digest-worker.ts'

/**
 * The thread that signs digests: started when it is first needed, and again after it has failed. It keeps no process from
 * ending but while it is being waited for.
 */
export class DigestThread {
  #worker: Worker | undefined
  #asked = 0
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>()

  async sign(work: Work, key: KeyObject): Promise<Uint8Array> {
    const answer = await this.#ask({ work, key })
    if (!('signature' in answer)) throw new Error('the thread that signs answered something else')
    return answer.signature
  }

  async verify(work: Work, key: KeyObject, signature: Uint8Array): Promise<boolean> {
    const answer = await this.#ask({ work, key, signature })
    if (!('valid' in answer)) throw new Error('the thread that verifies answered something else')
    return answer.valid
  }

  async #ask(question: Omit<Question, 'id'>): Promise<Answer> {
    const worker = this.#worker ?? this.#start()
    const id = this.#asked++
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    worker.ref()
    worker.postMessage({ id, ...question } satisfies Question)
    return answer
  }

  #start(): Worker {
    const worker = new Worker(new URL('./digest-worker.ts', import.meta.url))
    this.#worker = worker
    worker.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if (this.#waiting.size === 0) worker.unref()
      if ('error' in answer) waiting?.reject(new Error(answer.error))
      else waiting?.resolve(answer)
    })
    worker.on('error', (error) => this.#failed(worker, error))
    worker.on('exit', () => this.#failed(worker, new Error('the thread that signs has ended')))
    return worker
  }

  #failed(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(new Error('a digest could not be signed', { cause: error }))
  }
}
