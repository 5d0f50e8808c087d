import { load, type Measured } from './load.ts'
import { type Served, strongroom } from './served.ts'

/** What is measured, and with which requests; made anew for each turn, since a put takes each token once. */
export interface AuditPlan {
  readonly turns: number
  readonly seconds: number
  readonly connections: readonly number[]
  prepare(server: Served): Promise<void>
  readonly works: readonly { readonly what: string; requests(server: Served): readonly Buffer[] }[]
}

/** The medians of the turns with and without the audit step. */
export interface AuditRow {
  readonly what: string
  readonly connections: number
  readonly withTrail: Pick<Measured, 'perSecond' | 'cpuPer1000'>
  readonly without: Pick<Measured, 'perSecond' | 'cpuPer1000'>
}

const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] as number

/** What the audit trail costs: the same requests to a server with it and to one whose audit step is left out, in turns. */
export async function measureAudit(plan: AuditPlan, told: (row: AuditRow) => void): Promise<readonly AuditRow[]> {
  const servers = [await strongroom(), await strongroom([], undefined, ['--import', './server/bench/without-audit.ts'])]
  try {
    for (const server of servers) await plan.prepare(server)
    const rows: AuditRow[] = []
    for (const connections of plan.connections) {
      for (const { what, requests } of plan.works) {
        const seen = servers.map(() => ({ perSecond: [] as number[], cpuPer1000: [] as number[] }))
        for (let turn = 0; turn <= plan.turns; turn++) {
          for (const [at, server] of servers.entries()) {
            const measured = await load({ ...server, requests: requests(server), connections, seconds: plan.seconds })
            if (measured.refused > 0) throw new Error(`${measured.refused} requests were refused`)
            // the first turn warms up
            if (turn === 0) continue
            seen[at]?.perSecond.push(measured.perSecond)
            seen[at]?.cpuPer1000.push(measured.cpuPer1000)
          }
        }
        const [withTrail, without] = seen.map((of) => ({
          perSecond: median(of.perSecond),
          cpuPer1000: median(of.cpuPer1000),
        })) as [AuditRow['withTrail'], AuditRow['without']]
        const row = { what, connections, withTrail, without }
        told(row)
        rows.push(row)
      }
    }
    return rows
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}
