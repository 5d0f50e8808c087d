import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** A Python with boto3 that functions can be run by. */
export interface PythonOfFunctions extends Disposable {
  readonly file: string
}

const asRoot = process.geteuid?.() === 0
/** Like the users of functions, and none of theirs: a test that runs beside this one ends all processes of those. */
const UID = 60_577
/** All that boto3 is made of; of its data only what Secrets Manager needs. */
const PACKAGES = ['boto3', 'botocore', 's3transfer', 'jmespath', 'dateutil', 'urllib3', 'six.py']

/**
 * The python3 of the path when it has boto3 and unprivileged users can run it; else, where tests run as root, another one with
 * a copy of that boto3. A string: why there is none.
 */
export function pythonOfFunctions(): PythonOfFunctions | string {
  const found = spawnSync(
    'python3',
    ['-c', 'import boto3, sys, os; print(sys.executable, os.path.dirname(os.path.dirname(boto3.__file__)))'],
    { encoding: 'utf8' },
  )
  if (found.status !== 0) return 'there is no python3 with boto3'
  const [executable = '', packages = ''] = found.stdout.trim().split(' ')
  if (!asRoot || imports(executable)) return { file: executable, [Symbol.dispose]: () => undefined }
  if (spawnSync('/usr/bin/python3', ['--version']).status !== 0) return `other users than root can't run ${executable}`
  return copied(packages)
}

const imports = (python: string) =>
  spawnSync(python, ['-I', '-c', 'import boto3'], { uid: UID, gid: UID, cwd: '/', env: {} }).status === 0

/** A virtual environment by hand: an interpreter's name, what says where it is from, and the packages. */
function copied(packages: string): PythonOfFunctions | string {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-python-'))
  chmodSync(directory, 0o755)
  const version = execFileSync('/usr/bin/python3', ['-c', 'import sys; print("python%d.%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  }).trim()
  const site = join(directory, 'lib', version, 'site-packages')
  mkdirSync(site, { recursive: true })
  mkdirSync(join(directory, 'bin'))
  writeFileSync(join(directory, 'pyvenv.cfg'), 'home = /usr/bin\ninclude-system-site-packages = false\n')
  symlinkSync('/usr/bin/python3', join(directory, 'bin', 'python3'))
  for (const name of PACKAGES) {
    cpSync(join(packages, name), join(site, name), { recursive: true, filter: (file) => isNeeded(file) })
  }
  const file = join(directory, 'bin', 'python3')
  const dispose = () => rmSync(directory, { recursive: true, force: true })
  if (imports(file)) return { file, [Symbol.dispose]: dispose }
  dispose()
  return `other users than root can't run ${packages}`
}

function isNeeded(file: string): boolean {
  if (basename(file) === '__pycache__') return false
  const [, service] = /\/botocore\/data\/([^/.]+)(?:\/|$)/.exec(file) ?? []
  return service === undefined || ['secretsmanager', 'sts'].includes(service)
}
