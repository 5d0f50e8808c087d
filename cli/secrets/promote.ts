import type { Command } from '../command.ts'
import { carry } from './promotion/carrying.ts'
import { sharedHelp } from './promotion/help.ts'

/** `strongroom promote` */
export const promote: Command = {
  name: 'promote',
  summary: 'bring secrets from one prefix to another, such as dev/ to prod/, where they differ',
  help: () => `usage: strongroom promote SOURCE TARGET [--dry-run | --yes] [flags]

Brings what differs from SOURCE to TARGET: two prefixes that end with a slash (dev/ prod/), or two names. Secrets that are missing are
made, those whose values differ get a new version (the old one stays as AWSPREVIOUS), those that are the same are left alone. What is only in
TARGET stays as it is. Values are compared, and never shown.

First comes the plan. Then it asks, unless --yes was said. What fails is told and stops nothing else; the same command again
does what is left. A secret that was changed over there after the plan was made is not written over.

Blocked are secrets that wait for their deletion, that a service keeps, or that rotate by themselves; they make it end with 1.

${sharedHelp('value,description')}
examples:
  strongroom promote dev/ prod/ --dry-run --keys
  strongroom promote dev/ prod/ --except 'dev/local-*' --yes
  strongroom promote app/db app/db --to-profile production
  strongroom promote dev/ prod/ --as CANDIDATE        (then: aws secretsmanager update-secret-version-stage …)
`,
  run: (args, io) => carry({ name: 'promote', parts: ['value', 'description'], overwrites: true }, args, io),
}
