// The project needs the Node that package.json names in `engines`. When the running one is older, a command fetches a
// newer one from npm into .cache, and runs itself again on that one. Whatever it starts then uses the newer one too.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { root, run, say } from '../setup.mjs'

/** Returns on a Node that is new enough. On an older one it never returns: the process ends as its second run does. */
export async function onRightNode() {
  const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const wanted = engines.node.replace('>=', '')
  if (!isOlder(process.versions.node, wanted)) return

  const node = fetchNode(wanted)
  process.env.PATH = `${path.dirname(node)}${path.delimiter}${process.env.PATH}`
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  // Ctrl-C reaches both processes. This one stays until the other has put everything away.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // npm passes a SIGTERM on to its shell only; the shell goes, and this process would stay.
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref()
  process.exit(await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1))))
}

/** Installs the platform's own package, which holds nothing but the program and needs no install script. */
function fetchNode(wanted) {
  const folder = path.join(root, '.cache', 'node')
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const isAppleSilicon = platform === 'darwin' && process.arch === 'arm64'
  const name = `node-${isAppleSilicon ? 'bin-' : ''}${platform}-${process.arch}`
  const program = process.platform === 'win32' ? 'node.exe' : 'node'
  const node = path.join(folder, 'node_modules', name, 'bin', program)
  if (existsSync(node)) return node
  say(`fetching Node ${wanted} or newer into .cache, because this one is ${process.versions.node}`)
  try {
    const quietly = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts']
    run('npm', ['install', '--prefix', folder, ...quietly, `${name}@^${wanted}`])
    return node
  } catch (error) {
    const advice = `Install Node ${wanted} or newer, for example from https://nodejs.org`
    throw new Error(`${advice}. Fetching one did not work: ${error.message}`, { cause: error })
  }
}

function isOlder(version, wanted) {
  const [major, minor] = version.split('.').map(Number)
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}
