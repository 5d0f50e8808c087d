import { configure, optionHelp, variableHelp } from '@strongroom/server/config'
import { type Command, exit } from './command.ts'
import { accepted } from './settings.ts'

/** `strongroom serve` */
export const serve: Command = {
  name: 'serve',
  summary: 'run the service on a durable store',
  help: () => `usage: strongroom serve [flags]

Runs the service. Secrets are kept in DIR, or in PostgreSQL, encrypted under a root key that a seal opens: a key file or a
passphrase, shares of several people (then it starts sealed: see strongroom unseal), another KMS, or a hardware token. The first start
makes an account with root credentials and prints what to paste to use them.

flags:
${optionHelp('serve')}

Every flag has an environment variable, shown beside it. Secrets have only that, since other users see a command line:
${variableHelp()}

signals:
  SIGTERM, SIGINT   finish the requests in flight and stop; a second one stops at once
  SIGHUP            read the certificate and its key again

examples:
  strongroom serve
  strongroom serve --data /var/lib/strongroom --region eu-central-1 --log-level warn
  strongroom serve --listen :4566 --tls-cert server.pem --tls-key server.key
  STRONGROOM_DATABASE=postgres://strongroom@db/strongroom strongroom serve --workers 4
`,
  async run(args, io) {
    const config = accepted('serve', configure('serve', args, io.env), io)
    if (config === undefined) return exit.usage
    const server = await import('@strongroom/server')
    return await server.serve(config, io)
  },
}
