import type { Io } from '../command.ts'

/** Records of which nobody waits for the reading without wondering. */
const MANY = 50_000

/** Says once that it may take a while: much of the trail is not counted yet. */
export function counting(io: Pick<Io, 'err'>): (records: number) => void {
  let told = false
  return (records) => {
    if (told || records < MANY) return
    told = true
    io.err('reading records of the audit trail that no server has counted yet: this may take a while\n')
  }
}
