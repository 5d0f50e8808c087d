/* A program of two workers that tell their process id: workers.test.ts runs it. An argument makes the workers fail. */
import { systemClock } from '#kernel/clock'
import { defaultLimits } from '../config.ts'
import { type Log, listen } from '../http.ts'
import { isWorker, runPrimary, runWorker } from '../workers.ts'

const line = (fields: object, text: string): void => void process.stdout.write(`${text} ${JSON.stringify(fields)}\n`)
const log: Log = { info: line, warn: line, error: line }

async function work(): Promise<number> {
  return await runWorker(log, async ({ jobs, metrics }) => {
    if (process.argv[2] === 'fail') throw new Error('this worker never starts')
    const server = await listen(
      { mode: 'serve', listen: { host: '127.0.0.1', port: 0 }, limits: defaultLimits },
      {
        handle: async ({ body }) => ({
          status: 200,
          headers: [],
          body: JSON.stringify({ pid: process.pid, jobs, body: body.toString() }),
        }),
        admin: { health: async () => ({ ready: true, reasons: [] }) },
        log,
        metrics: { contentType: 'text/plain', metrics },
        clock: systemClock,
      },
    )
    return {
      url: server.url,
      reload: () => log.info({}, 'reloaded'),
      stop: () => server.close(5000),
    }
  })
}

async function lead(): Promise<number> {
  return await runPrimary({
    workers: 2,
    graceMs: 5000,
    log,
    firstBackoffMs: 1,
    metrics: async () => 'all 2\n',
    ready: (url) => void process.stdout.write(`ready ${url}\n`),
  })
}

process.exit(
  await (isWorker() ? work() : lead()).catch((error: Error) => {
    process.stdout.write(`failed ${error.message}\n`)
    return 1
  }),
)
