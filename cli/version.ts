import { readFileSync } from 'node:fs'
import { type Command, exit } from './command.ts'

/** `strongroom version` */
export const version: Command = {
  name: 'version',
  summary: 'print the version',
  help: () => 'usage: strongroom version\n\nPrints the version of strongroom and of the Node.js that runs it.\n',
  async run(_, io) {
    const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    io.out(`strongroom ${version} (node ${process.versions.node})\n`)
    return exit.ok
  },
}
