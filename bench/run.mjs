/**
 * `node bench/run.mjs stores|reads|pages|convergence [--option N]`: installs and builds what is missing, then runs that benchmark.
 * The benchmarks start servers of their own, which end with this process.
 */
import os from 'node:os'
import { onRightNode } from '../scripts/lib/rightNode.mjs'
import { buildKit, ensureDependencies, ensureEngines } from '../scripts/setup.mjs'

await onRightNode()
await ensureDependencies()
await buildKit()
await ensureEngines()

const cpus = os.cpus()
const [load = 0] = os.loadavg()
console.log(`Node ${process.versions.node} on ${cpus.length} × ${cpus[0]?.model}; load ${load.toFixed(1)}`)
if (load > cpus.length / 2)
  console.log('This machine is busy with something else. Trust no figure but ratios.')

// Only now: the benchmarks import packages that a fresh clone does not have.
await import(`./${process.argv[2]}.mjs`)
// Connections are still open.
process.exit()
