/** The part of an object that a Range header means. Source: RFC 9110, 14.1; S3 API Reference, GetObject. */

export interface Range {
  readonly from: number
  /** Inclusive. */
  readonly to: number
}

/** Undefined: all of it, as for a header that is none, or that names several parts. `unsatisfiable`: nothing of it. */
export function rangeOf(header: string | undefined, sizeBytes: number): Range | undefined | 'unsatisfiable' {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes)
    return length === 0 ? 'unsatisfiable' : { from: sizeBytes - length, to: sizeBytes - 1 }
  }
  const from = Number(first)
  const to = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  if (last !== '' && Number(last) < from) return undefined
  return from >= sizeBytes ? 'unsatisfiable' : { from, to }
}
