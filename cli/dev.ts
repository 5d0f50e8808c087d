import { configure, optionHelp } from '@strongroom/server/config'
import { type Command, exit } from './command.ts'
import { accepted } from './settings.ts'

/** `strongroom dev` */
export const dev: Command = {
  name: 'dev',
  summary: 'run the same service in memory, to develop and test against',
  help: () => `usage: strongroom dev [flags]

Runs the service in memory, on loopback only, and forgets everything when it stops. Credentials that it does not know count
as the root of the account (an access key id of 12 digits names the account); those it knows, such as of a user made with
aws iam create-user, are verified and their policies enforced in full.

flags:
${optionHelp('dev')}

While it runs:
  curl -X POST localhost:4566/_strongroom/dev/reset                              empties the store
  curl -X POST localhost:4566/_strongroom/dev/clock -d '{"advance":"7d"}'        lets time pass: due jobs run
  curl -X POST localhost:4566/_strongroom/dev/clock -d '{"set":"2027-01-01T00:00:00Z"}'

examples:
  strongroom dev
  strongroom dev --listen 127.0.0.1:0 --account 123456789012
  strongroom dev --enforce --seed secrets.json
`,
  async run(args, io) {
    const config = accepted('dev', configure('dev', args, io.env), io)
    if (config === undefined) return exit.usage
    const server = await import('@strongroom/server')
    return await server.dev(config, io)
  },
}
