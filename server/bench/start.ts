/** `npm run bench:start`: time from starting the process to its first answer, on an empty data directory. */
import { parseArgs } from 'node:util'
import { strongroom } from './served.ts'
import { signed } from './sign.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } } })

async function firstAnswer(): Promise<number> {
  const begin = performance.now()
  const server = await strongroom()
  const request = signed(server.keys, server.port, 'secretsmanager.ListSecrets', {})
  const { connect } = await import('node:net')
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect(server.port, '127.0.0.1', () => socket.write(request))
  socket.on('error', reject)
  socket.once('data', (data) => resolve(data.toString('latin1')))
  const answer = await promise
  const elapsed = performance.now() - begin
  socket.destroy()
  await server.stop()
  if (!answer.startsWith('HTTP/1.1 200')) throw new Error(`the first answer was ${answer.split('\r\n')[0]}`)
  return elapsed
}

const times: number[] = []
for (let run = 0; run < Number(values.runs); run++) times.push(await firstAnswer())
times.sort((a, b) => a - b)
const shown = times.map((time) => time.toFixed(0)).join(' ')
process.stdout.write(`first answer after (ms): ${shown}   median ${times[Math.floor(times.length / 2)]?.toFixed(0)}\n`)
