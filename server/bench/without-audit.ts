/**
 * Loaded before the server, by `npm run bench -- --audit` only: it runs without the step that makes and writes audit records, to
 * show what that step costs. Nothing of this is in a server that anybody can start by a flag.
 */
import { registerHooks } from 'node:module'

/** The lines of pipeline/perform.ts that are left out, and what stands in their place. */
const LEFT_OUT: readonly (readonly [string, string])[] = [
  ["return effect === 'write' ? trail.recordIn(unit, events).then(() => result) : result", 'return result'],
  ["if (effect === 'read') await trail.record(events)", ''],
]
const EVENTS = /^\s*events = \[\.\.\.call\.events, .*\]$/m

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (!url.endsWith('/server/kernel/pipeline/perform.ts')) return loaded
    let source = Buffer.from(loaded.source as Uint8Array).toString()
    if (!EVENTS.test(source)) throw new Error('the step that makes audit records is not where it was')
    source = source.replace(EVENTS, '')
    for (const [line, instead] of LEFT_OUT) {
      if (!source.includes(line)) throw new Error(`pipeline/perform.ts has no line ${line}`)
      source = source.replace(line, instead)
    }
    return { ...loaded, source }
  },
})
