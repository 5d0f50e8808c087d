import type { Clock } from '#kernel/clock'
import type { Storage } from '#kernel/storage/storage'
import type { SecretsManager } from '../services/secretsmanager/service.ts'

/** Longest wait for the store when somebody asks for health: load balancers give up soon. */
export const HEALTH_MS = 2000

/** Whether `answer` comes in time and is true. */
export async function within(ms: number, answer: Promise<boolean>): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = setTimeout(() => late.resolve(false), ms)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** How often it is looked at which rotations are overdue. */
const OVERDUE_MS = 15_000

/** Knows how many rotations are overdue, some seconds behind; undefined until it was looked at, or when that failed. */
export function watchOverdue(secrets: SecretsManager, storage: Storage, clock: Clock) {
  let known: { readonly count: number; readonly oldestSeconds: number } | undefined
  const look = async () => {
    const now = clock.now()
    const { count, since } = await storage.unit('read', (unit) => secrets.overdue(unit, now))
    known = { count, oldestSeconds: since === undefined ? 0 : (now - since) / 1000 }
  }
  const timer = setInterval(() => {
    look().catch(() => {
      // the store's own metrics and health tell of it
      known = undefined
    })
  }, OVERDUE_MS).unref()
  return { told: () => known, stop: () => clearInterval(timer) }
}
