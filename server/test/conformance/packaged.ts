import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** A package with all it needs, as a zip of a function has it. */
export function packageWithDependencies(name: string): { name: string; content: Uint8Array }[] {
  const files = new Map<string, Uint8Array>()
  const seen = new Set<string>()
  const add = (wanted: string, from: string): void => {
    const manifest = createRequire(from)
      .resolve.paths(wanted)
      ?.map((folder) => join(folder, wanted, 'package.json'))
      .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    if (manifest === undefined || seen.has(manifest)) return
    seen.add(manifest)
    for (const entry of readdirSync(dirname(manifest), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (!entry.isFile() || /\.(d\.ts|map|md)$|[/\\]dist-types[/\\]/.test(path)) continue
      files.set(relative(root, path), readFileSync(path))
    }
    const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      dependencies?: Record<string, string>
    }
    for (const dependency of Object.keys(dependencies)) add(dependency, manifest)
  }
  add(name, join(root, 'package.json'))
  return Array.from(files, ([path, content]) => ({ name: path, content }))
}
