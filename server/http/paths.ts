import type { Reply } from '#kernel/protocol/reply'
import type { Path } from './exchange.ts'

/** Whether the server can do its work now, and if not why: sentences without anything secret. */
export interface Health {
  readonly ready: boolean
  readonly reasons: readonly string[]
  /** In place of `not ready`, when that says more. */
  readonly status?: 'sealed'
  /** What is not as it should be though requests are served. */
  readonly notes?: readonly string[]
  /** When a drill proved last that a backup opens (ISO 8601). */
  readonly lastDrill?: string
}

/** What the operator's paths ask of the server. */
export interface Admin {
  health(): Promise<Health>
}

/** A Prometheus registry; prom-client's own fits. */
export interface Metrics {
  readonly contentType: string
  metrics(): Promise<string>
}

/** An answer in plain JSON, as the paths of our own give it. */
export function jsonAnswer(status: number, body: unknown, more: readonly string[] = []): Reply {
  const headers = ['Content-Type', 'application/json', 'Cache-Control', 'no-store', ...more]
  return { status, headers, body: `${JSON.stringify(body)}\n` }
}

/** Answers a method that a path does not have. */
export function otherMethod(allowed: string): Reply {
  return jsonAnswer(405, { error: `this path answers ${allowed} only` }, ['Allow', allowed])
}

export const notFound: Reply = jsonAnswer(404, { error: 'there is nothing at this path' })

/** `GET /_strongroom/health` and `GET /metrics`. `closing` says that the server is on its way out. */
export function operatorPaths(admin: Admin, metrics: Metrics, closing: () => boolean): Map<string, Path> {
  // Anybody may ask, so many questions at one time cost one answer.
  const health = shared(async (): Promise<Reply> => {
    const found: Health = closing() ? { ready: false, reasons: ['the server is shutting down'] } : await admin.health()
    return found.ready
      ? jsonAnswer(200, {
          status: 'ready',
          ...(found.notes?.length ? { notes: found.notes } : {}),
          ...(found.lastDrill === undefined ? {} : { lastDrill: found.lastDrill }),
        })
      : jsonAnswer(503, { status: found.status ?? 'not ready', reasons: found.reasons })
  })
  const numbers = shared(
    async (): Promise<Reply> => ({
      status: 200,
      headers: ['Content-Type', metrics.contentType, 'Cache-Control', 'no-store'],
      body: await metrics.metrics(),
    }),
  )
  return new Map([
    ['/_strongroom/health', async (method) => (isRead(method) ? health() : otherMethod('GET'))],
    ['/metrics', async (method) => (isRead(method) ? numbers() : otherMethod('GET'))],
  ])
}

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD'

/** Whoever asks while an answer is being made gets that one. */
function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined
  return () => {
    current ??= make().finally(() => {
      current = undefined
    })
    return current
  }
}
