/**
 * A small web application as one would write it for AWS: it holds no password. For each page it asks the secret who to log in
 * as, and shows which version that was. Nothing in here knows Strongroom: endpoint, region and credentials come from the
 * environment, as they do for every program with an AWS SDK. SECRET: the name of the secret. PORT: where to listen.
 */
import { createServer } from 'node:http'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import pg from 'pg'

interface Login {
  readonly host: string
  readonly port: number
  readonly dbname: string
  readonly username: string
  readonly password: string
}

interface Visit {
  /** The version of the secret that this page was made with. */
  readonly version: string
  readonly since: string
  readonly user: string
  readonly visits: number
}

const SecretId = process.env.SECRET
const secrets = new SecretsManagerClient({})

/** One page: the secret, a connection, a statement. */
async function visit(): Promise<Visit> {
  const { SecretString = '', VersionId = '', CreatedDate } = await secrets.send(new GetSecretValueCommand({ SecretId }))
  const { host, port, dbname, username, password } = JSON.parse(SecretString) as Login
  const client = new pg.Client({ host, port, database: dbname, user: username, password })
  await client.connect()
  try {
    const { rows } = await client.query<{ visits: string; user: string }>(
      'with one as (insert into visit default values) select count(*) + 1 as visits, current_user as user from visit',
    )
    const [row] = rows
    const since = CreatedDate?.toISOString() ?? ''
    return { version: VersionId, since, user: row?.user ?? '', visits: Number(row?.visits) }
  } finally {
    await client.end()
  }
}

const page = ({ version, since, user, visits }: Visit) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<title>Rotating web app</title>
<style>body { font: 1.1rem/1.6 system-ui; margin: 3rem auto; max-width: 40rem } code { background: #eee; padding: 0 .3em }</style>
<h1>Visit ${visits}</h1>
<p>This page logged in to PostgreSQL as <code>${user}</code>, with version <code>${version}</code> of the secret,
whose password is good since <code>${since}</code>. The application has no password of its own.</p>
</html>
`

const server = createServer((request, response) => {
  const asJson = request.url === '/visit.json'
  if (!asJson && request.url !== '/') return void response.writeHead(404).end()
  visit().then(
    (made) => {
      response.writeHead(200, { 'content-type': asJson ? 'application/json' : 'text/html; charset=utf-8' })
      response.end(asJson ? JSON.stringify(made) : page(made))
    },
    (error: Error) => {
      // The name of an error holds no secret; what a driver says might.
      console.error(`a page failed: ${error.name}`)
      response.writeHead(503, { 'content-type': 'text/plain' }).end('the database could not be reached\n')
    },
  )
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  console.log(`app: http://127.0.0.1:${port}`)
})
