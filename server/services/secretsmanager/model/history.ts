/**
 * How many versions a secret keeps. A version without labels is deprecated: it may go when there are too many and it is
 * older than a day, oldest first. Labelled versions never go. Source: secretsmanager.md 4.4.
 */

/** Versions younger than this are never taken away. */
export const KEPT_MS = 24 * 60 * 60 * 1000

/**
 * What follows from one more version: `room` false refuses it, since what can't be taken away fills the limit already;
 * `prune` says that versions are to be taken away afterwards.
 */
export function roomForOneMore(
  total: number,
  removable: number,
  most: number,
): { readonly room: boolean; readonly prune: boolean } {
  const room = total - removable < most
  return { room, prune: room && total + 1 > most }
}

/** How many deprecated versions to take away of `total`. */
export function surplus(total: number, most: number): number {
  return Math.max(0, total - most)
}
