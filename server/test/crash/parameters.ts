import { randomUUID } from 'node:crypto'
import { ParameterNotFound, type SSM } from '@aws-sdk/client-ssm'
import type { Ledger } from './ledger.ts'

/** Versions of one parameter before its writer makes the next one; below the 100 that AWS keeps. */
const MOST_VERSIONS = 15

/** What a client knows of one parameter. */
export interface ParameterKnown {
  /** By number. */
  readonly values: ReadonlyMap<number, string>
  /** Number by label. */
  readonly labels: ReadonlyMap<string, number>
  readonly tag: string
}

/** The life of one parameter: made, overwritten, labelled and tagged, in the end perhaps deleted. */
export async function oneParameter(
  ssm: SSM,
  ledger: Ledger<ParameterKnown>,
  below: (end: number) => number,
  noted: (sent: Promise<{ readonly $metadata: { readonly requestId?: string | undefined } }>) => Promise<void>,
): Promise<void> {
  const Name = ledger.name
  const first = `first ${randomUUID()}`
  const Type = below(2) === 0 ? 'SecureString' : 'String'
  await ledger.change({ values: new Map([[1, first]]), labels: new Map(), tag: 'made' }, () =>
    noted(ssm.putParameter({ Name, Value: first, Type, Tags: [{ Key: 'tag', Value: 'made' }] })),
  )
  for (let n = 2; n < MOST_VERSIONS; ) {
    const state = ledger.sure as ParameterKnown
    const word = randomUUID()
    switch (below(5)) {
      case 0: {
        const label = `label${below(3)}`
        const ParameterVersion = 1 + below(n - 1)
        await ledger.change({ ...state, labels: new Map([...state.labels, [label, ParameterVersion]]) }, () =>
          noted(ssm.labelParameterVersion({ Name, ParameterVersion, Labels: [label] })),
        )
        break
      }
      case 1:
        await ledger.change({ ...state, tag: word }, () =>
          noted(
            ssm.addTagsToResource({ ResourceType: 'Parameter', ResourceId: Name, Tags: [{ Key: 'tag', Value: word }] }),
          ),
        )
        break
      default: {
        const values = new Map([...state.values, [n, word]])
        await ledger.change({ ...state, values }, () => noted(ssm.putParameter({ Name, Value: word, Overwrite: true })))
        n++
      }
    }
  }
  if (below(2) === 0) await ledger.change(undefined, () => noted(ssm.deleteParameter({ Name })))
}

/** All that the wire shows of a parameter; every version is decrypted. */
export async function parameterState(ssm: SSM, Name: string): Promise<ParameterKnown | undefined> {
  const found = await ssm.getParameterHistory({ Name, WithDecryption: true }).catch((error: unknown) => {
    if (error instanceof ParameterNotFound) return undefined
    throw error
  })
  if (found === undefined) return undefined
  const history = found.Parameters ?? []
  const { TagList = [] } = await ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId: Name })
  return {
    values: new Map(history.map(({ Version = 0, Value = '' }) => [Version, Value])),
    labels: new Map(
      history.flatMap(({ Version = 0, Labels = [] }) => Labels.map((label) => [label, Version] as const)),
    ),
    tag: TagList.find(({ Key }) => Key === 'tag')?.Value ?? '',
  }
}
