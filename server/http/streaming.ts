import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Streamed } from '#kernel/protocol/reply'

/** How long a piece may take to leave: who reads more slowly is cut off, milliseconds. */
const PIECE_MS = 30_000

/**
 * Sends the pieces of an answer whose headers are written: each is asked for when the one before it has been taken by the connection, so
 * that no more than one is in memory. Settles when the answer is out or its connection is no more; rejects as the stream does.
 */
export async function sendStream(
  { socket }: IncomingMessage,
  res: ServerResponse,
  stream: Streamed,
  longestMs = PIECE_MS,
): Promise<void> {
  res.once('close', () => stream.over())
  try {
    // A connection that broke before says it no more.
    while (!socket.destroyed && !res.destroyed) {
      const piece = await stream.next()
      if (piece === undefined) break
      if (!res.write(piece)) await drained(res, longestMs)
    }
  } finally {
    stream.over()
    res.end()
  }
}

/** Settles when what was written has been taken, or never will be. */
function drained(res: ServerResponse, longestMs: number): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(timer)
      res.removeListener('drain', settle)
      res.removeListener('close', settle)
      resolve()
    }
    const timer = setTimeout(() => res.destroy(), longestMs)
    timer.unref()
    res.on('drain', settle)
    res.on('close', settle)
    if (res.destroyed || !res.writableNeedDrain) settle()
  })
}
