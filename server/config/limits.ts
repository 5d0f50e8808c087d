/** Bounds on what a client may cost before anybody knows who it is. All of them hold for each process. */
export interface Limits {
  /** Request line and headers together. */
  readonly headerBytes: number
  readonly headerCount: number
  /** One request's body. */
  readonly bodyBytes: number
  /** All bodies that are being read or worked on, but those that arrived in one piece: `requests` bounds these. */
  readonly bodiesBytes: number
  /** The part of `bodiesBytes` that the bodies of one client address may fill. */
  readonly clientShare: number
  /** The same of uploads: the few operations that take bodies of many megabytes have a room of their own. Half of it for one client. */
  readonly uploadsBytes: number
  /** A body that arrives more slowly than this after its first `bodyGraceMs`, on average, is cut off. Bytes in a second. */
  readonly slowestBody: number
  readonly bodyGraceMs: number
  readonly connections: number
  /** The part of `connections` that one peer address may have, unless it is a trusted proxy. */
  readonly peerShare: number
  /** Requests that are read and not yet answered. */
  readonly requests: number
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number
  /** From the first byte of a request to the end of its body. */
  readonly requestTimeoutMs: number
  /** How long a connection may rest between two requests. */
  readonly keepAliveTimeoutMs: number
  /** How long a connection may be silent while an answer is due or being sent. */
  readonly silenceTimeoutMs: number
  /** How often the timeouts are looked at. */
  readonly checkEveryMs: number
}

export const defaultLimits: Limits = Object.freeze({
  headerBytes: 16 * 1024,
  headerCount: 100,
  bodyBytes: 1024 * 1024,
  bodiesBytes: 128 * 1024 * 1024,
  clientShare: 0.25,
  uploadsBytes: 136 * 1024 * 1024,
  slowestBody: 16 * 1024,
  bodyGraceMs: 5000,
  connections: 4096,
  peerShare: 0.5,
  requests: 2048,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  silenceTimeoutMs: 120_000,
  checkEveryMs: 1000,
})
