import { FunctionFault } from './function.ts'

/**
 * Waits for the end of a function, but not longer than `graceMs` after it was told to stop: a driver that a hostile server has
 * tied up may never settle, and must not keep the place of other rotations. Throws what the function throws, or FunctionFault.
 */
export async function endOf<T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  const given = Promise.withResolvers<never>()
  // Nobody may be there any more who hears of it.
  work.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  const stop = () => {
    timer = setTimeout(() => given.reject(new FunctionFault('the function did not end when it was stopped')), graceMs)
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, given.promise])
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(timer)
  }
}
