/** The request members that our own operations have besides those of Secrets Manager, each declared once. */

/** A point in time: seconds since the epoch on the wire. */
export const Moment = { kind: 'timestamp' } as const
