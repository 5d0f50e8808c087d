import type { Socket } from 'node:net'

/** What a database has to say in one session: answers about users and their rights. */
const MOST_BYTES = 33_554_432
const LOOKS_EVERY_MS = 100

/**
 * Cuts a connection that brings more than any database has to say: drivers keep what they are sent until it is whole, and whom a
 * secret names as its database may be anybody. `socket` is the one below TLS.
 */
export function limitBytes(socket: Socket): void {
  const timer = setInterval(() => {
    if (socket.bytesRead > MOST_BYTES) socket.destroy(new Error('the server says more than a database has to'))
  }, LOOKS_EVERY_MS)
  timer.unref()
  socket.once('close', () => clearInterval(timer))
}
