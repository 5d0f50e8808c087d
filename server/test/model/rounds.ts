import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Nodes } from './nodes.ts'
import { type Sequence, sequences } from './sequence.ts'
import { checkTrail } from './trail.ts'
import type { Figures } from './figures.ts'
import { Trial } from './trial.ts'

export interface ModelOptions {
  readonly runs: number
  readonly seed: number
  /** Replays one sequence: what a red run prints. */
  readonly path?: string | undefined
  readonly database?: string | undefined
  readonly nodes: number
  readonly crashes: boolean
  /** With --name-reuse. Default false. */
  readonly nameReuse?: boolean | undefined
  /** After so many milliseconds no sequence begins any more. */
  readonly within?: number
  /** Whether the shortest sequence is looked for that still fails. Default true. */
  readonly shrinks?: boolean
  readonly onSequence?: (figures: Figures) => void
}

const VERSIONS = 6

/** Runs sequences against nodes of their own. Throws, with the shortest sequence that it found, when one can't be explained. */
export async function model(options: ModelOptions): Promise<Figures & { readonly records: number }> {
  const { runs, seed, path, database, nodes: count, crashes, within, nameReuse = false } = options
  const limits = { versions: VERSIONS, nameReuse }
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-model-'))
  try {
    await using nodes = await Nodes.start({ directory, database, count, ...limits, now: Date.now() })
    const trial = new Trial(nodes, limits)
    await trial.prepare()
    const began = performance.now()
    const property = fc.asyncProperty(sequences({ crashes }), async (sequence: Sequence) => {
      // Not fast-check's own limit, which would leave a sequence to itself.
      if (within !== undefined && performance.now() - began > within) return
      await trial.run(sequence)
      options.onSequence?.(trial.figures)
    })
    await fc.assert(property, {
      seed,
      numRuns: runs,
      endOnFailure: options.shrinks === false,
      ...(path === undefined ? {} : { path }),
    })
    await nodes.stop()
    const records = await checkTrail({ directory, database }, trial.made, trial.lost)
    return { ...trial.figures, records }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
