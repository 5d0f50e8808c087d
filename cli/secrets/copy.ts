import type { Command } from '../command.ts'
import { carry } from './promotion/carrying.ts'
import { sharedHelp } from './promotion/help.ts'

/** `strongroom copy` */
export const copy: Command = {
  name: 'copy',
  summary: 'copy a secret, or all with a prefix, also to another server',
  help: () => `usage: strongroom copy SOURCE [TARGET] [--overwrite] [--dry-run | --yes] [flags]

Copies a secret to another name, or all secrets of a prefix that ends with a slash to another prefix, in the same place or to another
server, account or region. With another server TARGET may be left out: the names stay. The copy has the current value, the description
and the tags; all versions with their ids are for strongroom export and import.

What is there already stays as it is: if it differs it is blocked, unless --overwrite is said. Values are compared, and never shown.
First comes the plan. Then it asks, unless --yes was said. What fails is told and stops nothing else; the same command again does
what is left.

--overwrite              change what is there already, where it differs
${sharedHelp('value,description,tags')}
examples:
  strongroom copy app/db app/db-test
  strongroom copy prod/ --to-endpoint-url https://secrets.example.com --to-profile new --dry-run
  strongroom copy --everything --endpoint-url aws --profile old --to-endpoint-url http://127.0.0.1:4566 --to-profile strongroom
`,
  run: (args, io) => carry({ name: 'copy', parts: ['value', 'description', 'tags'], overwrites: false }, args, io),
}
