import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/**
 * A thread with its own connection that moves the WAL into the database file: its fsyncs would stop the event loop.
 * Takes `passive` or `restart`, answers `{ log, checkpointed }` in pages, or `{ error }`.
 */
const database = new DatabaseSync(workerData as string, { timeout: 1000 })
database.exec('pragma synchronous = normal')
const checkpoints = {
  passive: database.prepare('pragma wal_checkpoint(passive)'),
  restart: database.prepare('pragma wal_checkpoint(restart)'),
}

parentPort?.on('message', (mode: 'passive' | 'restart' | 'close') => {
  if (mode === 'close') {
    database.close()
    parentPort?.close()
    return
  }
  try {
    parentPort?.postMessage(checkpoints[mode].get())
  } catch (error) {
    parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) })
  }
})
